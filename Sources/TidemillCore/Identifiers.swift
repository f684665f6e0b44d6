/// A one-field identifier: never a bare String where two kinds of id could be mixed up. Ids are compared and sorted by
/// their bytes (semantics.md).
public protocol Identifier: Sendable, Hashable, Comparable, CustomStringConvertible {
    var text: String { get }
    init(_ text: String)
}

extension Identifier {
    public static func == (left: Self, right: Self) -> Bool { left.text.isSame(as: right.text) }
    public static func < (left: Self, right: Self) -> Bool { left.text.precedes(right.text) }
    public func hash(into hasher: inout Hasher) { hasher.combine(text: text) }
    public var description: String { text }
}

/// A customer's id, 1–255 bytes, as the producer wrote it.
public struct CustomerID: Identifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A feature's id.
public struct FeatureID: Identifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A delivery's identity: its claim id. Sorts by time of claim.
public struct DeliveryID: Identifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// The hash of all scripts together, in hex.
public struct ScriptVersionID: Identifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// The shard of a customer, 0–255: hash(customerId) mod 256, the first key column of every customer table (storage.md).
/// FNV-1a over the id's UTF-8 bytes; changing it would orphan every stored row.
public struct Bucket: Sendable, Hashable, Comparable {
    public static let count = 256
    public let number: Int64

    public init(_ customer: CustomerID) {
        var text = customer.text
        self = text.withUTF8 { Bucket(customer: $0) }
    }

    public init(customer bytes: UnsafeBufferPointer<UInt8>) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        number = Int64((hash >> 32 ^ hash) & 0xff)
    }

    public static func < (left: Bucket, right: Bucket) -> Bool { left.number < right.number }
}
