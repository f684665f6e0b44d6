import CEvents
import TidemillStore

/// What is remembered of one event: its identity (120 keyed bits behind the customer's bucket), 16 bits of its content,
/// and the hour of its arrival, counted from 1970 modulo 2¹⁶ (7 years; the window is far shorter).
typealias DedupEntry = cev_identity

extension DedupEntry {
    /// Bytes of an entry in the store.
    static let stored = Int(CEV_STORED_IDENTITY)

    init(_ identity: cev_hash, content: UInt16, hour: Int64) {
        // 0 marks an empty slot in the tables.
        self.init(
            high: identity.high, low: identity.low == 0 ? 1 : identity.low, content: content,
            hour: UInt16(truncatingIfNeeded: hour))
    }

    var bucket: Int { Int(high >> 56) }

    /// Whole hours from this entry's arrival to that of `other`; 0 where this is the later one: a record that is tried
    /// again, or one that was overtaken.
    func age(at other: DedupEntry) -> Int64 { max(0, offset(from: Int64(other.hour))) }

    /// Signed, so that arrivals within 3.7 years of each other are told apart in order.
    private func offset(from hour: Int64) -> Int64 {
        Int64(Int16(bitPattern: UInt16(truncatingIfNeeded: hour) &- self.hour))
    }

    /// The hour of arrival counted from 1970, seen from a `reference` hour close to it.
    func arrival(near reference: Int64) -> Int64 { reference - offset(from: reference) }
}

extension ByteWriter {
    @inline(__always)
    mutating func append(_ entry: DedupEntry) {
        reserve(DedupEntry.stored)
        append(fixed: entry.high)
        append(fixed: entry.low)
        append(fixed: entry.content)
        append(fixed: entry.hour)
    }
}
