import CEvents
import Foundation
public import TidemillCore
public import TidemillOperations
import TidemillStore

extension EventEngine: StoreMaintenance {
    /// Fills in meters, folds deltas, merges dedup runs and small blocks, and drops what retention lets go: in short
    /// transactions, and only in the process that holds the lease.
    public func runMaintenance(now: Timestamp) throws {
        while try fillStep() {}
        guard try takeLease(now: now) else { return }
        for kept in [UsageStore.Kept.live, .sealed] {
            for shard in 0..<Int64(UsageStore.shards) {
                while try store.write({
                    try UsageStore.fold(shard: shard, deltasMax: Self.deltasPerFold, in: kept, on: $0)
                }) > 0 {}
            }
        }
        try mergeRuns(now: now)
        while try mergeSmallBlocks() {}
        while try dropExpired(now: now) {}
        try dropRetired()
    }

    /// One process at a time; a lease that is not renewed for five minutes is free.
    private func takeLease(now: Timestamp) throws -> Bool {
        let owner = leaseOwner
        return try store.write { connection in
            let expires = now.advanced(bySeconds: 300).microseconds
            return try connection.execute(
                """
                INSERT INTO leases(name, owner, expires_at) VALUES ('maintenance', $1, $2)
                ON CONFLICT(name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
                WHERE leases.owner = $1 OR leases.expires_at < $3
                """, [.text(owner), .integer(expires), .integer(now.microseconds)]) > 0
        }
    }

    /// The lock is let go between the steps: batches get in between.
    private func mergeRuns(now: Timestamp) throws {
        while var merge = try exclusively({ state in try store.write { try state.dedup.mergeDue(on: $0) } }) {
            var isDone = false
            while !isDone {
                isDone = try exclusively { state in
                    try store.write {
                        try state.dedup.advance(&merge, at: now.hour, entriesMax: Self.entriesPerMerge, on: $0)
                    }
                }
            }
        }
        try exclusively { state in try store.write { try state.dedup.dropExpired(now: now.microseconds, on: $0) } }
        for bucket in 0..<Bucket.count {
            try exclusively { state in try store.write { try state.dedup.sweepPages(bucket: bucket, on: $0) } }
        }
    }

    /// Identities that one transaction of a merge writes.
    private static let entriesPerMerge = 1 << 15

    /// Small deliveries leave small blocks: neighbours of one script version become one. Not while a meter is being
    /// filled in, whose position counts blocks.
    private func mergeSmallBlocks() throws -> Bool {
        try exclusively { state in
            try store.write { connection in
                guard try !connection.hasRows("SELECT 1 FROM meter_versions WHERE state = 'filling' LIMIT 1") else {
                    return false
                }
                let small = try connection.rows(
                    """
                    SELECT id, events, script_version FROM raw_blocks
                    WHERE shard = $1 AND events < $2 ORDER BY id LIMIT 512
                    """, [.integer(UsageStore.shards), .integer(Self.mixedBlockEventsMax)]
                ) { (id: $0.integer(0), events: $0.integer(1), version: $0.text(2)) }
                guard let first = small.first else { return false }
                var events: Int64 = 0
                let run = small.prefix { block in
                    events += block.events
                    return block.version == first.version && events <= 8192
                }
                guard run.count > 8 else { return false }
                var writer = RawBlockWriter()
                for block in run {
                    try RawEventScan(ids: block.id...block.id).blocks(state.compressor, on: connection) {
                        header, data in
                        try RawBlock.read(data) { writer.append($0, from: header) }
                    }
                    try connection.execute("DELETE FROM raw_blocks WHERE id = $1", [.integer(block.id)])
                }
                try writer.write(
                    shard: Int64(UsageStore.shards), scriptVersion: ScriptVersionID(first.version),
                    compressor: state.compressor, on: connection)
                return true
            }
        }
    }

    /// Drops the oldest block when `events.keep` lets it go. What its events came to stays in the sealed totals.
    private func dropExpired(now: Timestamp) throws -> Bool {
        let edge = now.advanced(bySeconds: -options.keep).microseconds
        return try exclusively { state in
            try store.write { connection in
                guard
                    let id = try connection.first(
                        "SELECT id FROM raw_blocks WHERE last_received_at < $1 ORDER BY id LIMIT 1", [.integer(edge)],
                        { $0.integer(0) })
                else {
                    try connection.execute(
                        """
                        DELETE FROM deliveries WHERE state IN ('done', 'failed') AND finished_at < $1
                          AND NOT EXISTS (SELECT 1 FROM rejected_records r WHERE r.delivery = deliveries.id AND r.state = 'open')
                        """, [.integer(edge)])
                    for table in ["delivery_filters", "delivery_answers"] {
                        try connection.execute("DELETE FROM \(table) WHERE delivery NOT IN (SELECT id FROM deliveries)")
                    }
                    return false
                }
                let metering = try RawMetering(
                    MeterSet(try MeterRegistry.versions(on: connection), generation: 0), identityKey: identityKey)
                try RawEventScan(ids: id...id).blocks(state.compressor, on: connection) { _, block in
                    try metering.add(block) { $0.timestamp.flooredDivision(by: 3_600_000_000) }
                }
                try UsageStore.append(metering.cells, to: .sealed, on: connection)
                try connection.execute("DELETE FROM raw_blocks WHERE id = $1", [.integer(id)])
                return true
            }
        }
    }

    /// Deletes the usage of meter versions that were replaced, a bucket at a time; position −1 marks them as done.
    private func dropRetired() throws {
        let retired = try store.read { connection in
            try connection.rows("SELECT id FROM meter_versions WHERE state = 'retired' AND fill_position >= 0") {
                $0.integer(0)
            }
        }
        for meter in retired {
            for kept in [UsageStore.Kept.live, .sealed] {
                for bucket in 0..<Int64(Bucket.count) {
                    for table in [kept.days, kept.values] {
                        try store.write { connection in
                            _ = try connection.execute(
                                "DELETE FROM \(table) WHERE bucket = $1 AND meter = $2",
                                [.integer(bucket), .integer(meter)])
                        }
                    }
                }
            }
            try store.write { connection in
                _ = try connection.execute(
                    "UPDATE meter_versions SET fill_position = -1 WHERE id = $1", [.integer(meter)])
            }
        }
    }
}

extension SQLConnection {
    func hasRows(_ sql: String, _ arguments: [SQLValue] = []) throws -> Bool {
        try first(sql, arguments) { _ in true } ?? false
    }
}
