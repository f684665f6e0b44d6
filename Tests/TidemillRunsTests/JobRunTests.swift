import Synchronization
import Testing
import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillStore
import TidemillTestSupport

/// Runs of jobs over a real store: what they do is there once, whatever happens between.
struct JobRunTests {
    @Test func `a fired job performs operations, and its journal has each with its answer`() async throws {
        let kit = try RunKit(
            """
            job { name = "welcome", run = function(run)
              client.provisionCustomer { id = "acme", name = "Acme" }
              local customer = client.getCustomer { id = "acme" }
              state.set("seen", customer.name)
              log.info("done", { id = customer.id })
              return { name = state.get("seen"), at = time.now() }
            end }
            """)
        let id = try kit.fire("welcome")
        try await kit.settle()
        let run = try #require(try kit.run(id))
        #expect(run.state == .done, "\(run.message ?? "")")
        #expect(run.result == ["name": "Acme", "at": "2026-10-01T12:00:00.000Z"])
        #expect(
            try kit.steps(id).map(\.name) == [
                "client.provisionCustomer", "client.getCustomer", "state.set", "state.get", "time.now",
            ])
        #expect(try kit.call(.getCustomer, ["id": "acme"])["name"] == "Acme")
        #expect(kit.logged.withLock { $0 } == ["done"])
    }

    @Test func `a failed run is tried again after its wait, replays what it did and goes on`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", retries = { max = 2, first = "10s", factor = 2 }, run = function(run)
              client.provisionCustomer { id = "acme" }
              local known = client.try.getProduct { id = "p" }
              if not known then error("no product yet") end
              return run.attempt
            end }
            """)
        let id = try kit.fire("j")
        try await kit.settle()
        var run = try #require(try kit.run(id))
        #expect(run.state == .waiting && run.failures == 1)
        #expect(run.message == "scripts/a.lua:4: no product yet")
        // The wait is 10 s, spread by a quarter.
        let wait = run.dueAt.microseconds - RunKit.start.microseconds
        #expect((7_500_000...12_500_000).contains(wait))
        kit.clock.advance(by: .seconds(13))
        try kit.call(.createProduct, ["id": "p", "displayName": "P"])
        try await kit.settle()
        run = try #require(try kit.run(id))
        // Nothing had followed from the answer that there is no product: it is asked for again.
        #expect(run.state == .done && run.result == 2)
        #expect(
            try kit.store.read { try RunAttempt.list(of: id, on: $0) }.map(\.outcome) == [.failed, .done])
        #expect(try kit.steps(id).map(\.attempt) == [1, 2])
    }

    @Test func `what something has followed from is replayed, however the world has changed`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", retries = { max = 1, first = "10s" }, run = function(run)
              local known = client.try.getProduct { id = "p" }
              state.set("known", known ~= nil)
              if run.attempt < 2 then error("not yet") end
              return { known = known ~= nil, state = state.get("known"), now = time.now() }
            end }
            """)
        let id = try kit.fire("j")
        try await kit.settle()
        try kit.call(.createProduct, ["id": "p", "displayName": "P"])
        kit.clock.advance(by: .seconds(13))
        try await kit.settle()
        #expect(try kit.run(id)?.result == ["known": false, "state": false, "now": "2026-10-01T12:00:13.000Z"])
    }
}
