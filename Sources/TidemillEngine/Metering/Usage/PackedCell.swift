import Foundation
import TidemillCore

/// A cell in place: texts point into the delta or row that it was read from.
struct PackedCell {
    var kind: MeterSet.Kind
    var bucket: UInt8 = 0
    var meter: Int64 = 0
    var hour: Int64
    var customer = UnsafeRawBufferPointer(start: nil, count: 0)
    var resource = UnsafeRawBufferPointer(start: nil, count: 0)
    var group: UnsafeRawBufferPointer
    var count: Int64
    var total: Int128

    var day: Int64 { hour.flooredDivision(by: 24) }

    func isSameRow(as other: PackedCell) -> Bool {
        bucket == other.bucket && meter == other.meter && day == other.day
            && Self.compare(customer, other.customer) == 0 && Self.compare(resource, other.resource) == 0
    }

    /// Bucket, meter, day and customer in one word.
    var sortKey: UInt64 {
        var hash: UInt32 = 0x811c_9dc5
        for byte in customer { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return UInt64(bucket) << 56 | UInt64(truncatingIfNeeded: meter & 0xff) << 48
            | UInt64(truncatingIfNeeded: day & 0xffff) << 32 | UInt64(hash)
    }

    /// Within a row: by hour, then group.
    static func isOrderedInRow(_ left: PackedCell, _ right: PackedCell) -> Bool {
        left.hour != right.hour ? left.hour < right.hour : compare(left.group, right.group) < 0
    }

    mutating func merge(_ other: PackedCell) {
        count += other.count
        switch kind {
        case .sum: total += other.total
        case .max: total = max(total, other.total)
        case .min: total = min(total, other.total)
        case .count, .unique: break
        }
    }

    static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        let common = min(left.count, right.count)
        if common > 0, let a = left.baseAddress, let b = right.baseAddress {
            let order = memcmp(a, b, common)
            if order != 0 { return Int(order) }
        }
        return left.count - right.count
    }
}

extension UsageKey {
    init(_ cell: PackedCell) {
        self.init(
            bucket: Int64(cell.bucket), meter: cell.meter, day: cell.day,
            customer: String(decoding: cell.customer, as: UTF8.self),
            resource: String(decoding: cell.resource, as: UTF8.self))
    }
}

extension UsageCell {
    init(_ cell: PackedCell) {
        self.init(
            hour: cell.hour, group: Data(cell.group), kind: cell.kind, count: cell.count, total: cell.total)
    }
}

extension ByteReader {
    /// An entry of a delta: key and cell.
    mutating func packedDeltaEntry() throws(Damaged) -> PackedCell {
        let kind = try kind()
        let bucket = try byte()
        let meter = Int64(clamping: try varint())
        let hour = try signed()
        let customer = try text()
        let resource = try text()
        var cell = try packedCell(kind, hour: hour)
        cell.bucket = bucket
        cell.meter = meter
        cell.customer = customer
        cell.resource = resource
        return cell
    }

    /// As `dayCell`, in place.
    mutating func packedDayCell() throws(Damaged) -> PackedCell {
        let kind = try kind()
        return try packedCell(kind, hour: try signed())
    }

    private mutating func packedCell(_ kind: MeterSet.Kind, hour: Int64) throws(Damaged) -> PackedCell {
        let group = try text()
        let count = Int64(clamping: try varint())
        var total: Int128 = 0
        switch kind {
        case .sum, .max, .min: total = try nanos()
        case .count, .unique: break
        }
        return PackedCell(kind: kind, hour: hour, group: group, count: count, total: total)
    }
}
