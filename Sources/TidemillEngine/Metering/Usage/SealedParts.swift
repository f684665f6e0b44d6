import CEvents
import CLuaSupport
import Foundation
import TidemillCore
import TidemillIngest
import TidemillStore

/// Hours within which billed time begins or ends, in parts: what events whose blocks are gone had come to between two such
/// instants of an hour, as the sealed totals have it of whole hours. The one writer of the table.
struct SealedParts {
    let connection: any SQLConnection

    static let hour: Int64 = 3_600_000_000

    // MARK: - Writing

    /// The part of its hour that an instant lies in; nil where the hour is not told in parts.
    static func part(of instant: Int64, _ bounds: [Int64]) -> (start: Int64, end: Int64)? {
        let start = instant.flooredDivision(by: hour) * hour
        let inner = bounds.filter { $0 > start && $0 < start + hour }
        guard !inner.isEmpty else { return nil }
        return (inner.last { $0 <= instant } ?? start, inner.first { $0 > instant } ?? start + hour)
    }

    func add(_ cell: CellTable.Cell, group: Data, to end: Int64) throws {
        let key: [SQLValue] = [
            .integer(Int64(cell.bucket)), .text(cell.customer.string), .integer(cell.meter),
            .text(cell.resource.string), .integer(cell.hour), .integer(end), .blob(group),
        ]
        let known = try connection.first(
            """
            SELECT count, total_units, total_nanos FROM sealed_parts
             WHERE bucket = $1 AND customer_id = $2 AND meter = $3 AND resource_id = $4 AND start_at = $5 AND end_at = $6
               AND group_key = $7
            """, key
        ) { (count: $0.integer(0), total: $0.amount(1).nanos) }
        var (count, total) = (cell.count, cell.total)
        if let known {
            count += known.count
            switch cell.kind {
            case .sum: total += known.total
            case .max: total = max(total, known.total)
            case .min: total = min(total, known.total)
            case .count, .unique: break
            }
        }
        let amount = Amount(nanos: total)
        try connection.execute(
            """
            INSERT INTO sealed_parts(bucket, customer_id, meter, resource_id, start_at, end_at, group_key, kind, count,
              total_units, total_nanos)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT (bucket, customer_id, meter, resource_id, start_at, end_at, group_key) DO UPDATE SET
              count = excluded.count, total_units = excluded.total_units, total_nanos = excluded.total_nanos
            """,
            key + [
                .integer(Int64(cell.kind.rawValue)), .integer(count), .integer(amount.units),
                .integer(amount.fraction),
            ])
    }

    func delete(meter: Int64, bucket: Int64) throws {
        try connection.execute(
            "DELETE FROM sealed_parts WHERE bucket = $1 AND meter = $2", [.integer(bucket), .integer(meter)])
    }

    // MARK: - Reading

    /// What the events of the customer's that are gone had come to within a part of an hour, by resource. Nil where that
    /// cannot be told: the hour was sealed before anybody knew that it would be asked for in these parts.
    func cells(
        of customer: CustomerID, meter: Int64, _ from: Timestamp, _ to: Timestamp
    ) throws -> [(resource: String, cell: UsageCell)]? {
        let hour = from.hour
        let start = hour * Self.hour
        // As a rule nothing is gone, and one look tells it.
        guard try holdsAny(of: customer, meter, hour) else { return [] }
        let parts = try connection.rows(
            """
            SELECT resource_id, start_at, end_at, group_key, kind, count, total_units, total_nanos FROM sealed_parts
             WHERE bucket = $1 AND customer_id = $2 AND meter = $3 AND start_at >= $4 AND end_at <= $5
            """,
            customer.key + [
                .integer(meter), .integer(start),
                .integer(start + Self.hour),
            ]
        ) { row in
            (
                resource: row.text(0), start: row.integer(1), end: row.integer(2),
                cell: UsageCell(
                    hour: hour, group: row.blob(3), kind: MeterSet.Kind(rawValue: UInt8(row.integer(4))) ?? .sum,
                    count: row.integer(5), total: row.amount(6).nanos)
            )
        }
        var left = try sealed(of: customer, meter: meter, hour)
        for part in parts { left[part.resource]?.take(part.cell) }
        guard left.values.allSatisfy(\.isTaken) else { return nil }
        let inside = parts.filter { $0.start < to.microseconds && $0.end > from.microseconds }
        guard inside.allSatisfy({ $0.start >= from.microseconds && $0.end <= to.microseconds }) else { return nil }
        return inside.map { ($0.resource, $0.cell) }
    }

    private func holdsAny(of customer: CustomerID, _ meter: Int64, _ hour: Int64) throws -> Bool {
        let isOfDay = "bucket = $1 AND customer_id = $2 AND meter = $3 AND day = $6"
        return try connection.hasRows(
            """
            SELECT 1 WHERE EXISTS (SELECT 1 FROM sealed_days WHERE \(isOfDay))
                OR EXISTS (SELECT 1 FROM sealed_values WHERE \(isOfDay))
                OR EXISTS (SELECT 1 FROM sealed_parts WHERE bucket = $1 AND customer_id = $2 AND meter = $3
                            AND start_at >= $4 AND end_at <= $5)
                OR EXISTS (SELECT 1 FROM sealed_deltas WHERE shard = $7)
            """,
            customer.key + [
                .integer(meter), .integer(hour * Self.hour), .integer((hour + 1) * Self.hour),
                .integer(hour.flooredDivision(by: 24)),
                .integer(UsageStore.shard(ofBucket: Bucket(customer).number)),
            ])
    }

    /// What a whole hour was sealed with, until its parts are taken from it.
    private struct Whole {
        var count: Int64 = 0
        var values: Set<Data> = []
        var isTaken: Bool { count == 0 && values.isEmpty }

        mutating func take(_ cell: UsageCell) {
            if cell.kind == .unique { values.remove(cell.group) } else { count -= cell.count }
        }

        mutating func add(_ cell: UsageCell) {
            if cell.kind == .unique { values.insert(cell.group) } else { count += cell.count }
        }
    }

    private func sealed(of customer: CustomerID, meter: Int64, _ hour: Int64) throws -> [String: Whole] {
        var found: [String: Whole] = [:]
        let bucket = Bucket(customer).number
        let key: [SQLValue] = [
            .integer(bucket), .integer(meter), .integer(hour.flooredDivision(by: 24)), .text(customer.text),
        ]
        let isOfDay = "bucket = $1 AND meter = $2 AND day = $3 AND customer_id = $4"
        try connection.query("SELECT resource_id, cells FROM sealed_days WHERE \(isOfDay)", key) { row in
            for cell in try row.withBlob(1, { try UsageStore.dayCells($0) }) where cell.hour == hour {
                found[row.text(0), default: Whole()].add(cell)
            }
        }
        try connection.query(
            "SELECT resource_id, group_key, value FROM sealed_values WHERE \(isOfDay) AND hour = $5",
            key + [.integer(hour)]
        ) { row in
            found[row.text(0), default: Whole()].add(
                UsageCell(hour: hour, group: row.blob(1) + row.blob(2), kind: .unique, count: 1, total: 0))
        }
        try UsageStore.readDeltas(
            shard: UsageStore.shard(ofBucket: bucket), in: .sealed, of: customer, on: connection
        ) { key, cell in
            guard key.meter == meter, cell.hour == hour else { return }
            found[key.resource, default: Whole()].add(cell)
        }
        return found
    }
}
