import Foundation
import Synchronization
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillScripting
import TidemillStore
import TidemillTestSupport

@testable import TidemillRuns

/// What starts again of runs that failed by what their script said, when it is another one.
struct ScriptRestartTests {
    private static func job(_ options: String, _ body: String) -> String {
        "job { name = 'j', \(options), run = function(run) \(body) end }"
    }

    private static let broken = "client.provisonCustomer {}"

    /// The runs in the order of their causes.
    private func runs(_ kit: RunKit, limit: Int64 = 50) throws -> [Run] {
        try kit.store.read { try RunTable($0).list(name: "j", limit: limit) }.reversed()
    }

    /// What the dispatcher does when other scripts take over.
    private func restart(_ kit: RunKit) throws -> Int {
        let restarts = RunRestarts(kit.tools)
        var started = 0
        for name in try restarts.names() {
            while case let portion = try restarts.restart(name, now: kit.clock.now), portion != .init() {
                started += portion.started
            }
        }
        return started
    }

    /// Runs that have failed by what the script said, for each number the cause, the customer and the time.
    private func fail(_ count: Int64, _ kit: RunKit, _ trigger: (Int64) -> RunTrigger) throws {
        try kit.store.write { connection in
            for number in 1...count {
                let new = RunTable.New(
                    .job, "j", customer: CustomerID("c\(number % 2)"), trigger: trigger(number), dueAt: kit.clock.now,
                    turn: .customer)
                _ = try RunTable(connection).insert(new, id: RunID("run-\(number)"), now: kit.clock.now)
            }
            try connection.execute(
                "UPDATE runs SET state = 'failed', attempt = 1, ended_at = $1, code = 'needs_scripts', script_print = 'old'",
                [.integer(kit.clock.now.microseconds)])
        }
    }

    @Test func `a run of a job that the scripts in force do not have yet waits for those that have it, for a minute`()
        async throws
    {
        let kit = try RunKit(Self.job("on = 'x'", "return 1"))
        func insert(_ name: String, _ kind: Run.Kind = .job) throws {
            let trigger = RunTrigger(
                .fire, cause: name, event: .null, scheduledAt: kit.clock.now, causedAt: kit.clock.now)
            _ = try kit.store.write {
                try RunTable($0).insert(
                    .init(kind, name, trigger: trigger, dueAt: kit.clock.now), id: RunID(name), now: kit.clock.now)
            }
        }
        func state(_ name: String) throws -> Run.State? {
            try kit.store.read { try RunTable($0).find(RunID(name))?.state }
        }
        for (name, kind) in [("new", Run.Kind.job), ("rule", .grant), ("none", .job)] { try insert(name, kind) }
        try await kit.settle()
        #expect(try ["new", "rule", "none"].map(state) == [.waiting, .waiting, .waiting])
        try kit.reload(
            "job { name = 'new', on = 'y', run = function() end }\n"
                + "grant { name = 'rule', on = 'y', decide = function() end }")
        kit.clock.advance(by: .seconds(2))
        try await kit.settle()
        #expect(try ["new", "rule", "none"].map(state) == [.done, .done, .waiting])
        kit.clock.advance(by: .seconds(60))
        try await kit.settle()
        #expect(try state("none") == .failed)
        #expect(try kit.store.read { try RunTable($0).find(RunID("none"))?.code } == "no_such_job")
    }

    @Test func `each slot fails by itself, and of them the newest starts again`() async throws {
        let kit = try RunKit(Self.job("schedule = '* * * * *'", Self.broken))
        try await kit.settle()
        for _ in 1...3 {
            kit.clock.advance(by: .seconds(60))
            try await kit.settle()
        }
        #expect(try runs(kit).map(\.state) == [.failed, .failed, .failed])
        // Nothing has changed; then something that is not its business.
        #expect(try restart(kit) == 0)
        try kit.reload(Self.job("schedule = '* * * * *'", Self.broken), beside: ["b.lua": "-- nothing"])
        #expect(try restart(kit) == 0)
        try kit.reload(Self.job("schedule = '* * * * *'", "return run.scheduledAt"))
        #expect(try restart(kit) == 1)
        #expect(try restart(kit) == 0)
        try await kit.settle()
        #expect(try runs(kit).map(\.state) == [.failed, .failed, .done])
        #expect(try kit.store.read { try RunTable($0).overtakenSlots() } == 2)
        // A person may still want one of the others.
        let first = try #require(try runs(kit).first)
        #expect(try kit.store.write { try RunTable($0).retry(first.id, now: kit.clock.now) })
        try await kit.settle()
        #expect(try runs(kit).map(\.state) == [.done, .failed, .done])
    }

    @Test func `many start again in portions, the earliest first, and each row keeps its order`() async throws {
        let kit = try RunKit(Self.job("on = 'go', serial = 'customer'", ""))
        let now = kit.clock.now
        try fail(1200, kit) { RunTrigger(.webhook, cause: "w\($0)", scheduledAt: now, causedAt: now) }
        let restarts = RunRestarts(kit.tools)
        #expect(try restarts.names() == ["j"])
        for (started, isMore) in [(500, true), (500, true), (200, false), (0, false)] {
            let portion = try restarts.restart("j", now: now)
            #expect(portion == RunRestarts.Portion(started: started, isMore: isMore))
            let waiting = try runs(kit, limit: 2000).filter { $0.state == .waiting }.map(\.sequence)
            #expect(waiting == (1...Int64(waiting.count)).map { $0 })
        }
        // Of each customer the first: the others stand behind it.
        let claimed = try Runs(kit.tools).claim(now: now, limit: 100, owner: "w").map(\.run.id.text)
        #expect(claimed == ["run-1", "run-2"])
        let ready = try kit.store.read { connection in
            try connection.first("SELECT COUNT(*) FROM runs WHERE state = 'waiting' AND is_behind = 0") {
                $0.integer(0)
            }
        }
        #expect(ready == 0)
    }

    @Test func `of very many slots only the newest starts, in whichever portion it is`() async throws {
        let kit = try RunKit(Self.job("schedule = 'every 1s'", ""))
        let begin = kit.clock.now.advanced(bySeconds: -1201)
        try fail(1200, kit) { number in
            let slot = begin.advanced(bySeconds: number)
            return RunTrigger(.schedule, cause: "s\(number)", scheduledAt: slot, causedAt: slot)
        }
        #expect(try restart(kit) == 1)
        #expect(try runs(kit, limit: 2000).filter { $0.state == .waiting }.map(\.sequence) == [1200])
        #expect(try kit.store.read { try RunTable($0).overtakenSlots() } == 1199)
    }

    @Test func `a slot that failed for good while its job was disabled is not one that was overtaken`() async throws {
        let kit = try RunKit(Self.job("schedule = '* * * * *'", ""))
        try await kit.settle()
        kit.clock.advance(by: .seconds(60))
        try RunSchedules(kit.tools).fire(now: kit.clock.now)
        let slot = try #require(try Runs(kit.tools).claim(now: kit.clock.now, limit: 1, owner: "w").first)
        // What is left of it when the job starts nothing any more: no print.
        let settled = try kit.store.write {
            try RunTable($0).settle(
                slot.run, .failed, state: .failed, code: "needs_scripts", scriptPrint: nil, now: kit.clock.now)
        }
        #expect(settled)
        #expect(try kit.store.read { try RunTable($0).overtakenSlots() } == 0)
    }

    @Test func `slots outside the window, and of a job that makes up for none, stay as they are`() async throws {
        for (options, started) in [
            ("catchup = { window = '1h' }", 0), ("catchup = { window = '3h' }", 1), ("catchup = { mode = 'none' }", 0),
        ] {
            let kit = try RunKit(Self.job("schedule = '0 11 * * *', \(options)", Self.broken))
            kit.clock.set(RunKit.start.advanced(bySeconds: -3700))
            try await kit.settle()
            kit.clock.set(RunKit.start.advanced(bySeconds: -3600))
            try await kit.settle()
            #expect(try runs(kit).map(\.state) == [.failed])
            kit.clock.advance(by: .seconds(7200))
            try kit.reload(Self.job("schedule = '0 11 * * *', \(options)", "return 1"))
            #expect(try restart(kit) == started, "\(options)")
        }
    }

    @Test func `of triggers those of the last day start again, in their order`() async throws {
        let kit = try RunKit(Self.job("on = 'go', serial = 'customer'", Self.broken))
        for number in 1...4 {
            try kit.webhook(["type": "go", "messageId": .string("\(number)"), "customerId": "acme"])
            try await kit.settle()
            // The first one lies more than a day back when the script is mended.
            kit.clock.advance(by: number == 1 ? .seconds(2 * 3600) : .seconds(60))
        }
        kit.clock.advance(by: .seconds(23 * 3600))
        try kit.reload(Self.job("on = 'go', serial = 'customer'", "log.info(run.trigger.event.messageId)"))
        #expect(try restart(kit) == 3)
        let runs = Runs(kit.tools)
        // One after the other, as the job says.
        #expect(try runs.claim(now: kit.clock.now, limit: 10, owner: "w").count == 1)
        #expect(try runs.recover(now: kit.clock.now) { _ in false } == 1)
        try await kit.settle()
        #expect(kit.logged.withLock { $0 } == ["2", "3", "4"])
        #expect(try self.runs(kit).map(\.state) == [.failed, .done, .done, .done])
    }

    @Test func `a library, or a value of the configuration, may be what has changed`() async throws {
        let script =
            "local rates = require 'lib.rates' " + Self.job("on = 'go'", "return vars.limit + rates.rate")
        let kit = try RunKit(script, beside: ["lib/rates.lua": "return {}"])
        try kit.webhook(["type": "go"])
        try await kit.settle()
        #expect(try runs(kit).map(\.code) == ["needs_scripts"])
        try kit.reload(script, beside: ["lib/rates.lua": "return { rate = 2 }"])
        #expect(try restart(kit) == 1)
        try await kit.settle()
        #expect(try runs(kit).map(\.code) == ["needs_scripts"])
        try kit.reload(script, beside: ["lib/rates.lua": "return { rate = 2 }"], vars: ["limit": 40])
        #expect(try restart(kit) == 1)
        try await kit.settle()
        #expect(try runs(kit).map(\.result) == [42])
    }

    @Test func `a job that is gone or disabled starts nothing, and is not told of as failing`() async throws {
        for script in ["", Self.job("on = 'go', enabled = false", "return 1")] {
            let kit = try RunKit(Self.job("on = 'go'", Self.broken))
            for number in 1...2 {
                try kit.webhook(["type": "go", "messageId": .string("\(number)")])
                try await kit.settle()
            }
            #expect(try kit.store.read { try FailingJobs($0).list() }.map(\.failures) == [2])
            try kit.reload(script)
            #expect(try restart(kit) == 0)
            #expect(try kit.store.read { try FailingJobs($0).list() }.isEmpty)
            // Back again, and mended.
            try kit.reload(Self.job("on = 'go'", "return 1"))
            #expect(try restart(kit) == 2)
        }
    }
}
