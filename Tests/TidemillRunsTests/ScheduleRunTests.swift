import Synchronization
import Testing
import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore
import TidemillTestSupport

/// Slots of schedules as runs: one a slot, however many workers look; overlaps, catch-up, jitter, daylight saving.
struct ScheduleRunTests {
    /// A job `j` with these options that says its slot, once it has counted itself.
    private func kit(_ options: String, at start: Timestamp? = nil) throws -> RunKit {
        let kit = try RunKit(Self.job(options))
        if let start { kit.clock.set(start) }
        // The schedule begins now.
        try RunSchedules(kit.tools).fire(now: kit.clock.now)
        return kit
    }

    private static func job(_ options: String) -> String {
        """
        job { name = "j", \(options), run = function(run)
          state.set("n", (state.get("n") or 0) + 1)
          log.info(run.scheduledAt)
        end }
        """
    }

    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    /// Slots of all runs, in their order.
    private func slots(_ kit: RunKit) throws -> [Timestamp] { try runs(kit).map(\.trigger.scheduledAt) }
    private func runs(_ kit: RunKit) throws -> [Run] {
        try kit.store.read { try RunTable($0).list(name: "j", limit: 10_000) }.reversed()
    }

    // MARK: - One run a slot

    @Test func `two workers on one store make one run of each slot`() async throws {
        let kit = try kit("schedule = 'every 10s', overlap = 'allow_all'")
        let other = try kit.anotherHandle()
        for _ in 0..<30 {
            kit.clock.advance(by: .seconds(10))
            let now = kit.clock.now
            await withThrowingTaskGroup { group in
                for store in [kit.store, other] {
                    group.addTask { _ = try RunSchedules(kit.tools(on: store)).fire(now: now) }
                }
            }
        }
        try other.close()
        #expect(try slots(kit) == (1...30).map { RunKit.start.advanced(bySeconds: 10 * $0) })
    }

    // MARK: - Overlap

    struct Overlap: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Which of the three slots begin while the first still runs.
        var begun: [Int64]
        var ends: [Run.State]
        /// Whose effects there are in the end.
        var counted: [Int64]
    }

    static let overlaps = [
        Overlap(testDescription: "skip", begun: [1], ends: [.done, .skipped, .skipped], counted: [1]),
        Overlap(testDescription: "buffer_one", begun: [1], ends: [.done, .done, .skipped], counted: [1, 2]),
        Overlap(testDescription: "buffer_all", begun: [1], ends: [.done, .done, .done], counted: [1, 2, 3]),
        Overlap(
            testDescription: "cancel_other", begun: [1, 2, 3], ends: [.cancelled, .cancelled, .done], counted: [3]),
        Overlap(testDescription: "allow_all", begun: [1, 2, 3], ends: [.done, .done, .done], counted: [1, 2, 3]),
    ]

    @Test(arguments: overlaps)
    func `slots that come while the first one runs follow the rule of overlap`(_ overlap: Overlap) async throws {
        let kit = try kit("schedule = '* * * * *', overlap = '\(overlap.testDescription)'")
        let runs = Runs(kit.tools)
        func minute(_ number: Int64) -> Timestamp { RunKit.start.advanced(bySeconds: 60 * number) }
        var begun: [Runs.Claimed] = []
        for number: Int64 in 1...3 {
            kit.clock.set(minute(number))
            try RunSchedules(kit.tools).fire(now: kit.clock.now)
            begun += try runs.claim(now: kit.clock.now, limit: 10, owner: "w")
        }
        #expect(begun.map(\.run.trigger.scheduledAt) == overlap.begun.map(minute))
        for run in begun { await kit.perform(run, runs) }
        try await kit.settle(runs)
        #expect(try self.runs(kit).map(\.state) == overlap.ends)
        #expect(kit.logged.withLock { $0 } == overlap.counted.map { Payload(minute($0)).text ?? "" })
        // What ended in between left nothing behind.
        let last = try kit.fire("j")
        try await kit.settle()
        #expect(try kit.steps(last).first?.answer == .integer(Int64(overlap.counted.count)))
    }

    @Test func `buffered slots run one at a time, in their order`() async throws {
        let kit = try kit("schedule = '* * * * *', overlap = 'buffer_all'")
        let runs = Runs(kit.tools)
        for number: Int64 in 1...4 {
            kit.clock.set(RunKit.start.advanced(bySeconds: 60 * number))
            try RunSchedules(kit.tools).fire(now: kit.clock.now)
        }
        for number: Int64 in 1...4 {
            let claimed = try runs.claim(now: kit.clock.now, limit: 10, owner: "w")
            #expect(claimed.map(\.run.trigger.scheduledAt) == [RunKit.start.advanced(bySeconds: 60 * number)])
            // Nobody else gets one meanwhile.
            #expect(try runs.claim(now: kit.clock.now, limit: 10, owner: "other").isEmpty)
            for run in claimed { await kit.perform(run, runs) }
        }
    }

    @Test func `what a person or an event starts is no slot, and no slot waits for it`() async throws {
        let kit = try kit("schedule = '* * * * *', overlap = 'skip'")
        let runs = Runs(kit.tools)
        try kit.fire("j")
        #expect(try runs.claim(now: kit.clock.now, limit: 10, owner: "w").count == 1)
        kit.clock.advance(by: .seconds(60))
        try RunSchedules(kit.tools).fire(now: kit.clock.now)
        #expect(try runs.claim(now: kit.clock.now, limit: 10, owner: "w").map(\.run.trigger.kind) == [.schedule])
    }

    // MARK: - Catch-up

    /// Hours whose slots are made up for after a stop from 12:00 to 17:30, with an hourly schedule.
    static let catchUps: [(options: String, hours: [Int64])] = [
        ("", [17]), ("catchup = { mode = 'none' }", []), ("catchup = { mode = 'one' }", [17]),
        ("catchup = { mode = 'all' }", [13, 14, 15, 16, 17]),
        ("catchup = { mode = 'all', window = '3h' }", [15, 16, 17]),
        // A slot exactly as old as the window is within it.
        ("catchup = { mode = 'all', window = '2h 30m' }", [15, 16, 17]),
        ("catchup = { mode = 'one', window = '10m' }", []),
        ("catchup = { mode = 'one', window = '30m' }", [17]),
    ]

    @Test(arguments: catchUps)
    func `missed slots are made up for by the rule of the job`(_ options: String, _ hours: [Int64]) async throws {
        let kit = try kit("schedule = '0 * * * *'" + (options.isEmpty ? "" : ", \(options)"))
        func hour(_ number: Int64) -> Timestamp { RunKit.start.advanced(bySeconds: 3600 * (number - 12)) }
        kit.clock.set(hour(17).advanced(bySeconds: 1800))
        try await kit.settle()
        #expect(try slots(kit) == hours.map(hour))
        #expect(kit.logged.withLock { $0 } == hours.map { Payload(hour($0)).text ?? "" })
        // They are decided about for good, and the next slot comes as ever.
        kit.clock.set(hour(18).advanced(bySeconds: 5))
        try await kit.settle()
        #expect(try slots(kit) == (hours + [18]).map(hour))
        #expect(try runs(kit).allSatisfy { $0.state == .done })
    }

    @Test func `any number of slots is made up for, some at a time`() throws {
        let kit = try kit("schedule = 'every 10s', overlap = 'buffer_all', catchup = { mode = 'all' }")
        kit.clock.advance(by: .seconds(4 * 3600 + 5))
        while try RunSchedules(kit.tools).fire(now: kit.clock.now) > 0 {}
        #expect(try slots(kit) == (1...1440).map { RunKit.start.advanced(bySeconds: 10 * $0) })
    }

    @Test func `slots of a paused job wait, and overlap decides about them`() async throws {
        let kit = try kit("schedule = '* * * * *'")
        try kit.store.write {
            try Pauses.pause(Runs.pauseName("j"), reason: "upkeep", by: "ann", at: kit.clock.now, on: $0)
        }
        for _ in 0..<3 {
            kit.clock.advance(by: .seconds(60))
            try await kit.settle()
        }
        #expect(try runs(kit).map(\.state) == [.waiting, .skipped, .skipped])
        _ = try kit.store.write { try Pauses.resume(Runs.pauseName("j"), on: $0) }
        try await kit.settle()
        #expect(try runs(kit).map(\.state) == [.done, .skipped, .skipped])
    }

    // MARK: - Jitter

    @Test func `jitter stays within its bound, spreads, and is the same for every worker`() throws {
        func waits() throws -> [Int64] {
            let kit = try kit("schedule = '* * * * *', overlap = 'allow_all', jitter = '30s'")
            for _ in 0..<200 {
                kit.clock.advance(by: .seconds(60))
                try RunSchedules(kit.tools).fire(now: kit.clock.now)
            }
            return try runs(kit).map { $0.dueAt.microseconds - $0.trigger.scheduledAt.microseconds }
        }
        let waits = try [waits(), waits()]
        #expect(waits[0] == waits[1])
        #expect(waits[0].count == 200 && waits[0].allSatisfy { (0..<30_000_000).contains($0) })
        // Each third of the bound gets its share: 67 in the mean.
        for third: Int64 in 0..<3 {
            #expect(waits[0].count { $0 / 10_000_000 == third } > 40)
        }
    }

    // MARK: - Changes

    @Test(arguments: ["schedule = '*/10 * * * *'", "schedule = '0 * * * *', timezone = 'Asia/Kolkata'"])
    func `a schedule that was changed begins anew`(_ changed: String) async throws {
        let kit = try kit("schedule = '0 * * * *', catchup = { mode = 'all' }")
        kit.clock.set(try at("2026-10-01T15:05:00Z"))
        try kit.reload(Self.job(changed + ", catchup = { mode = 'all' }"))
        try await kit.settle()
        #expect(try slots(kit) == [])
        // Ten past, or half past in India, where the hours begin half an hour apart.
        kit.clock.set(try at("2026-10-01T15:30:00Z"))
        try await kit.settle()
        let first = try at(changed.contains("Asia") ? "2026-10-01T15:30:00Z" : "2026-10-01T15:10:00Z")
        #expect(try slots(kit).first == first)
    }

    @Test func `slots that were decided about under a clock far ahead are forgotten with it`() async throws {
        let kit = try kit("schedule = '0 * * * *'")
        kit.clock.set(try at("2027-10-01T12:30:00Z"))
        try await kit.settle()
        kit.clock.set(try at("2026-10-01T13:30:00Z"))
        try await kit.settle()
        kit.clock.set(try at("2026-10-01T14:00:00Z"))
        try await kit.settle()
        #expect(try slots(kit) == [at("2027-10-01T12:00:00Z"), at("2026-10-01T14:00:00Z")])
    }

    @Test func `a schedule that a job has no more starts nothing`() async throws {
        let kit = try kit("schedule = '0 * * * *'")
        try kit.reload(Self.job("on = 'x'"))
        kit.clock.advance(by: .seconds(7200))
        try await kit.settle()
        try kit.reload(Self.job("schedule = '0 * * * *', enabled = false"))
        try await kit.settle()
        #expect(try slots(kit) == [])
    }

    // MARK: - Daylight saving

    /// Steps through the time between two instants, ten minutes at a time.
    private func slots(_ schedule: String, from begin: String, to end: String) async throws -> [Timestamp] {
        let kit = try kit("schedule = '\(schedule)', timezone = 'Europe/Berlin'", at: try at(begin))
        let end = try at(end)
        while kit.clock.now < end {
            kit.clock.advance(by: .seconds(600))
            try await kit.settle()
        }
        return try slots(kit)
    }

    @Test func `a fixed time that daylight saving repeats runs once, and one that it leaves out runs at the change`()
        async throws
    {
        // Berlin, 25 October 2026: 3:00 becomes 2:00 at 01:00Z. The first 2:30 is 00:30Z.
        let autumn = try await slots("30 2 * * *", from: "2026-10-24T12:00:00Z", to: "2026-10-26T12:00:00Z")
        #expect(try autumn == [at("2026-10-25T00:30:00Z"), at("2026-10-26T01:30:00Z")])
        // 28 March 2027: 2:00 becomes 3:00 at 01:00Z; there is no 2:30.
        let spring = try await slots("30 2 * * *", from: "2027-03-27T12:00:00Z", to: "2027-03-29T12:00:00Z")
        #expect(try spring == [at("2027-03-28T01:00:00Z"), at("2027-03-29T00:30:00Z")])
    }

    @Test func `a schedule of every half hour keeps its rhythm through both changes`() async throws {
        let autumn = try await slots("*/30 * * * *", from: "2026-10-24T23:40:00Z", to: "2026-10-25T02:10:00Z")
        #expect(try autumn == (0...4).map { try at("2026-10-25T00:00:00Z").advanced(bySeconds: 1800 * $0) })
        let spring = try await slots("*/30 * * * *", from: "2027-03-27T23:40:00Z", to: "2027-03-28T02:10:00Z")
        #expect(try spring == (0...4).map { try at("2027-03-28T00:00:00Z").advanced(bySeconds: 1800 * $0) })
    }
}
