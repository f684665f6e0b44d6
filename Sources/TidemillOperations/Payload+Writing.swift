import TidemillCore

extension Payload {
    /// One line of JSON with sorted keys: equal values give equal bytes.
    public var json: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        write(to: &bytes, indent: nil)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// JSON for people: two blanks a level, sorted keys.
    public var prettyJSON: String {
        var bytes: [UInt8] = []
        write(to: &bytes, indent: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Bytes rather than text: every effect of a run, every audit row and every stored document is written here.
    private func write(to bytes: inout [UInt8], indent: Int?) {
        switch self {
        case .null: Self.append("null", to: &bytes)
        case .boolean(let value): Self.append(value ? "true" : "false", to: &bytes)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .number(let digits): bytes.append(contentsOf: digits.utf8)
        case .string(let value): Self.quote(value, to: &bytes)
        case .array(let items):
            let inner = indent.map { $0 + 1 }
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.newLine(inner, to: &bytes)
                item.write(to: &bytes, indent: inner)
            }
            if !items.isEmpty { Self.newLine(indent, to: &bytes) }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            let inner = indent.map { $0 + 1 }
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key.precedes($1.key) }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.newLine(inner, to: &bytes)
                Self.quote(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                if indent != nil { bytes.append(UInt8(ascii: " ")) }
                member.value.write(to: &bytes, indent: inner)
            }
            if !members.isEmpty { Self.newLine(indent, to: &bytes) }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func append(_ word: StaticString, to bytes: inout [UInt8]) {
        word.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private static func newLine(_ level: Int?, to bytes: inout [UInt8]) {
        guard let level else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * level))
    }

    /// Appends `value` as a JSON string.
    public static func quote(_ value: String, to text: inout String) {
        var bytes: [UInt8] = []
        quote(value, to: &bytes)
        text += String(decoding: bytes, as: UTF8.self)
    }

    private static func quote(_ value: String, to bytes: inout [UInt8]) {
        var copy = value
        copy.withUTF8 { text in
            bytes.append(UInt8(ascii: "\""))
            // Almost every text needs no escape: one look at its bytes, one copy.
            if text.contains(where: isEscaped) {
                for byte in text { escape(byte, to: &bytes) }
            } else {
                bytes.append(contentsOf: text)
            }
            bytes.append(UInt8(ascii: "\""))
        }
    }

    /// Only single bytes are; those of longer characters are above all of them.
    private static func isEscaped(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F }

    private static func escape(_ byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"", to: &bytes)
        case UInt8(ascii: "\\"): append("\\\\", to: &bytes)
        case UInt8(ascii: "\n"): append("\\n", to: &bytes)
        case UInt8(ascii: "\r"): append("\\r", to: &bytes)
        case UInt8(ascii: "\t"): append("\\t", to: &bytes)
        case 0..<0x20, 0x7F:
            append("\\u00", to: &bytes)
            bytes.append(contentsOf: CollectionOfOne(byte).hexadecimal.utf8)
        default: bytes.append(byte)
        }
    }
}
