import Testing
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// What the index does as it grows, counted instead of timed.
struct DedupGrowthTests {
    @Test func `a level never has more runs than it may, and each batch pays its share of the merges`() throws {
        let sizes = DedupSizes(sealAt: 600, fanout: 3, runsMax: 5)
        let kit = try DedupKit(sizes: sizes, buckets: Array(0..<12))
        var most = 0
        var dearest = 0
        var next: UInt64 = 0
        for _ in 0..<400 {
            #expect(try kit.batch(Array(next..<next + 150), hour: 1).allSatisfy { $0 })
            next += 150
            let before = kit.index.counts.written
            try kit.steps(hour: 1)
            dearest = max(dearest, kit.index.counts.written - before)
            most = max(most, Int(try kit.levels().values.max() ?? 0))
        }
        #expect(most <= 5)
        // 60,000 entries: levels of 600, 1,800, 5,400 and 16,200. A merge of three is over before three more runs have
        // come, some of which is there when it begins: at most two entries a level for each that arrives, a twelfth of a
        // run more because it goes by pieces, and a seal of 600.
        #expect(try kit.levels().keys.max() == 3)
        #expect(dearest <= 600 + (300 + 1800 / 12) + (300 + 5400 / 12) + (300 + 16_200 / 12))
        // Sealed once, and merged once a level.
        #expect(kit.index.counts.written <= 60_000 * 5)
        try kit.finish(hour: 1)
        let stored = try kit.stored()
        #expect(stored.pages == stored.runs)
        #expect(stored.pages + stored.tail == 60_000)
    }

    @Test func `a batch asks each run's filter once for each entry, and the store for next to nothing`() throws {
        let kit = try DedupKit(sizes: .init(sealAt: 4000, fanout: 6, runsMax: 8))
        for run in 0..<5 as Range<UInt64> {
            _ = try kit.batch(Array(run * 4000..<(run + 1) * 4000), hour: 1)
            try kit.steps(hour: 1)
        }
        #expect(try kit.levels() == [0: 5])
        kit.restart()
        #expect(try kit.batch(Array(100_000..<104_000 - 1), hour: 1).allSatisfy { $0 })
        #expect(kit.index.counts.probes == 5 * 3999)
        // 1 in 1,000 passes a filter in vain: 20 of 20,000.
        #expect(kit.index.counts.lookups < 60)
        // What is known costs a look at the one run that has it.
        let before = kit.index.counts.lookups
        #expect(try kit.batch(Array(0..<1000), hour: 1).allSatisfy { !$0 })
        #expect(kit.index.counts.lookups - before >= 1000)
        #expect(kit.index.counts.lookups - before < 1030)
    }

    @Test func `one event loads the filters of its bucket only`() throws {
        let kit = try DedupKit(sizes: .init(sealAt: 20_000))
        _ = try kit.batch(Array(0..<20_000), hour: 1)
        try kit.finish(hour: 1)
        kit.restart()
        #expect(try kit.batch([5], hour: 1) == [false])
        #expect(kit.index.runs.map(\.filtersInMemory) == [1])
    }

    @Test func `what a process died over is neither asked nor kept`() throws {
        let kit = try DedupKit(sizes: .init(sealAt: 100))
        _ = try kit.batch(Array(0..<100), hour: 1)
        try kit.steps(hour: 1)
        let run = try kit.number("SELECT id FROM dedup_runs")
        // Pages and a filter of a run that nobody entered, in the first, a middle and the last bucket.
        try kit.store.write { connection in
            for bucket in [0, 9, 255] as [Int64] {
                for page in 0..<30 as Range<Int64> {
                    for table in ["dedup_pages(entries, id)", "dedup_filters(filter, id)"] {
                        try connection.execute(
                            "INSERT INTO \(table) VALUES (x'00', $1)",
                            [.integer(bucket << 48 | (run + 7) << 24 | page)])
                    }
                }
            }
        }
        kit.restart()
        #expect(try kit.batch(Array(0..<101), hour: 1) == Array(repeating: false, count: 100) + [true])
        let pages = try kit.number("SELECT COUNT(*) FROM dedup_pages")
        let filters = try kit.number("SELECT COUNT(*) FROM dedup_filters")
        try kit.sweep(rowsMax: 7)
        #expect(try kit.number("SELECT COUNT(*) FROM dedup_pages") == pages - 90)
        #expect(try kit.number("SELECT COUNT(*) FROM dedup_filters") == filters - 90)
        kit.restart()
        #expect(try kit.batch(Array(0..<101), hour: 1).allSatisfy { !$0 })
    }
}
