import CEvents
import TidemillCore
import TidemillStore

/// What touched days of a shard come to by the stored events: added up in a snapshot, outside any lock, and then put in
/// the place of what is there, some at a time, with the events that came since. Nobody changes or drops blocks meanwhile.
final class TouchedRecount {
    /// Keys that are added up at once, and those that one transaction replaces.
    static let keysMax = 65_536
    private static let groupMax = 1024

    private let shard: Int64
    private let identityKey: [UInt8]
    private let groups: [[UsageKey]]
    private let group: [UsageKey: Int]
    private let scan: RawEventScan
    private let days: ClosedRange<Int64>
    /// By group: packed cells.
    private var deltas: [[[UInt8]]]
    private let lastBlock: Int64

    /// Nil where nothing of the shard is left to do.
    init?(
        shard: Int64, identityKey: [UInt8], keysMax: Int = TouchedRecount.keysMax, _ compressor: Compressor,
        on connection: any SQLConnection
    ) throws {
        let keys = try TouchedUsage(connection: connection).keys(shard: shard, limit: keysMax)
        guard let first = keys.first?.day, let last = keys.last?.day else { return nil }
        self.shard = shard
        self.identityKey = identityKey
        days = first...last
        groups = stride(from: 0, to: keys.count, by: Self.groupMax).map {
            Array(keys[$0..<min($0 + Self.groupMax, keys.count)])
        }
        group = Dictionary(
            groups.enumerated().flatMap { index, keys in keys.map { ($0, index) } }, uniquingKeysWith: { $1 })
        deltas = Array(repeating: [], count: groups.count)
        lastBlock = try Sequences.current("raw_block", on: connection)
        var scan = RawEventScan(
            from: Timestamp.hour(first * 24), to: Timestamp.hour((last + 1) * 24),
            shards: [shard, Int64(UsageStore.shards)])
        scan.customers = Set(keys.map { RawBlock.customerHash(CustomerID($0.customer)) })
        self.scan = scan
        try meter(ids: 0...lastBlock, compressor, on: connection) { cells in
            var byGroup: [Int: [Int]] = [:]
            for (index, cell) in cells.cells.enumerated() {
                guard let place = group[UsageKey(cell)] else { continue }
                byGroup[place, default: []].append(index)
            }
            for (place, indices) in byGroup { deltas[place].append(Self.packed(indices, of: cells)) }
        }
    }

    var count: Int { groups.count }

    /// Replaces the usage of one group's keys.
    func replace(_ place: Int, _ compressor: Compressor, on connection: any SQLConnection) throws {
        let keys = groups[place]
        // What lies in deltas moves into the rows, which are replaced.
        for kept in [UsageStore.Kept.live, .sealed] {
            while try UsageStore.fold(shard: shard, deltasMax: 10_000, in: kept, on: connection) > 0 {}
        }
        let touched = TouchedUsage(connection: connection)
        for key in keys {
            try UsageStore.delete(key, on: connection)
            try UsageStore.restoreSealed(key, on: connection)
            try touched.forget(key)
        }
        for delta in deltas[place] {
            try delta.withUnsafeBytes { try UsageStore.append(delta: $0, shard: shard, on: connection) }
        }
        try meter(ids: (lastBlock + 1)...Int64.max, compressor, on: connection) { cells in
            try UsageStore.append(cells, on: connection) { group[UsageKey($0)] == place }
        }
        try LateUsageTable(connection: connection).note(
            keys, MeterSet(try MeterRegistry.versions(on: connection), generation: 0))
    }

    private func meter(
        ids: ClosedRange<Int64>, _ compressor: Compressor, on connection: any SQLConnection,
        _ body: (borrowing CellTable) throws -> Void
    ) throws {
        let metering = try RawMetering(
            MeterSet(try MeterRegistry.versions(on: connection), generation: 0), identityKey: identityKey,
            voided: try VoidedDeliveries.ids(on: connection))
        var scan = scan
        scan.ids = ids
        try scan.blocks(compressor, on: connection) { _, block in
            try metering.add(block) { part in
                let hour = part.timestamp.flooredDivision(by: 3_600_000_000)
                return UsageStore.shard(ofBucket: Int64(part.bucket)) == shard
                    && days.contains(hour.flooredDivision(by: 24)) ? hour : nil
            }
            guard metering.isFull else { return }
            try body(metering.cells)
            metering.reset()
        }
        try body(metering.cells)
    }

    private static func packed(_ indices: [Int], of cells: borrowing CellTable) -> [UInt8] {
        var delta = ByteWriter(capacity: 1 << 12)
        for index in indices {
            let cell = cells.cells[index]
            cells.withGroup(of: cell) { delta.append(cell, group: $0) }
        }
        return Array(delta.bytes)
    }
}
