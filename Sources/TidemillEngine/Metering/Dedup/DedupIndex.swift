import CEvents
import Foundation
import TidemillCore
import TidemillStore

/// Which events were seen within the window (semantics.md, "Events", Identity).
///
/// An LSM tree of keyed hashes: each batch appends its entries to the tail, in one row; a full tail is sealed into an
/// immutable run; runs of a level are merged into one of the next, a share after each batch. Look-ups go to the tail's
/// table in memory, for a whole batch to each run's filter in memory, and to the store only where a filter says maybe.
/// One growing table fell to an eighth of its speed at 20 M keys (storage.md); this stays flat, because nothing is ever
/// inserted into the middle.
///
/// Used by one thread at a time, under the engine's lock.
final class DedupIndex {
    enum Verdict: Equatable {
        case new
        case repeated(differs: Bool)
    }

    /// What was done so far, for tests: time says little there.
    struct Counts: Equatable {
        /// Filters asked, entry by entry.
        var probes = 0
        /// Pages looked into because a filter said maybe.
        var lookups = 0
        /// Entries written by seals and merges.
        var written = 0
        /// Readings of runs and tail from the store.
        var readings = 0
    }

    let sizes: DedupSizes
    let windowHours: Int64
    /// In the order of their ids.
    var runs: [DedupRun] = []
    let recent = RecentEntries()
    var counts = Counts()
    private var pending = ByteWriter(capacity: 1 << 16)
    /// The tail's rows that are in `recent`; 0: none.
    private var tailFrom: Int64 = 0
    private(set) var tailTo: Int64 = 0
    /// The entries of the run `sealing`, in order, while the tail is sealed into it.
    var sealed: [DedupEntry] = []
    var sealing: Int64 = 0
    private var isLoaded = false
    private var dataVersion: Int64 = -1
    /// Whether runs were made or moved in a transaction of which it is not known that it was committed.
    private var isTouched = false
    /// Changes with the runs: what was probed before is asked again.
    private var epoch = 0

    init(windowSeconds: Int64, sizes: DedupSizes = DedupSizes()) {
        // Ages are told apart within 16 signed bits of hours.
        windowHours = min((windowSeconds + 3599) / 3600, Int64(Int16.max) - 24)
        self.sizes = sizes
    }

    // MARK: What memory is worth

    /// Forgets what is in memory: after a failed transaction, whose entries must not count.
    func invalidate() {
        isLoaded = false
        pending.removeAll()
    }

    /// The engine's own transaction was committed.
    func confirm() {
        // What was invalidated in it has not been read since.
        if isLoaded { isTouched = false }
    }

    /// At the beginning of a transaction: takes in what other processes have committed.
    func begin(on connection: any SQLConnection) throws {
        let version = try connection.dataVersion()
        guard !isLoaded || version != dataVersion else { return }
        try refresh(on: connection)
        dataVersion = version
    }

    /// Reads the store again within a batch, after a savepoint was undone. Nothing is pending.
    func reload(on connection: any SQLConnection) throws {
        isLoaded = false
        try refresh(on: connection)
    }

    /// Runs were made or moved in the transaction in progress.
    func touch() {
        isTouched = true
        epoch += 1
    }

    /// A run that was committed never changes but by being merged, and its number is never used again; of one that may
    /// have been rolled back neither is true.
    func refresh(on connection: any SQLConnection) throws {
        counts.readings += 1
        if !isLoaded {
            sealing = 0
            sealed = []
            if isTouched { runs = [] }
        }
        let known = Dictionary(uniqueKeysWithValues: runs.map { ($0.id, $0) })
        var found: [DedupRun] = []
        var taken: [(run: DedupRun, into: Int64)] = []
        try connection.query(
            """
            SELECT id, level, entries, last_received_at, counts, place, into_run, has_filters, room, tail
            FROM dedup_runs ORDER BY id
            """, []
        ) { row in
            let id = row.integer(0)
            let place = row.optionalInteger(5).map { DedupPlace(bucket: Int($0 >> 48), page: Int($0 & 0xff_ffff)) }
            let run =
                known[id]
                ?? DedupRun(
                    id: id, level: row.integer(1), entries: Int(row.integer(2)), lastReceivedAt: row.integer(3),
                    counts: row.withBlob(4, Self.bucketCounts), place: place, room: Int(row.integer(8)),
                    tail: row.integer(9))
            run.entries = Int(row.integer(2))
            run.hasFilters = row.integer(7) != 0
            if run.place != place { run.moved(to: place) }
            if row.integer(6) != 0 { taken.append((run, row.integer(6))) }
            found.append(run)
        }
        for (run, into) in taken {
            guard let reached = found.first(where: { $0.id == into })?.reached else {
                throw StoreError(.corrupt, "dedup run \(into) is gone, into which others are merged; restore a backup")
            }
            run.isTaken(into: into, upTo: reached)
        }
        runs = found
        epoch += 1
        try refreshTail(on: connection)
        isLoaded = true
    }

    private static func bucketCounts(_ bytes: UnsafeRawBufferPointer) -> [UInt32] {
        (0..<256).map { index in
            index * 4 + 4 <= bytes.count ? bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self) : 0
        }
    }

    /// Takes in the tail's new rows; all of them where its first row is another one: what it was is a run now.
    func refreshTail(on connection: any SQLConnection) throws {
        let first: Int64 = try connection.value("SELECT id FROM dedup_tail ORDER BY id LIMIT 1") ?? 0
        if !isLoaded || first != tailFrom {
            recent.removeAll()
            tailTo = 0
        }
        tailFrom = first
        try connection.query("SELECT id, entries FROM dedup_tail WHERE id > $1 ORDER BY id", [.integer(tailTo)]) {
            row in
            tailTo = row.integer(0)
            try row.withBlob(1) { try recent.load($0) }
        }
    }

    // MARK: Checking

    /// Asks the runs about a batch's entries, in the order in which they will be checked.
    func probe(_ entries: [DedupEntry], on connection: any SQLConnection) throws -> DedupProbe {
        let probe = DedupProbe(entries)
        try fill(probe, from: 0, on: connection)
        return probe
    }

    private func fill(_ probe: DedupProbe, from start: Int, on connection: any SQLConnection) throws {
        probe.epoch = epoch
        guard start < probe.entries.count else { return }
        try loadFilters(for: probe.entries[start...], on: connection)
        try probe.entries.withUnsafeBufferPointer { entries in
            let asked = UnsafeBufferPointer(rebasing: entries[start...])
            for index in start..<entries.count { probe.stored[index] = DedupProbe.nothing }
            var maybe: [UInt32] = []
            for run in runs.reversed() {
                run.probe(asked, &maybe)
                counts.probes += asked.count
                for offset in maybe {
                    let index = start + Int(offset)
                    guard probe.stored[index] == DedupProbe.nothing else { continue }
                    counts.lookups += 1
                    if let known = try run.find(entries[index], on: connection),
                        known.age(at: entries[index]) <= windowHours
                    {
                        probe.stored[index] = Int32(known.content)
                    }
                }
            }
        }
    }

    private func loadFilters(for entries: ArraySlice<DedupEntry>, on connection: any SQLConnection) throws {
        var isAsked = [Bool](repeating: false, count: 256)
        for entry in entries { isAsked[entry.bucket] = true }
        for run in runs {
            for bucket in 0..<256 where isAsked[bucket] { try run.loadFilter(of: bucket, on: connection) }
        }
    }

    /// Whether the event at `index` of the probe was seen; a new one is remembered until `invalidate` or for good once its
    /// batch commits.
    func check(_ index: Int, of probe: DedupProbe, on connection: any SQLConnection) throws -> Verdict {
        if probe.epoch != epoch { try fill(probe, from: index, on: connection) }
        if index + DedupProbe.ahead < probe.entries.count { recent.prefetch(probe.entries[index + DedupProbe.ahead]) }
        let entry = probe.entries[index]
        if let known = recent.find(entry), known.age(at: entry) <= windowHours {
            return .repeated(differs: known.content != entry.content)
        }
        if probe.stored[index] != DedupProbe.nothing {
            return .repeated(differs: probe.stored[index] != Int32(entry.content))
        }
        try recent.insert(entry)
        pending.append(entry)
        return .new
    }

    /// Writes the batch's new entries, in the batch's transaction. Where nobody seals the tail after batches this does, in
    /// the end.
    func write(on connection: any SQLConnection, receivedAt: Int64) throws {
        guard pending.count > 0 else { return }
        let id = try Sequences.next("dedup_tail", on: connection)
        try connection.execute(
            "INSERT INTO dedup_tail(entries, id) VALUES ($1, $2)", blob: pending.bytes, [.integer(id)])
        pending.removeAll()
        if tailFrom == 0 { tailFrom = id }
        tailTo = id
        if recent.count >= 2 * sizes.sealAt { _ = try seal(at: receivedAt, entriesMax: 1 << 15, on: connection) }
    }
}

/// What the stored runs say about a batch's entries.
final class DedupProbe {
    static let nothing: Int32 = -1
    /// So far ahead the table of recent entries is asked for.
    static let ahead = 8

    let entries: [DedupEntry]
    /// The content of the entry that a run holds, or `nothing`.
    fileprivate(set) var stored: [Int32]
    fileprivate var epoch = 0

    init(_ entries: [DedupEntry]) {
        self.entries = entries
        stored = Array(repeating: Self.nothing, count: entries.count)
    }
}
