import CEvents
import Foundation
public import TidemillCore
import TidemillIngest
import TidemillOperations
public import TidemillStore

extension Engine: StoreMaintenance {
    /// Fills in meters, finishes what `void` left when it was interrupted, folds deltas, merges dedup runs and small blocks, and drops what retention lets go: in short
    /// transactions with a breath between them, in which batches and other processes get their turn. What only one
    /// process may do is done by the holder of the lease. Ends early when its task is cancelled; the next call goes on.
    public func runMaintenance(now: Timestamp) throws {
        let upkeep = Upkeep(now: now)
        try fillMeters()
        for voided in try store.read({ try VoidedDeliveries.unfinished(on: $0) }) {
            try void(voided, by: "", reason: "", now: now)
        }
        do {
            for kept in [UsageStore.Kept.live, .sealed] {
                for shard in 0..<Int64(UsageStore.shards) {
                    try leased(upkeep) { _, connection in
                        try UsageStore.fold(shard: shard, deltasMax: Self.deltasPerFold, in: kept, on: connection) > 0
                    }
                }
            }
            try mergeRuns(upkeep)
            try sealWindows(upkeep)
            try leased(upkeep) { state, connection in try self.mergeSmallBlocks(state, on: connection) }
            try dropExpired(upkeep)
            try dropRetired(upkeep)
        } catch is LeaseTaken {
            // Another process looks after the store.
            return
        }
    }

    /// Meters the stored events for meters that were added or changed, until nothing is left to do, or `limit` is over.
    public func fillMeters(for limit: Duration? = nil) throws {
        let began = ContinuousClock.now
        guard try store.read({ try isFilling(on: $0) }) else { return }
        while try !Task.isCancelled && fillStep() {
            if let limit, ContinuousClock.now - began > limit { return }
            UpkeepTurns.breathe()
        }
    }

    /// The time of one maintenance, going on from the instant that it was given.
    struct Upkeep {
        private let start: Timestamp
        private let began = ContinuousClock.now

        init(now: Timestamp) { start = now }

        var now: Timestamp {
            start.advanced(bySeconds: (ContinuousClock.now - began).components.seconds)
        }
    }

    private struct LeaseTaken: Error {}

    /// Repeats a step until it says that there is no more to do. Each takes or renews the lease in its own transaction:
    /// one process at a time, and a lease that is not renewed for five minutes is free.
    func leased(_ upkeep: Upkeep, _ body: (State, any SQLConnection) throws -> Bool) throws {
        var isMore = true
        while isMore, !Task.isCancelled {
            isMore = try step { state, connection in
                let now = upkeep.now
                let isMine =
                    try connection.execute(
                        """
                        INSERT INTO leases(name, owner, expires_at) VALUES ('maintenance', $1, $2)
                        ON CONFLICT(name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
                        WHERE leases.owner = $1 OR leases.expires_at < $3
                        """,
                        [
                            .text(leaseOwner), .integer(now.advanced(bySeconds: 300).microseconds),
                            .integer(now.microseconds),
                        ]) > 0
                guard isMine else { throw LeaseTaken() }
                return try body(state, connection)
            }
            if isMore { UpkeepTurns.breathe() }
        }
    }

    /// Merges what batches have left, and drops what the window lets go. Merges that may wait are finished once the store
    /// is quiet: while batches come, each pays its share.
    private func mergeRuns(_ upkeep: Upkeep) throws {
        let isQuiet = exclusively { state in
            defer { state.isBusy = false }
            return !state.isBusy
        }
        try leased(upkeep) { state, connection in
            try state.dedup.begin(on: connection)
            return try state.dedup.step(
                at: upkeep.now, entriesMax: Self.entriesPerStep, isFinishing: isQuiet, on: connection)
        }
        try leased(upkeep) { state, connection in
            try state.dedup.begin(on: connection)
            try state.dedup.dropExpired(now: upkeep.now.microseconds, on: connection)
            return false
        }
        var cursor: Int64? = -1
        try leased(upkeep) { state, connection in
            try state.dedup.begin(on: connection)
            cursor = try state.dedup.sweep(after: cursor ?? -1, rowsMax: Self.rowsPerSweep, on: connection)
            return cursor != nil
        }
    }

    /// Rows that one transaction of a sweep looks at or deletes.
    private static let rowsPerSweep = 1024

    /// Small deliveries leave small blocks: neighbours of one script version become one. Not while a meter is being
    /// filled in, whose position counts blocks.
    private func mergeSmallBlocks(_ state: State, on connection: any SQLConnection) throws -> Bool {
        guard try !isFilling(on: connection), try !isReprocessing(on: connection) else { return false }
        let small = try connection.rows(
            """
            SELECT id, events, script_version FROM raw_blocks
            WHERE shard = $1 AND events < $2 ORDER BY id LIMIT 4096
            """, [.integer(UsageStore.shards), .integer(Self.mixedBlockEventsMax)]
        ) { (id: $0.integer(0), events: $0.integer(1), version: $0.text(2)) }
        var start = 0
        while start < small.count {
            var events: Int64 = 0
            let run = small[start...].prefix { block in
                events += block.events
                return block.version == small[start].version && events <= 8192
            }
            // A few blocks of an old version stay as they are; the next ones have their turn.
            guard run.count > Self.smallBlocksMax else {
                start += max(1, run.count)
                continue
            }
            var writer = RawBlockWriter()
            for block in run {
                try RawEventScan(ids: block.id...block.id).blocks(state.compressor, on: connection) { header, data in
                    try RawBlock.read(data) { writer.append($0, from: header) }
                }
                try RawBlock.delete(block.id, on: connection)
            }
            let written = try writer.write(
                shard: Int64(UsageStore.shards), scriptVersion: ScriptVersionID(small[start].version),
                compressor: state.compressor, on: connection)
            try Sequences.add(written, to: .eventsStored, on: connection)
            return true
        }
        return false
    }

    /// So many small neighbours are left alone.
    private static let smallBlocksMax = 8

    private func isFilling(on connection: any SQLConnection) throws -> Bool {
        try connection.hasRows("SELECT 1 FROM meter_versions WHERE state = 'filling' LIMIT 1")
    }

    /// Drops the blocks that `events.keep` lets go, one a transaction; what their events came to stays in the sealed
    /// totals. Then the deliveries of that age, and the rejected records that somebody has decided about.
    private func dropExpired(_ upkeep: Upkeep) throws {
        let oldest = upkeep.now.advanced(bySeconds: -settings.keep)
        // A draft is priced by its events once more.
        let needed = try store.read { connection in
            [
                try ClosedUsageTable(connection: connection).oldestUnbilled(),
                // And what is billed is sealed with them first.
                try MeteredWindowTable.oldestUnsealed(on: connection),
            ].compactMap { $0 }.min()
        }
        let edge: [SQLValue] = [.integer(oldest.microseconds), .integer(needed?.microseconds ?? .max)]
        let expired =
            "SELECT id FROM raw_blocks WHERE last_received_at < $1 AND last_at < $2 ORDER BY last_received_at LIMIT 1"
        // Looked for in reads, so that nobody waits where nothing is due.
        if try store.read({ try $0.hasRows(expired, edge) }) {
            try leased(upkeep) { state, connection in
                // Sealed totals need every meter's live cells to hold the block.
                guard try !self.isFilling(on: connection), try !self.isReprocessing(on: connection),
                    let id = try connection.first(expired, edge, { $0.integer(0) })
                else { return false }
                try self.seal(block: id, state.compressor, on: connection)
                try RawBlock.delete(id, on: connection)
                return true
            }
        }
        try leased(upkeep) { _, connection in
            try ReprocessTable(connection: connection).dropBlocks(before: oldest, limit: Self.earlierBlocksMax) > 0
        }
        if try store.read({ try !DeliveryLedger.old(before: oldest, limit: 1, on: $0).isEmpty }) {
            try leased(upkeep) { _, connection in
                let ids = try DeliveryLedger.old(before: oldest, limit: DeliveryLedger.forgottenMax, on: connection)
                for id in ids { try DeliveryLedger.forget(id, on: connection) }
                return !ids.isEmpty
            }
        }
        if try store.read({ try Throughput.isOld(now: upkeep.now, on: $0) }) {
            try leased(upkeep) { _, connection in
                try Throughput.prune(now: upkeep.now, on: connection)
                return false
            }
        }
        try dropAudit(upkeep)
    }

    /// Keeps what the events of a block came to: by hours, and by parts of those in which billed time begins or ends.
    private func seal(block id: Int64, _ compressor: Compressor, on connection: any SQLConnection) throws {
        let scan = RawEventScan(ids: id...id)
        let metering = try RawMetering(
            MeterSet(try MeterRegistry.versions(on: connection), generation: 0), identityKey: identityKey,
            voided: try VoidedDeliveries.ids(on: connection))
        try scan.blocks(compressor, on: connection) { _, block in
            try metering.add(block) { $0.timestamp.flooredDivision(by: SealedParts.hour) }
        }
        try UsageStore.append(metering.cells, to: .sealed, on: connection)
        let bounds = try partBounds(of: metering.cells, on: connection)
        guard !bounds.isEmpty else { return }
        metering.reset()
        try scan.blocks(compressor, on: connection) { _, block in
            try metering.add(block) { part in
                bounds[Array(part.customer_id.buffer)].flatMap { SealedParts.part(of: part.timestamp, $0)?.start }
            }
        }
        let parts = SealedParts(connection: connection)
        for cell in metering.cells.cells {
            let known = bounds[Array(cell.customer.buffer)] ?? []
            guard let part = SealedParts.part(of: cell.hour, known) else { continue }
            try parts.add(cell, group: metering.cells.withGroup(of: cell) { Data($0) }, to: part.end)
        }
    }

    /// Blocks of earlier forms that one transaction drops.
    private static let earlierBlocksMax = 100

    /// The audit is kept as long as raw events. The outbox is not the engine's to clear: see RunRetention.
    private func dropAudit(_ upkeep: Upkeep) throws {
        let oldest = upkeep.now.advanced(bySeconds: -settings.keep)
        guard try store.read({ try AuditLog.isOld(before: oldest, on: $0) }) else { return }
        try leased(upkeep) { _, connection in try AuditLog.prune(before: oldest, on: connection) > 0 }
    }

    /// A reprocess counts blocks too, and goes through those that there were when it began.
    private func isReprocessing(on connection: any SQLConnection) throws -> Bool {
        try ReprocessTable(connection: connection).open() != nil
    }

    /// Deletes the usage of meter versions that were replaced, a bucket at a time; position −1 marks them as done.
    private func dropRetired(_ upkeep: Upkeep) throws {
        let oldest = upkeep.now.advanced(bySeconds: -settings.keep)
        if try store.read({ try $0.hasRows("SELECT 1 FROM meter_versions WHERE state = 'kept' LIMIT 1") }) {
            try leased(upkeep) { _, connection in
                try MeterRegistry.retireKept(before: oldest, on: connection)
                return false
            }
        }
        let retired = try store.read { connection in
            try connection.rows("SELECT id FROM meter_versions WHERE state = 'retired' AND fill_position >= 0") {
                $0.integer(0)
            }
        }
        for meter in retired {
            var bucket: Int64 = 0
            try leased(upkeep) { _, connection in
                try UsageStore.delete(meter: meter, bucket: bucket, on: connection)
                bucket += 1
                guard bucket == Bucket.count else { return true }
                try MeterRegistry.move(meter, to: -1, on: connection)
                return false
            }
        }
    }
}
