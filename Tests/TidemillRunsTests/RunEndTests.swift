import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillRuns
import TidemillStore
import TidemillTestSupport

/// How runs come to their end, and what is kept of them: retries, quarantine, retention.
struct RunEndTests {
    // MARK: - Retries

    /// `first · factor^(n-1)`, at most `cap`, in seconds.
    static let backoffs: [(retries: String, waits: [Double])] = [
        ("first = '10s', factor = 2, cap = '60s'", [10, 20, 40, 60, 60]),
        ("first = '1s', factor = 1.5", [1, 1.5, 2.25, 3.375, 5.0625]),
        ("first = '7s', factor = 1", [7, 7, 7]),
        ("first = '5m', factor = 3, cap = '1m'", [60, 60]),
        ("first = '1s', factor = 100, cap = '1h'", [1, 100, 3600, 3600]),
        // The defaults: 10 s, doubled, at most an hour.
        ("", [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]),
    ]

    @Test(arguments: backoffs)
    func `a failed run is tried again after waits that grow, spread by a quarter`(_ retries: String, _ waits: [Double])
        async throws
    {
        let max = "max = \(waits.count)"
        let kit = try RunKit(
            "job { name = 'j', retries = { \(retries.isEmpty ? max : "\(max), \(retries)") }, run = function() error('x') end }"
        )
        let ids = try (0..<5).map { _ in try kit.fire("j") }
        var spreads: Set<Int64> = []
        for wait in waits {
            try await kit.settle()
            let due = try ids.map { try #require(try kit.run($0)).dueAt.microseconds - kit.clock.now.microseconds }
            for one in due {
                // Waits are whole milliseconds.
                #expect(
                    Double(one) >= wait * 750_000 - 1000 && Double(one) <= wait * 1_250_000 + 1000, "\(one) of \(wait)")
                spreads.insert(one)
            }
            kit.clock.set(Timestamp(microseconds: kit.clock.now.microseconds + (due.max() ?? 0)))
        }
        #expect(spreads.count > waits.count)
        try await kit.settle()
        for id in ids {
            let run = try #require(try kit.run(id))
            #expect(run.state == .failed && run.failures == Int64(waits.count) + 1)
        }
    }

    @Test func `a run that has failed for good is announced, and a job may tell a person`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", retries = { max = 1, first = "1s" }, run = function() error({ code = "Bad", message = "no" }) end }
            job { name = "told", on = "run.failed", source = "engine", run = function(run)
              local event = run.trigger.event
              return { event.name, event.kind, event.attempts, event.code, event.customerId, event.runId }
            end }
            """)
        let id = try kit.fire("j", event: ["customerId": "acme"])
        try await kit.settle()
        #expect(try kit.runs("told").isEmpty)
        kit.clock.advance(by: .seconds(2))
        try await kit.settle()
        #expect(
            try kit.runs("told").map(\.result) == [["j", "job", 2, "Bad", "acme", .string(id.text)]])
        // A person tries it again, and it fails again: told once more.
        #expect(try kit.store.write { try RunTable($0).retry(id, now: kit.clock.now) })
        try await kit.settle()
        kit.clock.advance(by: .seconds(2))
        try await kit.settle()
        #expect(try kit.runs("told").count == 2)
    }

    // MARK: - Runs that end their process

    @Test func `suspects run alone, beside those that have done nothing`() throws {
        let kit = try RunKit("job { name = 'j', run = function() end }")
        let runs = Runs(kit.tools)
        let suspects = try (0..<3).map { _ in try kit.fire("j") }
        for crash in 1...2 {
            #expect(try runs.claim(now: kit.clock.now, limit: 10, owner: "w\(crash)").count == 3)
            #expect(try runs.recover(now: kit.clock.now) { _ in false } == 3)
        }
        let innocent = try (0..<2).map { _ in try kit.fire("j") }
        let taken = try runs.claim(now: kit.clock.now, limit: 10, owner: "w").map(\.run.id)
        #expect(taken.count == 3 && Set(innocent).isSubset(of: taken))
        // As long as it runs, no other suspect does.
        #expect(try runs.claim(now: kit.clock.now, limit: 10, suspects: 1, owner: "w").isEmpty)
        let next = try runs.claim(now: kit.clock.now, limit: 10, suspects: 0, owner: "w").map(\.run.id)
        #expect(next.count == 1 && Set(suspects).isSuperset(of: next))
    }

    // MARK: - Retention

    private func count(_ kit: RunKit, _ rest: String) throws -> Int64 {
        try kit.store.read { try $0.first("SELECT COUNT(*) FROM \(rest)") { $0.integer(0) } ?? 0 }
    }

    private func maintain(_ kit: RunKit, days: Int64) throws {
        kit.clock.set(RunKit.start.advanced(bySeconds: days * 86_400))
        try RunRetention(store: kit.store, keepSeconds: 30 * 86_400).runMaintenance(now: kit.clock.now)
    }

    @Test func `a journal of any length goes, in steps that let others in between`() async throws {
        let kit = try RunKit(
            """
            job { name = "long", run = function() for i = 1, 2300 do state.set("k" .. i, i) end end }
            job { name = "short", run = function() state.set("a", 1) end }
            """)
        try kit.fire("long")
        try kit.fire("short")
        try await kit.settle()
        #expect(try count(kit, "run_steps") == 2301)
        try maintain(kit, days: 31)
        for table in ["runs", "run_steps", "run_attempts"] { #expect(try count(kit, table) == 0) }
    }

    @Test func `runs are kept for their time, failed ones three times as long, and waiting ones for ever`() async throws
    {
        let kit = try RunKit(
            """
            job { name = "good", run = function() state.set("a", 1) end }
            job { name = "bad", retries = { max = 0 }, run = function() state.set("b", 1) error("x") end }
            job { name = "waits", run = function() end }
            job { name = "plans", run = function() later { job = "waits", after = "400 days" } end }
            """)
        let good = try kit.fire("good")
        let bad = try kit.fire("bad")
        let crashed = try kit.fire("good")
        for crash in 1...5 {
            let claimed = try Runs(kit.tools).claim(crashed, owner: "w\(crash)", now: kit.clock.now)
            #expect(claimed != nil)
            _ = try Runs(kit.tools).recover(now: kit.clock.now) { _ in false }
        }
        #expect(try kit.run(crashed)?.state == .quarantined)
        try kit.fire("plans")
        try await kit.settle()
        try maintain(kit, days: 30)
        #expect(try kit.run(good) != nil)
        try maintain(kit, days: 31)
        #expect(try kit.run(good) == nil && kit.run(bad) != nil && kit.run(crashed) != nil)
        for table in ["run_steps", "run_attempts"] {
            #expect(try count(kit, "\(table) WHERE run_id NOT IN (SELECT id FROM runs)") == 0)
        }
        try maintain(kit, days: 90)
        #expect(try kit.run(bad) != nil && kit.run(crashed) != nil)
        try maintain(kit, days: 91)
        #expect(try kit.run(bad) == nil && kit.run(crashed) == nil)
        try maintain(kit, days: 399)
        #expect(try kit.runs("waits").map(\.state) == [.waiting])
        #expect(try count(kit, "run_steps") == 0 && count(kit, "run_attempts") == 0)
        // What jobs keep without a term stays.
        #expect(try count(kit, "job_state") == 2)
    }

    @Test func `expired state, old messages and old causes are forgotten, keys and what waits are not`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", on = "go", run = function()
              state.set("short", 1, { ttl = "40 days" })
              state.set("long", 1)
              emit("plain", {})
              emit("keyed", {}, { key = "k" })
            end }
            """)
        try kit.webhook(["type": "go"])
        try await kit.settle()
        try kit.store.write { connection in
            for message in try Emissions(connection).unwritten(limit: 10) {
                try Emissions(connection).markWritten(message.id, at: kit.clock.now)
            }
        }
        kit.clock.advance(by: .seconds(1))
        // One that nobody has looked at, and one that nobody has written.
        try kit.webhook(["type": "unseen"])
        try await kit.settle()
        try kit.store.write { connection in
            _ = try connection.execute("UPDATE webhooks SET state = 'waiting' WHERE type = 'unseen'")
            _ = try connection.execute("UPDATE emissions SET written_at = NULL WHERE type = 'plain'")
        }
        try maintain(kit, days: 34)
        #expect(try count(kit, "webhooks") == 2 && count(kit, "outbox") == 2)
        try maintain(kit, days: 36)
        #expect(try count(kit, "webhooks") == 1 && count(kit, "webhooks WHERE state = 'waiting'") == 1)
        #expect(try count(kit, "outbox") == 0)
        // Not written yet, so it stays.
        #expect(try count(kit, "emissions WHERE type = 'plain'") == 1)
        #expect(try count(kit, "job_state") == 2)
        _ = try kit.store.write { try $0.execute("UPDATE emissions SET written_at = created_at") }
        try maintain(kit, days: 41)
        #expect(try count(kit, "job_state") == 1)
        #expect(try count(kit, "emissions WHERE type = 'plain'") == 0)
        #expect(try count(kit, "emissions WHERE type = 'keyed'") == 1)
    }

    @Test func `events that no worker has looked at are kept, however old`() throws {
        let kit = try RunKit("job { name = 'j', on = 'customer.created', run = function() end }")
        try kit.call(.provisionCustomer, ["id": "acme"])
        let engine = try Engine(store: kit.store)
        let before = try count(kit, "outbox")
        try maintain(kit, days: 400)
        try engine.runMaintenance(now: kit.clock.now)
        #expect(before > 0)
        #expect(try count(kit, "outbox") == before)
        #expect(try RunTriggers(kit.tools).take(now: kit.clock.now).runs == 1)
        // Once looked at they go.
        try maintain(kit, days: 401)
        #expect(try count(kit, "outbox") == 0)
    }
}
