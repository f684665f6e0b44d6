/// Ids of credit grants: `cred-grant-3f-000000001-0123456789abcdef`. They carry the customer's bucket, so that a grant is
/// found without its customer, and the grant's number in its wallet, so that ids order as the grants were made.
public enum CreditGrantID {
    private static let prefix = "cred-grant-"

    public static func make(customer: CustomerID, currency: String, resource: String, sequence: Int64) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        // A NUL, which no id holds, keeps the three apart.
        for byte in "\(customer.text)\u{0}\(currency)\u{0}\(resource)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 33
        let bucket = CollectionOfOne(UInt8(Bucket(customer).number)).hexadecimal
        let number = String(sequence)
        let padded = String(repeating: "0", count: max(0, 9 - number.count)) + number
        return "\(prefix)\(bucket)-\(padded)-\(withUnsafeBytes(of: hash.bigEndian) { $0.hexadecimal })"
    }

    /// The bucket that the id carries; nil for what is no grant's id.
    public static func bucket(of id: String) -> Int64? {
        guard id.hasPrefix(prefix) else { return nil }
        return Int64(id.dropFirst(prefix.count).prefix(2), radix: 16)
    }
}
