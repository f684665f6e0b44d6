import Synchronization
import Testing
import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore
import TidemillTestSupport

/// Runs that read, change and write the same values of `state`.
struct SharedStateTests {
    /// Runs under which the world changes while they look something up: once, the first time.
    private func runs(_ kit: RunKit, _ change: @escaping @Sendable (any SQLConnection) throws -> Void) -> Runs {
        let hasChanged = Mutex(false)
        let tools = RunTools(
            store: kit.store, backend: kit.backend, clock: kit.clock, scripts: kit.tools.scripts,
            lookup: { _ throws(EffectError) in
                let isFirst = hasChanged.withLock { changed in
                    defer { changed = true }
                    return !changed
                }
                if isFirst {
                    do { try kit.store.write { try change($0) } } catch { throw .abandoned("\(error)") }
                }
                return .null
            })
        return Runs(tools)
    }

    private static func set(_ value: String, _ connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO job_state(scope, key, value, updated_at) VALUES ('job:j', 'n', $1, 0)
            ON CONFLICT(scope, key) DO UPDATE SET value = excluded.value
            """, [.text(value)])
    }

    private func value(_ kit: RunKit, _ scope: String = "job:j") throws -> String? {
        try kit.store.read { connection in
            try connection.first("SELECT value FROM job_state WHERE scope = $1", [.text(scope)]) { $0.text(0) }
        }
    }

    @Test func `a set after an overtaken get goes on from before the get, with the value of now`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", run = function(run)
              local at = time.now()
              local n = state.get("n") or 0
              lookup.customer("x")
              state.set("n", n + 1)
              state.set("n", n + 2)
              return { n = n, at = at }
            end }
            """)
        let id = try kit.fire("j")
        try await kit.settle(
            runs(kit) { connection in
                try Self.set("5", connection)
                kit.clock.advance(by: .seconds(60))
            })
        let run = try #require(try kit.run(id))
        #expect(run.state == .done && run.attempt == 1 && run.failures == 0, "\(run.message ?? "")")
        // What was read before the get holds: it is as it was read.
        #expect(run.result == ["n": 5, "at": "2026-10-01T12:00:00.000Z"])
        #expect(try value(kit) == "7")
        let steps = try kit.steps(id)
        #expect(steps.map(\.name) == ["time.now", "state.get", "lookup.customer", "state.set", "state.set"])
        #expect(steps.map(\.number) == [1, 2, 3, 4, 5])
    }

    @Test func `a set after an overtaken get fails the run for good where it has done something since`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", run = function(run)
              local n = state.get("n") or 0
              lookup.customer("x")
              emit("counted")
              state.set("n", n + 1)
            end }
            """)
        let id = try kit.fire("j")
        try await kit.settle(runs(kit) { try Self.set("5", $0) })
        let run = try #require(try kit.run(id))
        #expect(run.state == .failed && run.code == "state_conflict" && run.attempt == 1)
        #expect(run.message?.contains("state.update(key, function(old) return … end)") == true)
        #expect(run.message?.contains("serial = true") == true)
        #expect(
            run.message?.contains("state.set: another run has changed \"n\" since this one read it") == true,
            "\(run.message ?? "")")
        #expect(try value(kit) == "5")
    }

    @Test func `a script may catch the conflict, read anew and set`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", run = function(run)
              local n = state.get("n") or 0
              lookup.customer("x")
              emit("counted")
              local ok, problem = pcall(state.set, "n", n + 1)
              state.set("n", state.get("n") + 1)
              return problem.code
            end }
            """)
        let id = try kit.fire("j")
        try await kit.settle(runs(kit) { try Self.set("5", $0) })
        #expect(try kit.run(id)?.result == "state_conflict")
        #expect(try value(kit) == "6")
    }

    @Test func `a set that follows from no get, and one after a change back, are no conflict`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", run = function(run)
              lookup.customer("x")
              state.set("n", 1)
              emit("counted")
              state.set("n", 2)
            end }
            job { name = "back", run = function(run)
              local n = state.get("n")
              emit("counted")
              lookup.customer("x")
              state.set("n", n)
              return n == nil
            end }
            """)
        let ids = [try kit.fire("j"), try kit.fire("back")]
        try await kit.settle(runs(kit) { try Self.set("5", $0) })
        #expect(try ids.map { try kit.run($0)?.state } == [.done, .done])
    }

    @Test(arguments: [
        "state.update('n', function(n) return (n or 0) + 1 end)",
        "state.shared('j').update('n', function(n) return (n or 0) + 1 end)",
        "state.set('n', (state.get('n') or 0) + 1)",
        "local s = state.shared('j') lookup.customer('x') s.set('n', (s.get('n') or 0) + 1)",
    ])
    func `runs side by side that each add one come to their number`(body: String) async throws {
        let kit = try RunKit("job { name = 'j', on = 'ping', run = function(run) \(body) end }")
        for number in 1...60 { try kit.webhook(["type": "ping", "messageId": .string("\(number)")]) }
        let runs = Runs(kit.tools)
        while try RunTriggers(runs.tools).take(now: kit.clock.now).causes > 0 {}
        let claimed = try runs.claim(now: kit.clock.now, limit: 100, owner: "test")
        #expect(claimed.count == 60)
        await withTaskGroup { group in
            for run in claimed { group.addTask { await kit.perform(run, runs) } }
        }
        #expect(try kit.store.read { try RunTable($0).counts(name: "j") } == [.done: 60])
        #expect(try value(kit, body.contains("shared") ? "shared:j" : "job:j") == "60")
    }

    @Test func `a retry asks an update's function once more, for what it kept in locals, and sets nothing again`()
        async throws
    {
        let kit = try RunKit(
            """
            job { name = "j", retries = { max = 1, first = "10s" }, run = function(run)
              local mine
              local taken = state.update("n", function(n)
                n = n or 0
                mine = n < 1
                return mine and n + 1 or n
              end)
              if run.attempt < 2 then error("not yet") end
              return { mine = mine, taken = taken }
            end }
            """)
        let id = try kit.fire("j")
        try await kit.settle()
        kit.clock.advance(by: .seconds(13))
        try kit.store.write { try Self.set("1", $0) }
        try await kit.settle()
        #expect(try kit.run(id)?.result == ["mine": true, "taken": 1])
        #expect(try value(kit) == "1")
        #expect(try kit.steps(id).map(\.name) == ["state.update"])
    }

    @Test func `an update whose function fails changes nothing`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", retries = { max = 0 }, run = function(run)
              state.set("n", 1)
              state.update("n", function(n) return later { job = "j", after = "1h" } end)
            end }
            """)
        let id = try kit.fire("j")
        try await kit.settle()
        let run = try #require(try kit.run(id))
        #expect(run.state == .failed)
        #expect(run.message?.hasPrefix("scripts/a.lua:3: later cannot be called in the function given to") == true)
        #expect(try value(kit) == "1")
    }

    @Test func `a function that branches on the attempt is told so, not that the script has changed`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", retries = { max = 1, first = "10s" }, run = function(run)
              if run.attempt > 1 then emit("again") end
              emit("first")
              error("not yet")
            end }
            """)
        let id = try kit.fire("j")
        try await kit.settle()
        kit.clock.advance(by: .seconds(13))
        try await kit.settle()
        let run = try #require(try kit.run(id))
        #expect(run.state == .failed && run.code == "script_changed")
        #expect(run.message?.contains("the script is the same") == true)
        #expect(run.message?.contains("run.attempt") == true)
    }
}
