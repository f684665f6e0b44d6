import CEvents
import Foundation
import Testing
import TidemillCore

@testable import TidemillEngine
@testable import TidemillStore

/// Stores of the schemas before 10, whose runs have one filter by other bits each: written here as that release did.
struct DedupOldStoreTests {
    private let path = DedupKit.newPath()

    /// A store with `runs` of `size` consecutive numbers each at level 0, a tail of 10 more, and the pages of a merge that
    /// was killed.
    private func oldStore(runs: Int, size: UInt64) throws {
        let store = try SQLiteStore(
            path: path, environment: "test", clock: SystemWallclock(),
            migrations: Migrations.all.filter { $0.number <= 6 })
        try store.write { connection in
            for run in 0..<UInt64(runs) {
                try add(Array(run * size..<(run + 1) * size), run: Int64(run) + 1, isEntered: true, on: connection)
            }
            try add(Array(0..<size / 2), run: Int64(runs) + 1, isEntered: false, on: connection)
            let tail = (UInt64(runs) * size..<UInt64(runs) * size + 10).map { DedupKit.entry($0, hour: 9) }
            try connection.execute(
                "INSERT INTO dedup_tail(id, entries) VALUES (1, $1)", [.blob(Self.packed(tail))])
            try connection.execute(
                "INSERT INTO sequences(name, value) VALUES ('dedup_tail', 1), ('dedup_run', $1)",
                [.integer(runs + 1)])
        }
        try store.close()
    }

    private static func packed(_ entries: [DedupEntry]) -> Data {
        entries.reduce(into: Data()) { data, entry in
            withUnsafeBytes(of: entry.high.littleEndian) { data.append(contentsOf: $0) }
            withUnsafeBytes(of: entry.low.littleEndian) { data.append(contentsOf: $0) }
            withUnsafeBytes(of: entry.content.littleEndian) { data.append(contentsOf: $0) }
            withUnsafeBytes(of: entry.hour.littleEndian) { data.append(contentsOf: $0) }
        }
    }

    private func add(_ numbers: [UInt64], run: Int64, isEntered: Bool, on connection: any SQLConnection) throws {
        let buckets = Dictionary(grouping: numbers.map { DedupKit.entry($0, hour: 9) }) { $0.high >> 56 }
        var counts = Data()
        for bucket in 0..<256 as Range<UInt64> {
            let entries = (buckets[bucket] ?? []).sorted { ($0.high, $0.low) < ($1.high, $1.low) }
            withUnsafeBytes(of: UInt32(entries.count).littleEndian) { counts.append(contentsOf: $0) }
            let pages = UInt64((entries.count + 191) / 192)
            let byPage = Dictionary(grouping: entries) { ($0.high << 8).multipliedFullWidth(by: pages).high }
            for (page, entries) in byPage {
                try connection.execute(
                    "INSERT INTO dedup_pages(id, entries) VALUES ($1, $2)",
                    [.integer(Int64(bucket) << 48 | run << 24 | Int64(page)), .blob(Self.packed(entries))])
            }
        }
        guard isEntered else { return }
        try connection.execute(
            """
            INSERT INTO dedup_runs(id, level, entries, first_received_at, last_received_at, counts, filter)
            VALUES ($1, 0, $2, 0, $3, $4, $5)
            """,
            [
                .integer(run), .integer(numbers.count), .integer(Int64(10) * 3_600_000_000), .blob(counts),
                .blob(Data(repeating: 0, count: 640)),
            ])
    }

    @Test func `what an older Tidemill remembered is known, and the rest is new`() throws {
        try oldStore(runs: 3, size: 5000)
        let kit = try DedupKit(path: path)
        #expect(try kit.batch(Array(0..<15_020), hour: 10) == (0..<15_020).map { $0 >= 15_010 })
        // Its filters are kept: the next process reads them.
        let filters = try kit.number("SELECT COUNT(*) FROM dedup_filters")
        #expect(filters == 3 * 256)
        kit.restart()
        #expect(try kit.batch(Array(20_000..<25_000), hour: 10).allSatisfy { $0 })
        #expect(kit.index.counts.lookups < 60)
        #expect(try kit.number("SELECT COUNT(*) FROM dedup_filters") == filters)
    }

    @Test func `filters of old runs are made in short steps`() throws {
        try oldStore(runs: 2, size: 40_000)
        let kit = try DedupKit(path: path)
        var steps = 0
        while try kit.transaction({ try $0.addFilters(entriesMax: 8000, on: $1) }) { steps += 1 }
        // 2 × 40,000 entries by 8,000, and the last of each run.
        #expect((10...14).contains(steps))
        #expect(try kit.number("SELECT COUNT(*) FROM dedup_runs WHERE has_filters = 0") == 0)
        #expect(try kit.number("SELECT COUNT(*) FROM dedup_filters") == 2 * 256)
        #expect(try kit.batch(Array(0..<80_000), hour: 10).allSatisfy { !$0 })
    }

    @Test func `the many runs that an older Tidemill left unmerged are merged, and its litter is swept`() throws {
        try oldStore(runs: 80, size: 500)
        let kit = try DedupKit(path: path, sizes: .init(sealAt: 1000))
        #expect(try kit.batch([40_010], hour: 10) == [true])
        try kit.steps(hour: 10)
        #expect(try kit.levels().values.allSatisfy { $0 <= 8 })
        #expect(try kit.number("SELECT MAX(level) FROM dedup_runs") >= 1)
        try kit.finish(hour: 10)
        try kit.sweep()
        let stored = try kit.stored()
        #expect(stored.pages == 40_000)
        #expect(stored.runs == 40_000)
        kit.restart()
        #expect(try kit.batch(Array(0..<40_011), hour: 10).allSatisfy { !$0 })
    }

    @Test func `the first batch of an engine finds the filters of old runs made`() throws {
        try oldStore(runs: 2, size: 1000)
        let store = try SQLiteStore(path: path, environment: "test")
        let engine = try Engine(store: store)
        try engine.addSomeFilters()
        #expect(
            try store.read { try $0.first("SELECT COUNT(*) FROM dedup_runs WHERE has_filters = 0") { $0.integer(0) } }
                == 0)
    }
}
