import CEvents
import CLuaSupport
import Foundation
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Counts again, in one shard, the usage that a voided delivery had a part in: the rows of every day, customer and
/// resource that its events touched are replaced by what the other stored events, and the sealed totals, come to.
struct VoidRecount {
    let delivery: DeliveryID
    let shard: Int64
    let identityKey: [UInt8]

    /// Returns how many events of the delivery count no longer.
    func perform(_ compressor: Compressor, on connection: any SQLConnection) throws -> Int64 {
        let meters = MeterSet(try MeterRegistry.versions(on: connection), generation: 0)
        let (events, touched) = try self.touched(by: meters, compressor, on: connection)
        guard let days = Self.days(of: touched) else { return events }
        // What lies in deltas moves into the rows, which are replaced.
        while try UsageStore.fold(shard: shard, deltasMax: 10_000, on: connection) > 0 {}
        for key in touched { try UsageStore.delete(key, on: connection) }
        // What was billed of it is billed less.
        try LateUsageTable(connection: connection).note(touched, meters)
        try addSealed(touched, on: connection)
        try addStored(touched, days, meters, compressor, on: connection)
        return events
    }

    /// The delivery's events in this shard, and whose usage they are.
    private func touched(
        by meters: MeterSet, _ compressor: Compressor, on connection: any SQLConnection
    ) throws -> (events: Int64, keys: Set<UsageKey>) {
        guard let receivedAt = try DeliveryLedger.find(delivery, on: connection)?.receivedAt else { return (0, []) }
        let metering = try RawMetering(meters, identityKey: identityKey, only: delivery.text)
        var keys: Set<UsageKey> = []
        var events: Int64 = 0
        func takeOut() {
            for cell in metering.cells.cells { keys.insert(UsageKey(cell)) }
            metering.reset()
        }
        let scan = RawEventScan(shards: [shard, Int64(UsageStore.shards)], receivedAt: receivedAt)
        try scan.blocks(compressor, on: connection) { _, block in
            events += try metering.add(block) { part in
                UsageStore.shard(ofBucket: Int64(part.bucket)) == shard
                    ? part.timestamp.flooredDivision(by: 3_600_000_000) : nil
            }
            if metering.isFull { takeOut() }
        }
        takeOut()
        return (events, keys)
    }

    private static func days(of keys: Set<UsageKey>) -> ClosedRange<Int64>? {
        guard let first = keys.map(\.day).min(), let last = keys.map(\.day).max() else { return nil }
        return first...last
    }

    /// What events whose blocks are gone had come to still counts.
    private func addSealed(_ touched: Set<UsageKey>, on connection: any SQLConnection) throws {
        while try UsageStore.fold(shard: shard, deltasMax: 10_000, in: .sealed, on: connection) > 0 {}
        for key in touched { try UsageStore.restoreSealed(key, on: connection) }
    }

    private func addStored(
        _ touched: Set<UsageKey>, _ days: ClosedRange<Int64>, _ meters: MeterSet, _ compressor: Compressor,
        on connection: any SQLConnection
    ) throws {
        let metering = try RawMetering(
            meters, identityKey: identityKey, voided: try VoidedDeliveries.ids(on: connection))
        func takeOut() throws {
            try UsageStore.append(metering.cells, on: connection) { touched.contains(UsageKey($0)) }
            metering.reset()
        }
        let scan = RawEventScan(
            from: Timestamp.hour(days.lowerBound * 24), to: Timestamp.hour((days.upperBound + 1) * 24),
            shards: [shard, Int64(UsageStore.shards)])
        try scan.blocks(compressor, on: connection) { _, block in
            try metering.add(block) { part in
                let hour = part.timestamp.flooredDivision(by: 3_600_000_000)
                return UsageStore.shard(ofBucket: Int64(part.bucket)) == shard
                    && days.contains(hour.flooredDivision(by: 24)) ? hour : nil
            }
            if metering.isFull { try takeOut() }
        }
        try takeOut()
    }
}
