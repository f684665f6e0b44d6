import CEvents
import CLuaSupport
import Foundation
import TidemillCore
import TidemillIngest
import TidemillOperations
public import TidemillStore

/// Recomputes metered usage from the stored events and compares it with what answers come from (promise 5 of
/// architecture.md).
public struct Verifier: Sendable {
    /// What was compared, and where both differ.
    public struct Report: Sendable {
        public var meters = 0
        public var events: Int64 = 0
        public var cells = 0
        /// One sentence a difference; `differencesMax` at most.
        public var differences: [String] = []
        public var differenceCount = 0
        /// Features whose meters are still being filled in: left out.
        public var filling: [String] = []
    }

    public static let differencesMax = 100
    private let identityKey: [UInt8]

    public init(identityKey: [UInt8]) {
        self.identityKey = identityKey
    }

    private struct Key: Hashable {
        var usage: UsageKey
        var hour: Int64
        var group: Data
    }

    private struct Value: Equatable {
        var kind: MeterSet.Kind
        var count: Int64
        var total: Int128
    }

    /// Goes through the store shard by shard, each in a read of its own, so that the write-ahead log can be checkpointed
    /// meanwhile. `progress` hears how many shards are done, of how many.
    public func verify(_ store: any Store, progress: (Int, Int) -> Void = { _, _ in }) throws -> Report {
        var report = Report()
        for shard in 0..<Int64(UsageStore.shards) {
            try store.read { connection in try verify(shard, &report, on: connection) }
            progress(Int(shard) + 1, UsageStore.shards)
        }
        return report
    }

    private func verify(_ shard: Int64, _ report: inout Report, on connection: any SQLConnection) throws {
        var versions: [MeterVersion] = []
        report.filling = []
        for version in try MeterRegistry.versions(on: connection) {
            if try connection.hasRows(
                "SELECT 1 FROM meter_versions WHERE id = $1 AND state = 'filling'", [.integer(version.id)])
            {
                report.filling.append(version.featureID.text)
            } else {
                versions.append(version)
            }
        }
        report.meters = versions.count
        let meters = Set(versions.map(\.id))
        var expected = try kept(.sealed, shard, meters, on: connection)
        let metering = try RawMetering(
            MeterSet(versions, generation: 0), identityKey: identityKey,
            voided: try VoidedDeliveries.ids(on: connection))
        func takeOut() {
            for cell in metering.cells.cells {
                let key = Key(
                    usage: UsageKey(cell), hour: cell.hour, group: metering.cells.withGroup(of: cell) { Data($0) })
                Self.add(Value(kind: cell.kind, count: cell.count, total: cell.total), at: key, to: &expected)
            }
            metering.reset()
        }
        let scan = RawEventScan(shards: [shard, Int64(UsageStore.shards)])
        try scan.blocks(Compressor(), on: connection) { header, block in
            // The mixed blocks are read for every shard and counted once.
            if header.shard == shard || shard == 0 { report.events += header.events }
            try metering.add(block) { part in
                UsageStore.shard(ofBucket: Int64(part.bucket)) == shard
                    ? part.timestamp.flooredDivision(by: 3_600_000_000) : nil
            }
            if metering.isFull { takeOut() }
        }
        takeOut()
        compare(expected, try kept(.live, shard, meters, on: connection), versions, &report)
    }

    private static func add(_ value: Value, at key: Key, to cells: inout [Key: Value]) {
        guard var known = cells[key] else {
            cells[key] = value
            return
        }
        known.count += value.count
        switch value.kind {
        case .sum: known.total += value.total
        case .max: known.total = max(known.total, value.total)
        case .min: known.total = min(known.total, value.total)
        case .count, .unique: break
        }
        cells[key] = known
    }

    /// The cells of a shard as the store keeps them: rows and deltas.
    private func kept(
        _ kept: UsageStore.Kept, _ shard: Int64, _ meters: Set<Int64>, on connection: any SQLConnection
    ) throws -> [Key: Value] {
        var cells: [Key: Value] = [:]
        let buckets: [SQLValue] = [.integer(shard * 16), .integer(shard * 16 + 15)]
        func key(_ row: any SQLRow) -> UsageKey {
            UsageKey(
                bucket: row.integer(0), meter: row.integer(1), day: row.integer(2), customer: row.text(3),
                resource: row.text(4))
        }
        try connection.query(
            """
            SELECT bucket, meter, day, customer_id, resource_id, cells FROM \(kept.days)
            WHERE bucket BETWEEN $1 AND $2
            """, buckets
        ) { row in
            guard meters.contains(row.integer(1)) else { return }
            let usage = key(row)
            for cell in try row.withBlob(5, { try UsageStore.dayCells($0) }) {
                Self.add(
                    Value(kind: cell.kind, count: cell.count, total: cell.total),
                    at: Key(usage: usage, hour: cell.hour, group: cell.group), to: &cells)
            }
        }
        try connection.query(
            """
            SELECT bucket, meter, day, customer_id, resource_id, hour, group_key, value FROM \(kept.values)
            WHERE bucket BETWEEN $1 AND $2
            """, buckets
        ) { row in
            guard meters.contains(row.integer(1)) else { return }
            cells[Key(usage: key(row), hour: row.integer(5), group: row.blob(6) + row.blob(7))] = Value(
                kind: .unique, count: 1, total: 0)
        }
        try UsageStore.readDeltas(shard: shard, in: kept, on: connection) { usage, cell in
            guard meters.contains(usage.meter) else { return }
            Self.add(
                Value(kind: cell.kind, count: cell.count, total: cell.total),
                at: Key(usage: usage, hour: cell.hour, group: cell.group), to: &cells)
        }
        return cells
    }

    private func compare(
        _ expected: [Key: Value], _ stored: [Key: Value], _ versions: [MeterVersion], _ report: inout Report
    ) {
        let features = Dictionary(uniqueKeysWithValues: versions.map { ($0.id, $0.featureID.text) })
        func differ(_ key: Key, _ left: Value?, _ right: Value?) {
            report.differenceCount += 1
            guard report.differences.count < Self.differencesMax else { return }
            func shown(_ value: Value?) -> String {
                value.map { "\($0.count) events, \(Amount(nanos: $0.total))" } ?? "nothing"
            }
            report.differences.append(
                "\(features[key.usage.meter] ?? "?") of \(key.usage.customer) at \(Timestamp.hour(key.hour).secondsDescription): "
                    + "the events come to \(shown(left)), the totals say \(shown(right))")
        }
        for (key, value) in expected {
            let other = stored[key]
            // Whether a value occurred is all that the set of a UNIQUE meter says.
            if value.kind == .unique ? other == nil : other != value { differ(key, value, other) }
        }
        for (key, value) in stored where expected[key] == nil { differ(key, nil, value) }
        report.cells += expected.count
    }
}
