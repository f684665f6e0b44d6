import CEvents
import CLuaSupport
import Foundation
import TidemillIngest

/// The usage of one batch by cell: (customer, resource, meter, hour, group). Texts point into the batch that is being
/// metered; the table is emptied before the batch goes.
struct CellTable: ~Copyable {
    struct Cell {
        var hash: UInt64
        var meter: Int64
        var hour: Int64
        var customer: cls_text
        var resource: cls_text
        var groupOffset: Int
        var groupLength: Int
        var bucket: UInt8
        var kind: MeterSet.Kind
        var count: Int64
        /// The sum, or the extreme of MAX and MIN, in 10⁻⁹ units.
        var total: Int128
    }

    private(set) var cells: [Cell] = []
    private var slots: [Int32]
    /// The group keys of all cells; the one being looked up lies at the end.
    private var groups = ByteWriter(capacity: 1 << 16)
    private var groupStart = 0

    init() {
        slots = Array(repeating: -1, count: 1 << 14)
    }

    mutating func removeAll() {
        cells.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = -1 }
        groups.removeAll()
    }

    mutating func beginGroup() {
        groupStart = groups.count
    }

    /// One group-by value, as `GroupValue` reads it back.
    mutating func appendGroup(_ value: cev_value) {
        switch UInt32(value.type) {
        case CEV_NUMBER.rawValue where value.has_amount:
            groups.append(GroupValue.Tag.amount.rawValue)
            groups.append(nanos: value.nanos128)
        case CEV_NUMBER.rawValue:
            groups.append(GroupValue.Tag.digits.rawValue)
            groups.append(text: value.text.bytes, Int(value.text.length))
        case CEV_STRING.rawValue:
            groups.append(GroupValue.Tag.string.rawValue)
            groups.append(text: value.text.bytes, Int(value.text.length))
        case CEV_TRUE.rawValue: groups.append(GroupValue.Tag.true.rawValue)
        case CEV_FALSE.rawValue: groups.append(GroupValue.Tag.false.rawValue)
        default: groups.append(GroupValue.Tag.missing.rawValue)
        }
    }

    /// The distinct value of a UNIQUE meter is the last part of its cell's key.
    mutating func appendDistinct(_ hash: cev_hash) {
        groups.append(fixed: hash.high)
        groups.append(fixed: hash.low)
    }

    /// The group key of a cell.
    func withGroup<T>(of cell: Cell, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        try body(UnsafeRawBufferPointer(start: groups.base + cell.groupOffset, count: cell.groupLength))
    }

    mutating func add(_ part: cev_part, meter: MeterSet.Meter, hour: Int64, amount: Int128) {
        let length = groups.count - groupStart
        var hash = part.subject ^ UInt64(bitPattern: hour &* 0x1000_0001_b3) ^ UInt64(bitPattern: meter.id) << 40
        if length > 0 {
            var seed: UInt64 = 0xcbf2_9ce4_8422_2325
            for index in groupStart..<groups.count {
                seed = (seed ^ UInt64(groups.base.load(fromByteOffset: index, as: UInt8.self))) &* 0x0000_0100_0000_01b3
            }
            hash ^= seed
        }
        hash = (hash ^ hash >> 31) &* 0x9e37_79b9_7f4a_7c15
        hash ^= hash >> 29
        if cells.count * 2 > slots.count { grow() }
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if cells[index].hash == hash, isSame(cells[index], part, meter, hour, length) {
                groups.truncate(to: groupStart)
                cells[index].count += 1
                switch meter.kind {
                case .sum: cells[index].total += amount
                case .max: cells[index].total = max(cells[index].total, amount)
                case .min: cells[index].total = min(cells[index].total, amount)
                case .count, .unique: break
                }
                return
            }
            slot = (slot + 1) & mask
        }
        slots[slot] = Int32(cells.count)
        cells.append(
            Cell(
                hash: hash, meter: meter.id, hour: hour, customer: part.customer_id, resource: part.resource_id,
                groupOffset: groupStart, groupLength: length, bucket: part.bucket, kind: meter.kind, count: 1,
                total: amount))
    }

    private func isSame(_ cell: Cell, _ part: cev_part, _ meter: MeterSet.Meter, _ hour: Int64, _ length: Int) -> Bool {
        cell.meter == meter.id && cell.hour == hour && cell.groupLength == length
            && cell.customer.length == part.customer_id.length && cell.resource.length == part.resource_id.length
            && memcmp(cell.customer.bytes, part.customer_id.bytes, Int(part.customer_id.length)) == 0
            && memcmp(cell.resource.bytes, part.resource_id.bytes, Int(part.resource_id.length)) == 0
            && memcmp(groups.base + cell.groupOffset, groups.base + groupStart, length) == 0
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        let mask = slots.count - 1
        for index in cells.indices {
            var slot = Int(truncatingIfNeeded: cells[index].hash) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(index)
        }
    }
}
