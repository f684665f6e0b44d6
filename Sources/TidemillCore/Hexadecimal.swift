import CBase

extension Sequence<UInt8> {
    /// Two digits a byte, in lower case: digests and keys as they are stored and shown.
    public var hexadecimal: String {
        let bytes = Array(self)
        return String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
            text.withMemoryRebound(to: CChar.self) { digits in
                if let start = digits.baseAddress { cb_hex_write(bytes, bytes.count, start) }
            }
            return 2 * bytes.count
        }
    }
}

extension [UInt8] {
    /// The bytes that hexadecimal digits of either case name; nil for anything else.
    public init?(hexadecimal digits: String) {
        var digits = digits
        let bytes = digits.withUTF8 { text -> [UInt8]? in
            guard text.count.isMultiple(of: 2) else { return nil }
            var bytes = [UInt8](repeating: 0, count: text.count / 2)
            let isRead = text.withMemoryRebound(to: CChar.self) { cb_hex_read($0.baseAddress, bytes.count, &bytes) }
            return isRead ? bytes : nil
        }
        guard let bytes else { return nil }
        self = bytes
    }
}
