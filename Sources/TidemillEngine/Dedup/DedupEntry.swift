import CEvents

/// What is remembered of one event: its identity (120 keyed bits behind the customer's bucket), 16 bits of its content,
/// and the hour of its arrival, counted from 1970 modulo 2¹⁶ (7 years; the window is far shorter).
struct DedupEntry {
    var high: UInt64
    var low: UInt64
    var content: UInt16
    var hour: UInt16

    /// Bytes of an entry in the store.
    static let stored = 20

    init(high: UInt64, low: UInt64, content: UInt16, hour: UInt16) {
        self.high = high
        // 0 marks an empty slot in the tables.
        self.low = low == 0 ? 1 : low
        self.content = content
        self.hour = hour
    }

    init(_ record: cev_record, receivedHour: Int64) {
        self.init(
            high: record.identity.high, low: record.identity.low, content: record.content,
            hour: UInt16(truncatingIfNeeded: receivedHour))
    }

    init(stored bytes: UnsafeRawPointer) {
        high = bytes.loadUnaligned(as: UInt64.self)
        low = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        content = bytes.loadUnaligned(fromByteOffset: 16, as: UInt16.self)
        hour = bytes.loadUnaligned(fromByteOffset: 18, as: UInt16.self)
    }

    var bucket: Int { Int(high >> 56) }

    @inline(__always)
    static func isOrdered(_ left: DedupEntry, _ right: DedupEntry) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    /// Whole hours from this entry's arrival to `hour`; 0 where the arrival is the later one: a record that is tried
    /// again, or one that was overtaken.
    func age(at hour: Int64) -> Int64 { max(0, offset(from: hour)) }

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

/// A hash table of entries: open addressing, doubled when half full.
final class DedupTable {
    private var slots: UnsafeMutablePointer<DedupEntry>
    private var mask: Int
    private(set) var count = 0

    init() {
        mask = 4095
        slots = Self.empty(4096)
    }

    deinit {
        slots.deallocate()
    }

    private static func empty(_ capacity: Int) -> UnsafeMutablePointer<DedupEntry> {
        let slots = UnsafeMutablePointer<DedupEntry>.allocate(capacity: capacity)
        memset(slots, 0, capacity)
        return slots
    }

    private static func memset(_ slots: UnsafeMutablePointer<DedupEntry>, _ value: UInt8, _ capacity: Int) {
        UnsafeMutableRawPointer(slots).initializeMemory(
            as: UInt8.self, repeating: value, count: capacity * MemoryLayout<DedupEntry>.stride)
    }

    func removeAll() {
        slots.deallocate()
        mask = 4095
        slots = Self.empty(4096)
        count = 0
    }

    @inline(__always)
    func find(_ entry: DedupEntry) -> DedupEntry? {
        var index = Int(truncatingIfNeeded: entry.low) & mask
        while slots[index].low != 0 {
            if slots[index].low == entry.low, slots[index].high == entry.high { return slots[index] }
            index = (index + 1) & mask
        }
        return nil
    }

    /// Adds the entry, or replaces the one with its identity.
    func insert(_ entry: DedupEntry) {
        if count * 2 > mask { grow() }
        var index = Int(truncatingIfNeeded: entry.low) & mask
        while slots[index].low != 0 {
            if slots[index].low == entry.low, slots[index].high == entry.high {
                slots[index] = entry
                return
            }
            index = (index + 1) & mask
        }
        slots[index] = entry
        count += 1
    }

    private func grow() {
        let old = slots
        let oldCapacity = mask + 1
        slots = Self.empty(oldCapacity * 2)
        mask = oldCapacity * 2 - 1
        count = 0
        for index in 0..<oldCapacity where old[index].low != 0 { insert(old[index]) }
        old.deallocate()
    }

    /// All entries in their order: spread over the buckets first, so that each sort is small.
    func sorted() -> [DedupEntry] {
        var starts = [Int](repeating: 0, count: 257)
        for index in 0...mask where slots[index].low != 0 { starts[slots[index].bucket + 1] += 1 }
        for bucket in 0..<256 { starts[bucket + 1] += starts[bucket] }
        var next = starts
        var entries = [DedupEntry](repeating: DedupEntry(high: 0, low: 0, content: 0, hour: 0), count: count)
        for index in 0...mask where slots[index].low != 0 {
            let bucket = slots[index].bucket
            entries[next[bucket]] = slots[index]
            next[bucket] += 1
        }
        for bucket in 0..<256 { entries[starts[bucket]..<starts[bucket + 1]].sort(by: DedupEntry.isOrdered) }
        return entries
    }
}
