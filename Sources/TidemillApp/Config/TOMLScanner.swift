/// Walks over the statements of a TOML text: keys are read, values skipped. In what is valid it never loses its place; what
/// is not, the parser reports at the same place or before.
struct TOMLScanner {
    let text: [UInt8]
    private(set) var index = 0
    private(set) var line = 1
    /// The first that the walk met.
    private(set) var fault: TOMLFault?

    init(_ text: String) {
        self.text = Array(text.utf8)
        if starts(with: "\u{FEFF}") { index = 3 }  // a byte order mark is no part of the text
    }

    var current: UInt8? { index < text.count ? text[index] : nil }

    private mutating func advance() {
        if current == UInt8(ascii: "\n") { line += 1 }
        index += 1
    }

    private func starts(with quotes: String) -> Bool { text[index...].starts(with: quotes.utf8) }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        advance()
        return true
    }

    /// Moves to the next key or table header; false at the end.
    mutating func skipToStatement() -> Bool {
        while let byte = current {
            switch byte {
            case UInt8(ascii: "#"): skipLine()
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): advance()
            default: return true
            }
        }
        return false
    }

    mutating func skipBlanks() {
        while let byte = current, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { advance() }
    }

    mutating func skipLine() {
        while let byte = current, byte != UInt8(ascii: "\n") { advance() }
    }

    /// A dotted key with bare and quoted parts, up to `=` or `]`.
    mutating func key() -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        while let byte = current {
            switch byte {
            case UInt8(ascii: "="), UInt8(ascii: "]"), UInt8(ascii: "\n"):
                advance()
                return parts + [String(decoding: part, as: UTF8.self)]
            case UInt8(ascii: "."):
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                advance()
                while let inner = current, inner != byte, inner != UInt8(ascii: "\n") {
                    if inner == UInt8(ascii: "\\"), byte == UInt8(ascii: "\"") {
                        part.append(inner)
                        advance()
                    }
                    if let inner = current {
                        part.append(inner)
                        advance()
                    }
                }
                if current == UInt8(ascii: "\n") { continue }
            case UInt8(ascii: " "), UInt8(ascii: "\t"): break
            default: part.append(byte)
            }
            advance()
        }
        return parts + [String(decoding: part, as: UTF8.self)]
    }

    mutating func note(_ kind: TOMLFault.Kind) {
        if fault == nil { fault = TOMLFault(kind, line: line, before: text[min(index, text.count)...]) }
    }

    /// To the end of the value's last line: brackets may span lines, strings may hold anything. `depth` counts the tables
    /// around the value.
    mutating func skipValue(at depth: Int = 0) {
        var depth = depth
        /// The open brackets: whether each is a list, and how many dots its name of the moment has.
        var open: [(isList: Bool, dots: Int)] = []
        var expectsValue = true
        if depth > TOMLFault.depthMax { note(.tooDeep) }
        while let byte = current, fault == nil {
            switch byte {
            case UInt8(ascii: "\n") where open.isEmpty: return
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): break
            case UInt8(ascii: "#"):
                skipLine()
                continue
            case UInt8(ascii: "}") where expectsValue && open.last?.isList != false, 0x80... where expectsValue:
                note(.noValue)
            case UInt8(ascii: "0")...UInt8(ascii: "9") where expectsValue:
                expectsValue = false
                skipDate()
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                expectsValue = byte == UInt8(ascii: "[")
                open.append((expectsValue, 0))
                depth += 1
                if depth > TOMLFault.depthMax { note(.tooDeep) }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if let closed = open.popLast() { depth -= closed.dots + 1 }
                expectsValue = false
            case UInt8(ascii: ","):
                if let last = open.popLast() {
                    depth -= last.dots
                    open.append((last.isList, 0))
                    expectsValue = last.isList
                }
            case UInt8(ascii: "="): expectsValue = true
            case UInt8(ascii: "."):
                expectsValue = false
                if let last = open.popLast() {
                    open.append((last.isList, last.dots + 1))
                    depth += 1
                    if depth > TOMLFault.depthMax { note(.tooDeep) }
                }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                expectsValue = false
                skipString(quote: byte)
                continue
            default: expectsValue = false
            }
            advance()
        }
    }

    /// Past the digits and dashes of a number or date; a "T" or a blank and a digit behind a date begin a time.
    private mutating func skipDate() {
        let start = index
        while let byte = current, Self.isDigit(byte) || byte == UInt8(ascii: "-") { advance() }
        guard text[start..<index].contains(UInt8(ascii: "-")), let byte = current else { return }
        let next = index + 1 < text.count ? text[index + 1] : nil
        let beginsTime =
            switch byte {
            case UInt8(ascii: "T"), UInt8(ascii: "t"): true
            case UInt8(ascii: " "): next.map(Self.isDigit) ?? false
            default: false
            }
        guard beginsTime else { return }
        advance()
        let time = text[index...].prefix(3)
        if time.count < 3 || !time.prefix(2).allSatisfy(Self.isDigit) || time.last != UInt8(ascii: ":") {
            note(.noTime)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private mutating func skipString(quote: UInt8) {
        let triple = String(repeating: Character(Unicode.Scalar(quote)), count: 3)
        let isLong = starts(with: triple)
        for _ in 0..<(isLong ? 3 : 1) { advance() }
        while let byte = current {
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                advance()
            } else if isLong, starts(with: triple) {
                // One or two quotes may stand right before the three that end it.
                for _ in 0..<5 where current == quote { advance() }
                return
            } else if !isLong, byte == quote || byte == UInt8(ascii: "\n") {
                if byte == quote { advance() }
                return
            }
            if current != nil { advance() }
        }
    }
}
