import CEvents
import Foundation
import TidemillCore
import TidemillStore

/// Which events were seen within the window (SEMANTICS, "Events", Identity).
///
/// An LSM tree of keyed hashes: each batch appends its entries to the tail, in one row; a full tail is sealed into an
/// immutable run; eight runs of a level are merged into one of the next. Look-ups go to the tail's table in memory, then
/// to each run's filter in memory, and to the store only where a filter says maybe. One growing table fell to an eighth
/// of its speed at 20 M keys (STORE.md); this stays flat, because nothing is ever inserted into the middle.
///
/// Used by one thread at a time, under the engine's lock.
final class DedupIndex {
    /// Entries of the tail that are sealed together.
    static let sealAt = 1 << 17
    /// Runs of one level that are merged together.
    static let fanout = 8

    enum Verdict {
        case new
        case repeated(differs: Bool)
    }

    private let windowHours: Int64
    private var runs: [DedupRun] = []
    private let recent = DedupTable()
    private var tailTo: Int64 = 0
    private(set) var isLoaded = false
    private var pending = ByteWriter(capacity: 1 << 16)

    init(windowSeconds: Int64) {
        // Ages are told apart within 16 signed bits of hours.
        windowHours = min((windowSeconds + 3599) / 3600, Int64(Int16.max) - 24)
    }

    /// Forgets what is in memory: after a failed transaction, whose entries must not count.
    func invalidate() {
        isLoaded = false
        pending.removeAll()
    }

    /// As `invalidate`, keeping what is pending: the batch in progress goes on.
    func invalidateLater() {
        isLoaded = false
    }

    /// Reads the store again within a batch, after a savepoint was undone. Nothing is pending.
    func reload(on connection: any SQLConnection) throws {
        isLoaded = false
        try refresh(on: connection)
    }

    /// Takes in what other processes have committed.
    func refresh(on connection: any SQLConnection) throws {
        let ids = try connection.rows("SELECT id FROM dedup_runs ORDER BY id") { $0.integer(0) }
        if !isLoaded || ids != runs.map(\.id) {
            // After a failure nothing in memory is trusted: a run that was rolled back may have left its number.
            let known = isLoaded ? Dictionary(uniqueKeysWithValues: runs.map { ($0.id, $0) }) : [:]
            runs = try ids.map { id in try known[id] ?? Self.load(run: id, on: connection) }
            // A new run holds what was the tail.
            recent.removeAll()
            tailTo = 0
            isLoaded = true
        }
        try connection.query("SELECT id, entries FROM dedup_tail WHERE id > $1 ORDER BY id", [.integer(tailTo)]) {
            row in
            tailTo = row.integer(0)
            row.withBlob(1) { bytes in
                for offset in stride(from: 0, through: bytes.count - DedupEntry.stored, by: DedupEntry.stored) {
                    if let base = bytes.baseAddress { recent.insert(DedupEntry(stored: base + offset)) }
                }
            }
        }
    }

    private static func load(run id: Int64, on connection: any SQLConnection) throws -> DedupRun {
        let run = try connection.first(
            "SELECT level, entries, last_received_at, counts, filter FROM dedup_runs WHERE id = $1", [.integer(id)]
        ) { row in
            DedupRun(
                id: id, level: row.integer(0), entries: Int(row.integer(1)), lastReceivedAt: row.integer(2),
                counts: row.withBlob(3) { bytes in
                    (0..<256).map { index in
                        index * 4 + 4 <= bytes.count
                            ? bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self) : 0
                    }
                },
                filter: row.withBlob(4) { BlockedFilter(stored: $0) })
        }
        guard let run else { throw StoreError(.corrupt, "dedup run \(id) is gone; run tidemill verify") }
        return run
    }

    /// Whether the event was seen; a new one is remembered until `invalidate` or for good once its batch commits.
    func check(_ entry: DedupEntry, at hour: Int64, on connection: any SQLConnection) throws -> Verdict {
        if let known = recent.find(entry), known.age(at: hour) <= windowHours {
            return .repeated(differs: known.content != entry.content)
        }
        for run in runs.reversed() where run.filter.mayContain(entry) {
            if let known = try run.find(entry, on: connection), known.age(at: hour) <= windowHours {
                return .repeated(differs: known.content != entry.content)
            }
        }
        recent.insert(entry)
        pending.append(entry)
        return .new
    }

    /// Writes the batch's new entries, in the batch's transaction; seals the tail when it is full.
    func write(on connection: any SQLConnection, receivedAt: Int64) throws {
        guard pending.count > 0 else { return }
        let id = try Sequences.next("dedup_tail", on: connection)
        try connection.execute(
            "INSERT INTO dedup_tail(entries, id) VALUES ($1, $2)", blob: pending.bytes, [.integer(id)])
        pending.removeAll()
        tailTo = id
        if recent.count >= Self.sealAt { try seal(on: connection, receivedAt: receivedAt) }
    }

    private func seal(on connection: any SQLConnection, receivedAt: Int64) throws {
        let entries = recent.sorted()
        let id = try Sequences.next("dedup_run", on: connection)
        // The newest entry's arrival, which the batch that fills the tail need not hold: it may be an old record.
        let reference = receivedAt.flooredDivision(by: 3_600_000_000)
        let newest = entries.reduce(reference) { max($0, $1.arrival(near: reference)) }
        let run = try Self.write(
            entries, run: id, level: 0, lastReceivedAt: (newest + 1) * 3_600_000_000, on: connection)
        try connection.execute("DELETE FROM dedup_tail WHERE id <= $1", [.integer(tailTo)])
        runs.append(run)
        recent.removeAll()
    }

    private static func write(
        _ entries: [DedupEntry], run id: Int64, level: Int64, lastReceivedAt: Int64, on connection: any SQLConnection
    ) throws -> DedupRun {
        var counts = [UInt32](repeating: 0, count: 256)
        let filter = BlockedFilter(entries: entries.count)
        var start = 0
        while start < entries.count {
            let bucket = entries[start].bucket
            var end = start
            while end < entries.count, entries[end].bucket == bucket {
                filter.insert(entries[end])
                end += 1
            }
            counts[bucket] = UInt32(end - start)
            try DedupRun.writePages(entries[start..<end], run: id, on: connection)
            start = end
        }
        try record(
            run: id, level: level, entries: entries.count, lastReceivedAt: lastReceivedAt, counts: counts,
            filter: filter,
            on: connection)
        return DedupRun(
            id: id, level: level, entries: entries.count, lastReceivedAt: lastReceivedAt, counts: counts, filter: filter
        )
    }

    private static func record(
        run id: Int64, level: Int64, entries: Int, lastReceivedAt: Int64, counts: [UInt32], filter: BlockedFilter,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO dedup_runs(filter, id, level, entries, first_received_at, last_received_at, counts)
            VALUES ($1, $2, $3, $4, 0, $5, $6)
            """, blob: filter.bytes,
            [
                .integer(id), .integer(level), .integer(entries), .integer(lastReceivedAt),
                .blob(counts.withUnsafeBytes { Data($0) }),
            ])
    }
}

// MARK: - Maintenance

extension DedupIndex {
    /// What merging needs to know between its short transactions: the runs that become one, bucket by bucket.
    struct Merge {
        let sources: [DedupRun]
        let target: Int64
        var bucket = 0
        var counts = [UInt32](repeating: 0, count: 256)
        let filter: BlockedFilter
    }

    /// A merge that is due: a level with `fanout` runs.
    func mergeDue(on connection: any SQLConnection) throws -> Merge? {
        try refresh(on: connection)
        let levels = Dictionary(grouping: runs, by: \.level)
        guard let level = levels.keys.sorted().first(where: { (levels[$0]?.count ?? 0) >= Self.fanout }),
            let sources = levels[level]
        else { return nil }
        let target = try Sequences.next("dedup_run", on: connection)
        return Merge(
            sources: sources, target: target, filter: BlockedFilter(entries: sources.reduce(0) { $0 + $1.entries }))
    }

    /// Merges the next buckets; true when the new run has replaced its sources. A source that another process has merged
    /// meanwhile ends the merge: its pages are dropped again.
    func advance(_ merge: inout Merge, at hour: Int64, entriesMax: Int, on connection: any SQLConnection) throws -> Bool
    {
        try refresh(on: connection)
        let present = Set(runs.map(\.id))
        guard merge.sources.allSatisfy({ present.contains($0.id) }) else {
            for bucket in 0..<256 { try Self.deletePages(run: merge.target, bucket: bucket, on: connection) }
            return true
        }
        var handled = 0
        while merge.bucket < 256, handled < entriesMax {
            var entries: [DedupEntry] = []
            for source in merge.sources where source.counts[merge.bucket] > 0 {
                let ids = DedupRun.pageIDs(bucket: merge.bucket, run: source.id)
                try connection.query(
                    "SELECT entries FROM dedup_pages WHERE id BETWEEN $1 AND $2 ORDER BY id",
                    [.integer(ids.lowerBound), .integer(ids.upperBound)]
                ) { row in
                    row.withBlob(0) { bytes in
                        for offset in stride(from: 0, through: bytes.count - DedupEntry.stored, by: DedupEntry.stored) {
                            guard let base = bytes.baseAddress else { break }
                            let entry = DedupEntry(stored: base + offset)
                            if entry.age(at: hour) <= windowHours { entries.append(entry) }
                        }
                    }
                }
            }
            entries.sort(by: DedupEntry.isOrdered)
            for entry in entries { merge.filter.insert(entry) }
            merge.counts[merge.bucket] = UInt32(entries.count)
            try DedupRun.writePages(entries[...], run: merge.target, on: connection)
            handled += entries.count
            merge.bucket += 1
        }
        guard merge.bucket == 256 else { return false }
        try Self.record(
            run: merge.target, level: (merge.sources.first?.level ?? 0) + 1,
            entries: merge.counts.reduce(0) { $0 + Int($1) },
            lastReceivedAt: merge.sources.map(\.lastReceivedAt).max() ?? 0, counts: merge.counts, filter: merge.filter,
            on: connection)
        for source in merge.sources {
            try connection.execute("DELETE FROM dedup_runs WHERE id = $1", [.integer(source.id)])
        }
        invalidate()
        try refresh(on: connection)
        return true
    }

    /// Deletes runs whose last entry left the window; `sweepPages` deletes their pages.
    func dropExpired(now: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM dedup_runs WHERE last_received_at < $1", [.integer(now - (windowHours + 1) * 3_600_000_000)])
        try refresh(on: connection)
    }

    /// Deletes the pages of `bucket` that belong to no run: of runs that were merged or expired, of a merge that was
    /// killed. Not while a merge is in progress.
    func sweepPages(bucket: Int, on connection: any SQLConnection) throws {
        try refresh(on: connection)
        let known = Set(runs.map(\.id))
        let first = Int64(bucket) << 48
        var cursor = first
        // One index seek per run present in the bucket.
        while let id = try connection.first(
            "SELECT id FROM dedup_pages WHERE id >= $1 AND id < $2 ORDER BY id LIMIT 1",
            [.integer(cursor), .integer(first + 1 << 48)], { $0.integer(0) })
        {
            let run = id >> 24 & 0xff_ffff
            if !known.contains(run) { try Self.deletePages(run: run, bucket: bucket, on: connection) }
            cursor = DedupRun.pageIDs(bucket: bucket, run: run).upperBound + 1
        }
    }

    private static func deletePages(run: Int64, bucket: Int, on connection: any SQLConnection) throws {
        let ids = DedupRun.pageIDs(bucket: bucket, run: run)
        try connection.execute(
            "DELETE FROM dedup_pages WHERE id BETWEEN $1 AND $2", [.integer(ids.lowerBound), .integer(ids.upperBound)])
    }
}
