/// The name by which a server was called, without its port.
struct HostName: Sendable, Hashable {
    let name: String
    let isAddress: Bool

    /// Nil for what is no host.
    init?(_ authority: String) {
        let text = Array(authority.lowercased().utf8)
        var host = text[...]
        if host.first == UInt8(ascii: "[") {
            guard let end = host.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let rest = host[(end + 1)...]
            guard rest.isEmpty || Self.isPort(rest) else { return nil }
            host = host[1..<end]
            guard !host.isEmpty, host.allSatisfy(Self.isOfAddress) else { return nil }
            name = String(decoding: host, as: UTF8.self)
            isAddress = true
            return
        }
        if let colon = host.firstIndex(of: UInt8(ascii: ":")) {
            guard Self.isPort(host[colon...]) else { return nil }
            host = host[..<colon]
        }
        guard !host.isEmpty, host.count <= 253, host.allSatisfy(Self.isOfName) else { return nil }
        name = String(decoding: host, as: UTF8.self)
        let parts = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        isAddress = parts.count == 4 && parts.allSatisfy { UInt8(String(decoding: $0, as: UTF8.self)) != nil }
    }

    /// In lower case.
    private static func isOfAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: ":"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// In lower case.
    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
        let digits = text.dropFirst()
        return text.first == UInt8(ascii: ":")
            && (digits.isEmpty || UInt16(String(decoding: digits, as: UTF8.self)) != nil)
    }
}
