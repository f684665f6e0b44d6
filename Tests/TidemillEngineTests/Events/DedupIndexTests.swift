import Foundation
import Testing
import TidemillCore
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// The index is compared with a plain set, through sealing, merging, reopening and expiry.
struct DedupIndexTests {
    static func entry(_ number: UInt64, content: UInt16 = 0, hour: Int64) -> DedupEntry {
        var random = SeededRandom(seed: number)
        return DedupEntry(
            high: random.next(), low: random.next(), content: content, hour: UInt16(truncatingIfNeeded: hour))
    }

    static func store() throws -> SQLiteStore {
        try SQLiteStore(
            path: FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)/store.db").path,
            environment: "test")
    }

    /// Checks `numbers` in one committed batch and returns which were new.
    static func batch(_ numbers: [UInt64], _ index: DedupIndex, _ store: SQLiteStore, hour: Int64) throws -> [Bool] {
        try store.write { connection in
            try index.refresh(on: connection)
            let verdicts = try numbers.map { number in
                if case .new = try index.check(entry(number, hour: hour), at: hour, on: connection) {
                    true
                } else {
                    false
                }
            }
            try index.write(on: connection, receivedAt: hour * 3_600_000_000)
            return verdicts
        }
    }

    @Test func `what is new agrees with a set, through seals, merges and reopening`() throws {
        let store = try Self.store()
        var index = DedupIndex(windowSeconds: 35 * 86_400)
        var random = SeededRandom(seed: 7)
        var seen: Set<UInt64> = []
        var wrong = 0
        // 12 seals of 131,072: one merge of eight runs and some over. A fifth are repeats.
        var next: UInt64 = 0
        for round in 0..<200 {
            let numbers = (0..<9_000).map { _ -> UInt64 in
                if next > 0, random.next() % 5 == 0 { return random.next() % next }
                next += 1
                return next - 1
            }
            let verdicts = try Self.batch(numbers, index, store, hour: 100)
            for (number, isNew) in zip(numbers, verdicts) where seen.insert(number).inserted != isNew { wrong += 1 }
            if round % 50 == 49 {
                try merge(index, store)
                index = DedupIndex(windowSeconds: 35 * 86_400)
            }
        }
        #expect(wrong == 0)
        #expect(seen.count > 1_400_000)
        let levels = try store.read { try $0.rows("SELECT level FROM dedup_runs ORDER BY id") { $0.integer(0) } }
        #expect(levels.contains(1))
        let keys = try store.read { try $0.first("SELECT SUM(entries) FROM dedup_runs") { $0.integer(0) } }
        #expect(keys ?? 0 <= Int64(seen.count))
    }

    private func merge(_ index: DedupIndex, _ store: SQLiteStore) throws {
        while var merge = try store.write({ try index.mergeDue(on: $0) }) {
            while try !store.write({ try index.advance(&merge, at: 100, entriesMax: 1 << 14, on: $0) }) {}
        }
        for bucket in 0..<256 { try store.write { try index.sweepPages(bucket: bucket, on: $0) } }
    }

    @Test func `two processes see each other's events`() throws {
        let store = try Self.store()
        let other = try SQLiteStore(path: store.path, environment: "test")
        let left = DedupIndex(windowSeconds: 86_400)
        let right = DedupIndex(windowSeconds: 86_400)
        #expect(try Self.batch([1, 2, 3], left, store, hour: 5) == [true, true, true])
        #expect(try Self.batch([3, 4], right, other, hour: 5) == [false, true])
        #expect(try Self.batch([4, 5], left, store, hour: 5) == [false, true])
    }

    @Test func `an identity is forgotten when its window is over`() throws {
        let store = try Self.store()
        let index = DedupIndex(windowSeconds: 2 * 3600)
        #expect(try Self.batch([1], index, store, hour: 10) == [true])
        #expect(try Self.batch([1], index, store, hour: 12) == [false])
        #expect(try Self.batch([1], index, store, hour: 13) == [true])
        // Counted from the second arrival now.
        #expect(try Self.batch([1], index, store, hour: 15) == [false])
    }

    @Test func `a repeat that arrived before what is remembered is a repeat all the same`() throws {
        let store = try Self.store()
        let index = DedupIndex(windowSeconds: 35 * 86_400)
        #expect(try Self.batch([1], index, store, hour: 500_000) == [true])
        // A record that was held or rejected and is performed an hour, or a week, later keeps its own arrival.
        #expect(try Self.batch([1], index, store, hour: 499_999) == [false])
        #expect(try Self.batch([1], index, store, hour: 499_832) == [false])
    }

    @Test func `a run lives as long as its newest entry, whatever batch sealed it`() throws {
        let store = try Self.store()
        let index = DedupIndex(windowSeconds: 35 * 86_400)
        let now: Int64 = 500_000
        _ = try Self.batch(Array(0..<130_000), index, store, hour: now)
        // The batch that fills the tail holds records of a month ago.
        _ = try Self.batch(Array(130_000..<132_000), index, store, hour: now - 30 * 24)
        let last = try store.read { try $0.first("SELECT last_received_at FROM dedup_runs") { $0.integer(0) } }
        #expect(try #require(last) >= now * 3_600_000_000)
    }

    @Test func `a batch that fails is not remembered`() throws {
        struct Stop: Error {}
        let store = try Self.store()
        let index = DedupIndex(windowSeconds: 86_400)
        #expect(throws: Stop.self) {
            try store.write { connection in
                try index.refresh(on: connection)
                _ = try index.check(Self.entry(1, hour: 1), at: 1, on: connection)
                try index.write(on: connection, receivedAt: 0)
                throw Stop()
            }
        }
        index.invalidate()
        #expect(try Self.batch([1], index, store, hour: 1) == [true])
    }

    @Test func `a repeat with other content is told apart`() throws {
        let store = try Self.store()
        let index = DedupIndex(windowSeconds: 86_400)
        try store.write { connection in
            try index.refresh(on: connection)
            guard case .new = try index.check(Self.entry(1, content: 7, hour: 1), at: 1, on: connection) else {
                Issue.record("expected a new event")
                return
            }
            guard
                case .repeated(differs: false) = try index.check(
                    Self.entry(1, content: 7, hour: 1), at: 1, on: connection)
            else {
                Issue.record("expected the same event")
                return
            }
            guard
                case .repeated(differs: true) = try index.check(
                    Self.entry(1, content: 8, hour: 1), at: 1, on: connection)
            else {
                Issue.record("expected another content")
                return
            }
        }
    }
}
