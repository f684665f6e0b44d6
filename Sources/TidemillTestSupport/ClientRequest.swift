import TidemillCore
public import TidemillOperations

/// The request that a client of the API makes of an input: names of the path encoded, the rest in the query of a GET or
/// DELETE and in the body of others.
public struct ClientRequest {
    public let method: String
    public let target: String
    public let body: [UInt8]

    /// Nil where the path cannot carry it.
    public init?(_ row: OperationRow, _ input: Payload) {
        guard case .object(var members) = input else { return nil }
        method = row.route.method.rawValue
        var path = ""
        for part in row.route.path.split(separator: "/") {
            guard part.hasPrefix("{") else {
                path += "/\(part)"
                continue
            }
            guard let value = members.removeValue(forKey: String(part.dropFirst().dropLast()))?.text, !value.isEmpty
            else { return nil }
            path += "/" + Self.encoded(value)
        }
        guard row.route.method == .get || row.route.method == .delete else {
            target = path
            body = Array(Payload.object(members).json.utf8)
            return
        }
        var pairs: [String] = []
        for (name, value) in members {
            switch value {
            // Clients leave them out.
            case .null: continue
            case .array(let items): pairs.append("\(name)=" + Self.encoded(items.map(Self.word).joined(separator: ",")))
            case .object(let parts):
                for (part, value) in parts { pairs.append("\(name)%5B\(part)%5D=" + Self.encoded(Self.word(value))) }
            default: pairs.append("\(name)=" + Self.encoded(Self.word(value)))
            }
        }
        target = path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
        body = []
    }

    private static func word(_ value: Payload) -> String { value.text ?? value.json }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = byte.isASCIILetterOrDigit || "-._~".utf8.contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

extension UInt8 {
    fileprivate var isASCIILetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}
