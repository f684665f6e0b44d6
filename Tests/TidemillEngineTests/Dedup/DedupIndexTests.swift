import Testing
import TidemillStore

@testable import TidemillEngine

/// What the index says about single events, written out by hand.
struct DedupIndexTests {
    @Test func `two processes see each other's events`() throws {
        let left = try DedupKit(windowSeconds: 86_400)
        let right = try DedupKit(path: left.store.path, windowSeconds: 86_400)
        #expect(try left.batch([1, 2, 3], hour: 5) == [true, true, true])
        #expect(try right.batch([3, 4], hour: 5) == [false, true])
        #expect(try left.batch([4, 5], hour: 5) == [false, true])
    }

    @Test func `an identity is forgotten when its window is over`() throws {
        let kit = try DedupKit(windowSeconds: 2 * 3600)
        #expect(try kit.batch([1], hour: 10) == [true])
        #expect(try kit.batch([1], hour: 12) == [false])
        #expect(try kit.batch([1], hour: 13) == [true])
        // Counted from the second arrival now.
        #expect(try kit.batch([1], hour: 15) == [false])
    }

    @Test func `an identity that came back after its window counts from its latest arrival in merged runs too`() throws
    {
        let kit = try DedupKit(windowSeconds: 2 * 3600, sizes: .init(sealAt: 1, fanout: 2, runsMax: 3))
        #expect(try kit.batch([1], hour: 10) == [true])
        try kit.steps(hour: 10)
        #expect(try kit.batch([1], hour: 13) == [true])
        // The merge is late: its hour is one at which both are within the window.
        try kit.steps(hour: 12)
        try kit.finish(hour: 12)
        #expect(try kit.levels() == [1: 1])
        #expect(try kit.stored() == (pages: 1, tail: 0, runs: 1))
        kit.restart()
        #expect(try kit.batch([1], hour: 15) == [false])
        #expect(try kit.batch([1], hour: 16) == [true])
    }

    @Test func `a repeat that arrived before what is remembered is a repeat all the same`() throws {
        let kit = try DedupKit()
        #expect(try kit.batch([1], hour: 500_000) == [true])
        // A record that was held or rejected and is performed an hour, or a week, later keeps its own arrival.
        #expect(try kit.batch([1], hour: 499_999) == [false])
        #expect(try kit.batch([1], hour: 499_832) == [false])
    }

    @Test func `a run lives as long as its newest entry, whatever batch sealed it`() throws {
        let kit = try DedupKit(sizes: .init(sealAt: 132))
        let now: Int64 = 500_000
        _ = try kit.batch(Array(0..<130), hour: now)
        // The batch that fills the tail holds records of a month ago.
        _ = try kit.batch(Array(130..<132), hour: now - 30 * 24)
        try kit.steps(hour: now - 30 * 24)
        #expect(try kit.number("SELECT last_received_at FROM dedup_runs") >= now * 3_600_000_000)
    }

    @Test func `a batch that fails is not remembered`() throws {
        let kit = try DedupKit()
        #expect(try kit.check([kit.entry(1, hour: 1)], hour: 1, isFailing: true) == [.new])
        #expect(try kit.batch([1], hour: 1) == [true])
    }

    @Test func `a repeat with other content is told apart, in the batch, the tail and a run`() throws {
        let kit = try DedupKit(sizes: .init(sealAt: 1))
        let first = kit.entry(1, content: 7, hour: 1)
        let other = kit.entry(1, content: 8, hour: 1)
        #expect(
            try kit.check([first, first, other], hour: 1)
                == [.new, .repeated(differs: false), .repeated(differs: true)])
        #expect(try kit.check([other, first], hour: 1) == [.repeated(differs: true), .repeated(differs: false)])
        try kit.steps(hour: 1)
        #expect(try kit.number("SELECT COUNT(*) FROM dedup_tail") == 0)
        #expect(try kit.check([other, first], hour: 1) == [.repeated(differs: true), .repeated(differs: false)])
    }

    @Test func `runs that are made in the middle of a batch are asked, too`() throws {
        let kit = try DedupKit(sizes: .init(sealAt: 2))
        let entries = [1, 2, 1].map { kit.entry($0, hour: 1) }
        try kit.transaction { index, connection in
            let probe = try index.probe(entries, on: connection)
            #expect(try index.check(0, of: probe, on: connection) == .new)
            // What an operation reports inside the batch fills the tail, which is sealed at once at twice its size.
            try index.write(on: connection, receivedAt: 3_600_000_000)
            let nested = try index.probe([2, 3, 4].map { kit.entry($0, hour: 1) }, on: connection)
            for number in 0..<3 { #expect(try index.check(number, of: nested, on: connection) == .new) }
            try index.write(on: connection, receivedAt: 3_600_000_000)
            #expect(try connection.first("SELECT COUNT(*) FROM dedup_runs") { $0.integer(0) } == 1)
            #expect(try index.check(1, of: probe, on: connection) == .repeated(differs: false))
            #expect(try index.check(2, of: probe, on: connection) == .repeated(differs: false))
        }
    }

    @Test func `an operation that is undone takes a run with it`() throws {
        let kit = try DedupKit(sizes: .init(sealAt: 2))
        try kit.transaction { index, connection in
            #expect(throws: DedupKit.Stop.self) {
                try connection.savepoint {
                    let nested = try index.probe([1, 2, 3, 4].map { kit.entry($0, hour: 1) }, on: connection)
                    for number in 0..<4 { #expect(try index.check(number, of: nested, on: connection) == .new) }
                    try index.write(on: connection, receivedAt: 3_600_000_000)
                    #expect(try connection.first("SELECT COUNT(*) FROM dedup_runs") { $0.integer(0) } == 1)
                    throw DedupKit.Stop()
                }
            }
            try index.reload(on: connection)
            // The next run gets the number of the one that was undone, and holds something else.
            let probe = try index.probe([5, 6, 7, 8].map { kit.entry($0, hour: 1) }, on: connection)
            for number in 0..<4 { #expect(try index.check(number, of: probe, on: connection) == .new) }
            try index.write(on: connection, receivedAt: 3_600_000_000)
        }
        #expect(try kit.batch([1, 5, 8, 4], hour: 1) == [true, false, false, true])
    }

    @Test func `a transaction of which nothing is known is not believed`() throws {
        let kit = try DedupKit(sizes: .init(sealAt: 2))
        #expect(throws: DedupKit.Stop.self) {
            try kit.store.write { connection in
                try kit.index.begin(on: connection)
                let probe = try kit.index.probe([1, 2, 3, 4].map { kit.entry($0, hour: 1) }, on: connection)
                for number in 0..<4 { #expect(try kit.index.check(number, of: probe, on: connection) == .new) }
                try kit.index.write(on: connection, receivedAt: 3_600_000_000)
                kit.index.invalidate()
                throw DedupKit.Stop()
            }
        }
        // Another transaction of the engine succeeds meanwhile.
        kit.index.confirm()
        _ = try kit.batch([5, 6, 7, 8], hour: 1)
        #expect(try kit.batch([1, 5, 2], hour: 1) == [true, false, true])
    }
}
