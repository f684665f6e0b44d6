import Testing
import TidemillCore
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// The index is compared with a plain dictionary, through batches, seals, merges, failures, restarts and expiry, with two
/// processes on one store.
struct DedupModelTests {
    /// What is known of each number, by the rules alone.
    private struct Model {
        var known: [UInt64: (hour: Int64, content: UInt16)] = [:]
        let window: Int64

        mutating func check(_ number: UInt64, content: UInt16, hour: Int64) -> DedupIndex.Verdict {
            if let seen = known[number], hour - seen.hour <= window {
                return .repeated(differs: seen.content != content)
            }
            known[number] = (hour, content)
            return .new
        }
    }

    private static func run(seed: UInt64, rounds: Int, sizes: DedupSizes, buckets: [UInt64]?, batchMax: UInt64)
        throws
    {
        var random = SeededRandom(seed: seed)
        let window: Int64 = 6
        let path = DedupKit.newPath()
        let kits = try (0..<2).map { _ in
            try DedupKit(path: path, windowSeconds: window * 3600, sizes: sizes, buckets: buckets)
        }
        var model = Model(window: window)
        var hour: Int64 = 400_000
        var next: UInt64 = 0
        var merged = 0
        for round in 0..<rounds {
            let place: Comment = "seed \(seed), round \(round)"
            let kit = kits[Int(random.next() % 2)]
            switch random.next() % 20 {
            case 0: kit.restart()
            case 1: hour += Int64(random.next() % 3)
            case 2: try kit.step(hour: hour, entriesMax: 40, isFailing: true)
            case 3, 4: try kit.step(hour: hour, entriesMax: 1 + Int(random.next() % 500), isFinishing: true)
            case 5:
                try kit.transaction { try $0.dropExpired(now: hour * 3_600_000_000, on: $1) }
                try kit.sweep(rowsMax: 1 + Int(random.next() % 300))
            default:
                let numbers = (0..<1 + random.next() % batchMax).map { _ -> UInt64 in
                    if next > 0, random.next() % 4 == 0 { return random.next() % next }
                    next += random.next() % 5 == 0 ? 0 : 1
                    return next
                }
                let contents = numbers.map { _ in UInt16(random.next() % 3) }
                let isFailing = random.next() % 8 == 0
                var after = model
                let expected = zip(numbers, contents).map { after.check($0, content: $1, hour: hour) }
                let verdicts = try kit.check(
                    zip(numbers, contents).map { kit.entry($0, content: $1, hour: hour) }, hour: hour,
                    isFailing: isFailing)
                #expect(verdicts == expected, place)
                guard verdicts == expected else { return }
                if !isFailing {
                    model = after
                    for _ in 0..<random.next() % 3 where kit.index.isStepDue {
                        try kit.step(hour: hour, entriesMax: 90)
                    }
                }
            }
            merged = max(merged, try kit.levels().keys.max().map(Int.init) ?? 0)
        }
        #expect(merged >= 2, "seed \(seed)")
        // In the end nothing lies about.
        try kits[0].finish(hour: hour)
        try kits[0].sweep()
        let stored = try kits[0].stored()
        #expect(stored.pages == stored.runs, "seed \(seed)")
        let known = try kits[1].batch(Array(0...next), hour: hour)
        #expect(known == (0...next).map { model.check($0, content: 0, hour: hour) == .new }, "seed \(seed)")
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `what is new agrees with a dictionary, over all buckets`(seed: UInt64) throws {
        try Self.run(
            seed: seed, rounds: 300, sizes: .init(sealAt: 150, fanout: 3, runsMax: 4), buckets: nil, batchMax: 60)
    }

    @Test(arguments: 5...8 as ClosedRange<UInt64>)
    func `what is new agrees with a dictionary, in buckets of many pages`(seed: UInt64) throws {
        // One customer's bucket, and the last one: of the level 2 on, a run has several pieces in each.
        try Self.run(
            seed: seed, rounds: 500, sizes: .init(sealAt: 1500, fanout: 3, runsMax: 4), buckets: [7, 255],
            batchMax: 600)
    }

    @Test func `a merge that dies in the middle is gone on with by whoever comes`() throws {
        let sizes = DedupSizes(sealAt: 2000, fanout: 3, runsMax: 5)
        let kit = try DedupKit(sizes: sizes, buckets: [3, 200])
        for batch in 0..<9 as Range<UInt64> {
            #expect(try kit.batch(Array(batch * 2000..<(batch + 1) * 2000), hour: 1).allSatisfy { $0 })
            try kit.step(hour: 1, entriesMax: 1)
            if batch % 3 == 2 { try kit.finish(hour: 1) }
        }
        var steps = 0
        var other = try DedupKit(path: kit.store.path, sizes: sizes, buckets: [3, 200])
        // The level-1 runs are merged a piece at a time, each by another process, and once in vain.
        repeat {
            steps += 1
            #expect(try kit.batch([UInt64(steps) * 37, 90_000 + UInt64(steps)], hour: 1) == [false, true])
            try other.step(hour: 1, entriesMax: 1, isFinishing: true, isFailing: true)
            other.restart()
            other = try DedupKit(path: kit.store.path, sizes: sizes, buckets: [3, 200])
        } while try other.step(hour: 1, entriesMax: 1, isFinishing: true)
        #expect(try kit.levels() == [2: 1])
        #expect(try kit.batch(Array(0..<18_000), hour: 1).allSatisfy { !$0 })
        let stored = try kit.stored()
        #expect(stored.pages == 18_000)
        #expect(stored.runs == 18_000)
        // 9,000 entries a bucket: 47 pages, one piece each.
        #expect(try kit.number("SELECT COUNT(*) FROM dedup_filters") == 2)
    }
}
