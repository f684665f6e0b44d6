import Testing
import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillStore
import TidemillTestSupport

/// Promise 2 of architecture.md: a job's effects happen exactly once, wherever its process dies.
///
/// Method: a job with every kind of effect is carried out by a process that dies at the n-th transaction, just before it
/// begins or just after it has committed, for every n there is; then other processes go on. What must be there is counted
/// by hand from the script.
struct RunCrashTests {
    private func kit() throws -> RunKit {
        let kit = try RunKit(Self.script)
        try kit.call(.createCustomCurrency, ["id": "credits", "displayName": "Credits"])
        try kit.call(.provisionCustomer, ["id": "acme"])
        return kit
    }

    /// Grants 10 and 5, consumes 3: 12 are left. One message, one later run, one number in the state.
    static let script = """
        local function first(customer)
          client.grantCredits { customerId = customer.id, currencyId = "credits", amount = 10, grantType = "PROMOTIONAL" }
          local roll = math.random(1, 1000000)
          local missing, err = client.try.getProduct { id = "nothing" }
          client.consumeCredits { customerId = customer.id, currencyId = "credits", amount = 3, idempotencyKey = "once" }
          state.set("count", (state.get("count") or 0) + 1)
          emit("j.done", { customerId = customer.id, roll = roll, at = time.now(), code = err.code })
          return { roll = roll }
        end
        job { name = "j", retries = { max = 20, first = "1s", cap = "1s" }, run = function(run)
          local customer = client.getCustomer { id = "acme" }
          if not run.saved then run.checkpoint(first(customer)) end
          client.grantCredits { customerId = customer.id, currencyId = "credits", amount = 5, grantType = "PROMOTIONAL" }
          later { job = "after", after = "10s", event = { customerId = customer.id } }
          return state.get("count")
        end }
        job { name = "after", run = function(run) state.shared("all").set("after", run.customerId) end }
        job { name = "told", on = "j.done", run = function(run)
          state.shared("all").set("told", (state.shared("all").get("told") or 0) + 1)
          return run.trigger.event.roll
        end }
        """

    @Test(arguments: MortalStore.Instant.allCases)
    func `every effect is there once, wherever the process dies`(instant: MortalStore.Instant) async throws {
        var deaths = 0
        for number in 0..<60 {
            let kit = try kit()
            let id = try kit.fire("j")
            let mortal = MortalStore(kit.store, at: number, instant)
            // The process that dies, and whoever comes after it.
            do { try await kit.settle(Runs(kit.tools(on: mortal))) } catch is MortalStore.Death {}
            let next = Runs(kit.tools)
            _ = try next.recover(now: kit.clock.now) { _ in false }
            for _ in 0..<4 {
                kit.clock.advance(by: .seconds(10))
                try await kit.settle(next)
            }
            let run = try #require(try kit.run(id))
            #expect(run.state == .done && run.result == 1, "dead at \(number): \(run)")
            let balance = try kit.call(.getCreditBalance, ["customerId": "acme", "currencyId": "credits"])
            #expect(balance["balance"] == 12, "dead at \(number)")
            let grants = try kit.call(.listCreditGrants, ["customerId": "acme", "currencyId": "credits"])
            #expect(grants["data"]?.items?.count == 2, "dead at \(number)")
            #expect(try kit.store.read { try Emissions($0).list() }.count == 1)
            #expect(try kit.runs("after").map(\.state) == [.done], "dead at \(number)")
            #expect(try kit.runs("told").map(\.state) == [.done], "dead at \(number)")
            let steps = try kit.steps(id)
            #expect(
                steps.filter(\.isWrite).map(\.name) == [
                    "client.grantCredits", "client.consumeCredits", "state.set", "emit", "checkpoint",
                    "client.grantCredits", "later",
                ], "dead at \(number)")
            guard mortal.isDead else { break }
            deaths += 1
        }
        // Each write of the three runs, and what takes and ends them.
        #expect((12..<60).contains(deaths))
    }

    @Test func `two workers perform each run once`() async throws {
        let kit = try RunKit(
            """
            job { name = "count", run = function(run)
              state.set("n", (state.get("n") or 0) + 1)
            end }
            """)
        for _ in 0..<50 { try kit.fire("count") }
        let first = Runs(kit.tools)
        let second = Runs(kit.tools)
        while true {
            let mine = try first.claim(now: kit.clock.now, limit: 7, owner: "a")
            let others = try second.claim(now: kit.clock.now, limit: 5, owner: "b")
            if mine.isEmpty, others.isEmpty { break }
            #expect(Set(mine.map(\.run.id)).isDisjoint(with: others.map(\.run.id)))
            for run in mine { await kit.perform(run, first) }
            for run in others { await kit.perform(run, second) }
        }
        #expect(try kit.runs("count").count { $0.state == .done } == 50)
        let last = try kit.fire("count")
        try await kit.settle()
        #expect(try kit.steps(last).first { $0.name == "state.get" }?.answer == 50)
    }

    @Test func `a worker that lost its run changes nothing more`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", run = function(run)
              client.provisionCustomer { id = "acme" }
              client.updateCustomer { id = "acme", name = "second" }
            end }
            """)
        let id = try kit.fire("j")
        let slow = Runs(kit.tools)
        let claimed = try #require(try slow.claim(now: kit.clock.now, limit: 1, owner: "slow").first)
        // Somebody took it for dead.
        _ = try slow.recover(now: kit.clock.now) { _ in false }
        try await kit.settle()
        #expect(try kit.run(id)?.state == .done)
        await kit.perform(claimed, slow)
        #expect(try kit.run(id)?.state == .done && kit.run(id)?.attempt == 2)
        #expect(try kit.steps(id).count == 2)
    }

    @Test func `a script that asks for something else than the journal says is noticed`() async throws {
        let before = """
            job { name = "j", retries = { max = 1, first = "1s" }, run = function(run)
              client.provisionCustomer { id = "acme", name = "old" }
              error("not yet")
            end }
            """
        let kit = try RunKit(before)
        let id = try kit.fire("j")
        try await kit.settle()
        try kit.reload(before.replacing("\"old\"", with: "\"new\""))
        kit.clock.advance(by: .seconds(2))
        try await kit.settle()
        var run = try #require(try kit.run(id))
        #expect(run.state == .failed && run.code == "script_changed")
        #expect(run.message?.contains("step 1 was client.provisionCustomer") == true)
        #expect(try kit.call(.getCustomer, ["id": "acme"])["name"] == "old")
        // Mended behind the journal's end, it goes on where it was.
        try kit.reload(before.replacing("error(\"not yet\")", with: "return 7"))
        #expect(try kit.store.write { try RunTable($0).retry(id, now: kit.clock.now) })
        try await kit.settle()
        run = try #require(try kit.run(id))
        #expect(run.state == .done && run.result == 7)
        #expect(
            try kit.store.read { try RunAttempt.list(of: id, on: $0) }.map(\.outcome) == [
                .failed, .scriptChanged, .done,
            ])
    }

    @Test func `a run that ends the process again and again is quarantined, one that gets on is not`() async throws {
        let kit = try RunKit(
            "job { name = 'j', run = function(run) time.now() state.set('a', 1) state.set('b', 2) end }")
        let id = try kit.fire("j")
        let runs = Runs(kit.tools)
        for crash in 1...5 {
            #expect(try runs.claim(now: kit.clock.now, limit: 1, owner: "w\(crash)").count == 1)
            _ = try runs.recover(now: kit.clock.now) { _ in false }
        }
        #expect(try kit.run(id)?.state == .quarantined)
        #expect(try runs.claim(now: kit.clock.now, limit: 1, owner: "w").isEmpty)
        let outbox = try kit.store.read { connection in
            try connection.rows("SELECT type FROM outbox") { $0.text(0) }
        }
        #expect(outbox == ["run.failed"])
        #expect(try kit.store.write { try RunTable($0).retry(id, now: kit.clock.now) })
        try await kit.settle()
        #expect(try kit.run(id)?.state == .done)
    }
}
