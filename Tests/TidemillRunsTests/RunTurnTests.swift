import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillStore
import TidemillTestSupport

@testable import TidemillRuns

/// Whose turn it is: that looks for it touch nothing that has ended, and that rows of runs keep their order.
struct RunTurnTests {
    // MARK: - What a look costs

    /// What SQLite does for a statement, one step a line.
    private func plan(_ sql: String, _ kit: RunKit) throws -> [String] {
        try kit.store.read { try $0.rows("EXPLAIN QUERY PLAN \(sql)") { $0.text(3) } }
    }

    /// Indexes that hold no run that has ended, or those only that failed by their script, but for the one that finds a single run by its id.
    private static let narrow = [
        "runs_ready", "runs_row", "runs_slots", "runs_running", "runs_unfinished", "runs_unscripted", "runs_overtaken",
        "sqlite_autoindex_runs_1",
    ]

    static let statements: [(name: String, sql: String)] =
        [
            ("due", RunTable.dueQuery(except: 0)),
            ("due beside paused jobs", RunTable.dueQuery(except: 2)),
            ("claim", "UPDATE runs SET state = 'running' WHERE id = $1 AND NOT \(RunTable.mustWait)"),
            ("next", RunTable.nextQuery), ("slots", RunTable.slotsQuery),
            ("slot that waits", RunTable.waitingSlotQuery), ("behind", RunTable.behindStatement),
            ("running", RunTable.runningQuery), ("held", RunTable.heldQuery), ("owners", RunTable.ownersQuery),
            ("unfinished", RunTable.unfinishedQuery), ("unscripted", RunTable.unscriptedQuery),
            ("later slot", RunTable.laterSlotQuery), ("overtaken", RunTable.overtakenQuery),
        ]
        + Run.Turn.allCases.flatMap { turn -> [(name: String, sql: String)] in
            guard let row = RunTable.row(turn) else { return [] }
            return [
                ("pass \(turn)", RunTable.passingStatement(row, turn)), ("before \(turn)", RunTable.beforeQuery(row)),
                ("first \(turn)", RunTable.firstQuery(row)),
            ]
        }

    @Test(arguments: statements)
    func `no look goes over runs that have ended`(_ name: String, _ sql: String) throws {
        let kit = try RunKit("")
        for step in try plan(sql, kit) where step.hasPrefix("SEARCH") || step.hasPrefix("SCAN") {
            // What the query itself has made of the runs.
            if step == "SCAN unfinished" { continue }
            let index = step.split(separator: " ").drop { $0 != "INDEX" }.dropFirst().first.map(String.init)
            #expect(index.map(Self.narrow.contains) == true, "\(name): \(step)")
        }
    }

    @Test func `of a thousand runs that wait for one another a look sees one`() async throws {
        let kit = try RunKit("job { name = 'j', on = 'go', serial = 'customer', run = function(run) end }")
        for number in 0..<1000 {
            try kit.webhook(["type": "go", "messageId": .string("\(number)"), "customerId": "acme"])
        }
        try kit.webhook(["type": "go", "messageId": "other", "customerId": "globex"])
        while try RunTriggers(kit.tools).take(now: kit.clock.now).causes > 0 {}
        func ready() throws -> Int64? {
            try kit.store.read {
                try $0.first("SELECT COUNT(*) FROM runs WHERE state = 'waiting' AND is_behind = 0") { $0.integer(0) }
            }
        }
        #expect(try ready() == 2)
        let runs = Runs(kit.tools)
        var looks = 0
        var order: [Int64] = []
        while case let claimed = try runs.claim(now: kit.clock.now, limit: 100, owner: "w"), !claimed.isEmpty {
            looks += 1
            order += claimed.filter { $0.run.customer?.text == "acme" }.map(\.run.sequence)
            #expect(try ready() == 0)
            for run in claimed { await kit.perform(run, runs) }
        }
        #expect(looks == 1000)
        #expect(order.count == 1000 && order == order.sorted())
    }

    @Test func `whoever ends a run takes the one behind it in the same transaction`() async throws {
        let kit = try RunKit(
            "job { name = 'j', on = 'go', serial = 'customer', run = function(run) if run.trigger.event.bad then error('x') end end }"
        )
        for number in 1...4 {
            kit.clock.advance(by: .seconds(1))
            try kit.webhook([
                "type": "go", "messageId": .string("\(number)"), "customerId": "acme", "bad": .boolean(number == 3),
            ])
        }
        _ = try RunTriggers(kit.tools).take(now: kit.clock.now)
        let runs = Runs(kit.tools)
        let first = try #require(try runs.claim(now: kit.clock.now, limit: 10, owner: "w").first)
        func perform(_ claimed: Runs.Claimed, isStopping: Bool = false) async -> Runs.Claimed? {
            await runs.perform(claimed, control: RunControl(), takesFollowing: true, isStopping: { isStopping }) { _ in
                try await Task.sleep(for: .seconds(3600))
            }.following
        }
        let second = try #require(await perform(first))
        #expect(second.run.trigger.event["messageId"] == "2" && second.run.state == .running)
        // A worker that shuts down takes nothing more; one that failed keeps its place.
        #expect(await perform(second, isStopping: true) == nil)
        let third = try #require(try runs.claim(now: kit.clock.now, limit: 10, owner: "w").first)
        #expect(await perform(third) == nil)
        #expect(try runs.claim(now: kit.clock.now, limit: 10, owner: "w").isEmpty)
        let states = try kit.runs("j").sorted { $0.sequence < $1.sequence }.map(\.state)
        #expect(states == [.done, .done, .waiting, .waiting])
    }

    @Test(arguments: [RunTable.mustWait, RunTable.behindStatement, RunTable.dueQuery(except: 0)])
    func `conditions are truth values, as PostgreSQL wants them`(_ sql: String) {
        #expect(!sql.contains(/(THEN|ELSE|NOT|AND|OR)\s+[0-9]/), "\(sql)")
    }

    @Test func `what is due and waits for its turn does not hide what is due next`() async throws {
        let kit = try RunKit(
            """
            job { name = 'j', on = 'go', serial = 'customer', retries = { max = 0 }, run = function(run)
              if run.trigger.event.bad then error('bad') end
            end }
            job { name = 'plan', on = 'plan', run = function() later { job = 'j', after = '1 hour' } end }
            """)
        try kit.webhook(["type": "plan"])
        try kit.webhook(["type": "go", "messageId": "1", "customerId": "acme", "bad": true])
        try await kit.settle()
        let hour = kit.clock.now.advanced(bySeconds: 3600)
        let runs = Runs(kit.tools)
        #expect(try runs.nextDue(after: kit.clock.now) == hour)
        // One of the row runs, and the one that a person tries again waits for it.
        try kit.webhook(["type": "go", "messageId": "2", "customerId": "acme"])
        _ = try RunTriggers(kit.tools).take(now: kit.clock.now)
        #expect(try runs.claim(now: kit.clock.now, limit: 10, owner: "w").count == 1)
        let failed = try #require(try kit.runs("j").first { $0.state == .failed })
        #expect(try kit.store.write { try RunTable($0).retry(failed.id, now: kit.clock.now) })
        kit.clock.advance(by: .seconds(1))
        #expect(try runs.claim(now: kit.clock.now, limit: 10, owner: "w").isEmpty)
        #expect(try runs.nextDue(after: kit.clock.now) == hour)
        #expect(try runs.nextDue(after: hour) == nil)
    }

    // MARK: - Order

    @Test func `a claim looks again whether an earlier run of the row has not ended`() async throws {
        let kit = try RunKit("job { name = 'j', on = 'go', serial = 'customer', run = function(run) end }")
        for number in 1...2 {
            try kit.webhook(["type": "go", "messageId": .string("\(number)"), "customerId": "acme"])
        }
        _ = try RunTriggers(kit.tools).take(now: kit.clock.now)
        let waiting = try kit.runs("j").sorted { $0.sequence < $1.sequence }
        let version = kit.tools.scripts().version
        func claim(_ run: Run) throws -> Bool {
            try kit.store.write {
                try RunTable($0).claim(run, owner: "w", scriptVersion: version, now: kit.clock.now)
            }
        }
        // What another worker saw before the first was entered; and while it runs.
        #expect(try !claim(waiting[1]))
        #expect(try claim(waiting[0]))
        #expect(try !claim(waiting[1]))
        #expect(try Runs(kit.tools).recover(now: kit.clock.now) { _ in false } == 1)
        // Taken back, it is still the first.
        #expect(try Runs(kit.tools).claim(now: kit.clock.now, limit: 10, owner: "w").map(\.run.id) == [waiting[0].id])
    }

    @Test func `a run that a person tries again waits for one of its row that runs`() async throws {
        let kit = try RunKit(
            """
            job { name = 'j', on = 'go', serial = 'customer', retries = { max = 0 }, run = function(run)
              if run.trigger.event.bad then error('bad') end
            end }
            """)
        try kit.webhook(["type": "go", "messageId": "1", "customerId": "acme", "bad": true])
        try await kit.settle()
        let failed = try #require(try kit.runs("j").first)
        #expect(failed.state == .failed)
        for number in 2...3 {
            kit.clock.advance(by: .seconds(1))
            try kit.webhook(["type": "go", "messageId": .string("\(number)"), "customerId": "acme"])
        }
        _ = try RunTriggers(kit.tools).take(now: kit.clock.now)
        let runs = Runs(kit.tools)
        let second = try runs.claim(now: kit.clock.now, limit: 10, owner: "w")
        #expect(second.map { $0.run.trigger.event["messageId"] } == ["2"])
        #expect(try kit.store.write { try RunTable($0).retry(failed.id, now: kit.clock.now) })
        #expect(try runs.claim(now: kit.clock.now, limit: 10, owner: "w").isEmpty)
        for run in second { await kit.perform(run, runs) }
        // It came first, so it goes before the third.
        let again = try runs.claim(now: kit.clock.now, limit: 10, owner: "w")
        #expect(again.map(\.run.id) == [failed.id])
        for run in again { await kit.perform(run, runs) }
        let third = try runs.claim(now: kit.clock.now, limit: 10, owner: "w")
        #expect(third.map { $0.run.trigger.event["messageId"] } == ["3"])
    }

    @Test func `a run that is cancelled lets the one behind it go`() async throws {
        let kit = try RunKit(
            """
            job { name = 'j', on = 'go', serial = 'customer', run = function(run) end }
            job { name = 'plan', on = 'plan', run = function(run)
              later { job = 'j', after = '1 day', key = 'k', event = { customerId = 'acme' } }
            end }
            job { name = 'unplan', on = 'unplan', run = function() return later.cancel('k') end }
            """)
        try kit.webhook(["type": "plan"])
        try await kit.settle()
        try kit.webhook(["type": "go", "customerId": "acme"])
        try await kit.settle()
        #expect(try kit.runs("j").map(\.state) == [.waiting, .waiting])
        try kit.webhook(["type": "unplan"])
        try await kit.settle()
        #expect(try kit.runs("j").map(\.state) == [.done, .cancelled])
    }

    @Test func `a job that goes one at a time does so for all customers and for its slots`() async throws {
        let kit = try RunKit(
            """
            job { name = 'j', on = { 'go' }, schedule = '* * * * *', overlap = 'allow_all', serial = true,
              run = function(run) end }
            """)
        try await kit.settle()
        kit.clock.advance(by: .seconds(60))
        try kit.webhook(["type": "go", "messageId": "1", "customerId": "acme"])
        kit.clock.advance(by: .seconds(1))
        try kit.webhook(["type": "go", "messageId": "2", "customerId": "globex"])
        _ = try RunTriggers(kit.tools).take(now: kit.clock.now)
        try RunSchedules(kit.tools).fire(now: kit.clock.now)
        try kit.webhook(["type": "go", "messageId": "3"])
        _ = try RunTriggers(kit.tools).take(now: kit.clock.now)
        let runs = Runs(kit.tools)
        var order: [String] = []
        for _ in 0..<4 {
            let claimed = try runs.claim(now: kit.clock.now, limit: 10, owner: "w")
            #expect(claimed.count == 1)
            #expect(try runs.claim(now: kit.clock.now, limit: 10, owner: "other").isEmpty)
            for run in claimed {
                order.append(run.run.trigger.event["messageId"]?.text ?? run.run.trigger.kind.rawValue)
                await kit.perform(run, runs)
            }
        }
        #expect(order == ["1", "2", "schedule", "3"])
    }

    @Test func `an hour of slots is made up for one after the other`() async throws {
        let kit = try RunKit(
            """
            job { name = 'j', schedule = 'every 1s', catchup = { window = '2h', mode = 'all' }, run = function(run)
              state.set('n', (state.get('n') or 0) + 1)
            end }
            """)
        try RunSchedules(kit.tools).fire(now: kit.clock.now)
        kit.clock.advance(by: .seconds(3600))
        while try RunSchedules(kit.tools).fire(now: kit.clock.now) > 0 {}
        let runs = Runs(kit.tools)
        var looks = 0
        while case let claimed = try runs.claim(now: kit.clock.now, limit: 100, owner: "w"), !claimed.isEmpty {
            looks += 1
            for run in claimed { await kit.perform(run, runs) }
        }
        let made = try kit.store.read { try RunTable($0).counts() }
        // The slots of the last ten seconds, both ends included, are on time: left out while earlier ones wait.
        #expect(made == [.done: 3589, .skipped: 11])
        #expect(looks == 3589)
    }
}
