import CLuaSupport
import Foundation
import TidemillCore
import TidemillIngest

/// Usage of one hour (and group) as the store packs it, in deltas and in day rows.
struct UsageCell {
    /// Hours since 1970, UTC.
    var hour: Int64
    /// The values of the meter's declared group-by, and in deltas of UNIQUE meters the hash of the value behind them.
    var group: Data
    var kind: MeterSet.Kind
    var count: Int64
    /// The sum or the extreme, in 10⁻⁹ units.
    var total: Int128
}

/// Whose usage a delta entry is.
struct UsageKey: Hashable {
    var bucket: Int64
    var meter: Int64
    var day: Int64
    @ComparedByBytes var customer: String
    @ComparedByBytes var resource: String
}

extension UsageKey {
    init(_ cell: CellTable.Cell) {
        self.init(
            bucket: Int64(cell.bucket), meter: cell.meter, day: cell.hour.flooredDivision(by: 24),
            customer: cell.customer.string, resource: cell.resource.string)
    }
}

extension ByteWriter {
    @inline(__always)
    mutating func append(_ kind: MeterSet.Kind, count: Int64, total: Int128) {
        append(varint: UInt64(count))
        switch kind {
        case .sum, .max, .min: append(nanos: total)
        case .count, .unique: break
        }
    }

    /// An entry of a delta: key and cell.
    mutating func append(_ cell: CellTable.Cell, group: UnsafeRawBufferPointer) {
        append(cell.kind.rawValue)
        append(cell.bucket)
        append(varint: UInt64(cell.meter))
        append(signed: cell.hour)
        append(text: cell.customer.bytes, Int(cell.customer.length))
        append(text: cell.resource.bytes, Int(cell.resource.length))
        append(text: group.baseAddress, group.count)
        append(cell.kind, count: cell.count, total: cell.total)
    }
}

extension ByteReader {
    mutating func kind() throws(Damaged) -> MeterSet.Kind {
        guard let kind = MeterSet.Kind(rawValue: try byte()) else { throw Damaged() }
        return kind
    }

    private mutating func cell(_ kind: MeterSet.Kind, hour: Int64, group: Data) throws(Damaged) -> UsageCell {
        let count = Int64(clamping: try varint())
        var total: Int128 = 0
        switch kind {
        case .sum, .max, .min: total = try nanos()
        case .count, .unique: break
        }
        return UsageCell(hour: hour, group: group, kind: kind, count: count, total: total)
    }

    mutating func dayCell() throws(Damaged) -> UsageCell {
        let kind = try kind()
        let hour = try signed()
        let group = Data(try text())
        return try cell(kind, hour: hour, group: group)
    }
}
