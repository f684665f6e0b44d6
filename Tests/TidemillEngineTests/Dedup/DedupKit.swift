import CEvents
import Foundation
import TidemillCore
import TidemillTestSupport

@testable import TidemillEngine
@testable import TidemillStore

/// A dedup index over a store of its own, driven as the engine drives it.
final class DedupKit {
    struct Stop: Error {}

    let store: SQLiteStore
    private(set) var index: DedupIndex
    private let windowSeconds: Int64
    private let sizes: DedupSizes
    /// All identities fall into these buckets; nil: into all 256.
    private let buckets: [UInt64]?

    init(
        path: String? = nil, windowSeconds: Int64 = 35 * 86_400, sizes: DedupSizes = DedupSizes(),
        buckets: [UInt64]? = nil
    ) throws {
        store =
            try path.map { try SQLiteStore(path: $0, environment: "test", durability: .unsynced) }
            ?? NewStore.make(at: Self.newPath())
        self.windowSeconds = windowSeconds
        self.sizes = sizes
        self.buckets = buckets
        index = DedupIndex(windowSeconds: windowSeconds, sizes: sizes)
    }

    static func newPath() -> String {
        FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)/store.db").path
    }

    /// The process dies, and another one begins.
    func restart() { index = DedupIndex(windowSeconds: windowSeconds, sizes: sizes) }

    func entry(_ number: UInt64, content: UInt16 = 0, hour: Int64) -> DedupEntry {
        Self.entry(number, content: content, hour: hour, buckets: buckets)
    }

    static func entry(_ number: UInt64, content: UInt16 = 0, hour: Int64, buckets: [UInt64]? = nil) -> DedupEntry {
        var random = SeededRandom(seed: number)
        var high = random.next()
        if let buckets { high = high >> 8 | buckets[Int(high >> 56) % buckets.count] << 56 }
        return DedupEntry(cev_hash(high: high, low: random.next()), content: content, hour: hour)
    }

    /// A transaction of the engine's own.
    func transaction<T>(_ body: (DedupIndex, any SQLConnection) throws -> T) throws -> T {
        do {
            let result = try store.write { connection in
                try index.begin(on: connection)
                return try body(index, connection)
            }
            index.confirm()
            return result
        } catch {
            index.invalidate()
            throw error
        }
    }

    /// Checks entries in one batch. `isFailing`: and then its transaction is rolled back.
    func check(_ entries: [DedupEntry], hour: Int64, isFailing: Bool = false) throws -> [DedupIndex.Verdict] {
        var verdicts: [DedupIndex.Verdict] = []
        do {
            try transaction { index, connection in
                let probe = try index.probe(entries, on: connection)
                for number in entries.indices { verdicts.append(try index.check(number, of: probe, on: connection)) }
                try index.write(on: connection, receivedAt: hour * 3_600_000_000)
                if isFailing { throw Stop() }
            }
        } catch is Stop {}
        return verdicts
    }

    /// Checks `numbers` in one batch and returns which were new.
    func batch(_ numbers: [UInt64], hour: Int64) throws -> [Bool] {
        try check(numbers.map { entry($0, hour: hour) }, hour: hour).map { $0 == .new }
    }

    /// One step, as after a batch or in upkeep.
    @discardableResult
    func step(hour: Int64, entriesMax: Int = 1 << 15, isFinishing: Bool = false, isFailing: Bool = false) throws
        -> Bool
    {
        do {
            return try transaction { index, connection in
                let isMore = try index.step(
                    at: Timestamp(microseconds: hour * 3_600_000_000), entriesMax: entriesMax,
                    isFinishing: isFinishing, on: connection)
                if isFailing { throw Stop() }
                return isMore
            }
        } catch is Stop {
            return true
        }
    }

    /// What is due after a batch.
    func steps(hour: Int64) throws {
        while index.isStepDue { try step(hour: hour) }
    }

    func finish(hour: Int64) throws {
        while try step(hour: hour, isFinishing: true) {}
    }

    func sweep(rowsMax: Int = 100) throws {
        var cursor: Int64? = -1
        while let after = cursor {
            cursor = try transaction { try $0.sweep(after: after, rowsMax: rowsMax, on: $1) }
        }
    }

    func number(_ sql: String) throws -> Int64 {
        try store.read { try $0.first(sql) { $0.integer(0) } ?? 0 }
    }

    /// Entries in the pages of runs, in the tail, and as the runs say.
    func stored() throws -> (pages: Int64, tail: Int64, runs: Int64) {
        (
            try number("SELECT COALESCE(SUM(LENGTH(entries)), 0) / 20 FROM dedup_pages"),
            try number("SELECT COALESCE(SUM(LENGTH(entries)), 0) / 20 FROM dedup_tail"),
            try number("SELECT COALESCE(SUM(entries), 0) FROM dedup_runs")
        )
    }

    /// How many runs each level has.
    func levels() throws -> [Int64: Int64] {
        try store.read { connection in
            Dictionary(
                uniqueKeysWithValues: try connection.rows("SELECT level, COUNT(*) FROM dedup_runs GROUP BY level") {
                    ($0.integer(0), $0.integer(1))
                })
        }
    }
}
