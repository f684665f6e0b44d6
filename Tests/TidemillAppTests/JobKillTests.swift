import Foundation
import Testing
import TidemillOperations

/// Promise 2 of architecture.md with real kills of the real program: the worker is killed at writes of its own all over
/// a job, and whenever a further step of a job has become visible in the store.
struct JobKillTests {
    /// 12 grants of 5 credits, 6 of 2 burned: 48 are left, wherever it is killed.
    private static let script = """
        catalog { currencies = { { id = "credits", displayName = "Credits" } } }
        grant { name = "welcome", on = "customer.created", decide = function(trigger)
          return { { customerId = trigger.customerId, currencyId = "credits", amount = 100, key = "welcome" } }
        end }
        job { name = "many", on = "go", run = function(run)
          client.provisionCustomer { id = "acme" }
          for round = 1, 6 do
            client.grantCredits { customerId = "acme", currencyId = "credits", amount = 5, grantType = "PROMOTIONAL" }
            client.consumeCredits { customerId = "acme", currencyId = "credits", amount = 2, idempotencyKey = "r" .. round }
            emit("round", { round = round, at = time.now(), luck = math.random(1, 1000000) })
            client.grantCredits { customerId = "acme", currencyId = "credits", amount = 5, grantType = "PROMOTIONAL" }
          end
          return client.getCreditBalance { customerId = "acme", currencyId = "credits" }.balance
        end }
        job { name = "count", on = "round", run = function(run)
          state.set("n", (state.get("n") or 0) + 1)
        end }
        """

    private func steps(_ mill: Mill) -> Int {
        // A store that is locked at this instant is looked at again.
        guard let ended = try? mill.program.run("runs", "--job", "many", "--json"), ended.status == 0,
            let run = try? ended.json().items.first?["id"]?.text,
            let shown = try? mill.program.run("runs", "show", run, "--json"), shown.status == 0,
            let journal = try? shown.json()["journal"]
        else { return 0 }
        return journal.items.count
    }

    @Test(.enabled(if: FaultLibrary.isPossible, "needs a C compiler"))
    func `every effect is there once, though the worker is killed at writes all over the job`() throws {
        let library = try FaultLibrary()
        let mill = try Mill(scripts: ["jobs.lua": Self.script], configuration: "level = \"warning\"")
        try mill.runOnce()
        try mill.deliver("go.json", #"{"type": "go", "messageId": "1"}"#)
        // Each worker comes some writes further than the one before, until one comes to the end of all that is due.
        var mortal = mill.program
        var kills = 0
        for writes in stride(from: 10, to: 4000, by: 7) {
            mortal.environment = try library.environment(
                FaultLibrary.Fault(call: "death", error: 0, path: "tidemill.db-wal", after: writes))
            let ended = try mortal.run("run", "--once", "--json")
            if ended.status != SIGKILL { break }
            kills += 1
            // Five that end before a step of theirs make it wait for a person.
            let left = try mill.json("runs", "--job", "many").items.first
            if left?["state"] == "quarantined", let id = left?["id"]?.text { _ = try mill.json("runs", "retry", id) }
        }
        try mill.runOnce()
        let runs = try mill.json("runs", "--job", "many").items
        #expect(runs.count == 1 && runs.first?["state"] == "done")
        // 100 from the welcome, 12 times 5 granted, 6 times 2 burned.
        let balance = try mill.json("call", "getCreditBalance", #"{"customerId": "acme", "currencyId": "credits"}"#)
        #expect(balance["balance"] == 148)
        let grants = try mill.json(
            "call", "listCreditGrants", #"{"customerId": "acme", "currencyId": "credits", "limit": 100}"#)
        #expect(grants["data"]?.items.count == 13)
        let files = try mill.folder.names(in: "spool/out").filter { !$0.hasPrefix(".") }
        #expect(files.count == 6)
        let rounds = try files.sorted().map {
            try Payload(json: mill.folder.read("spool/out/\($0)"))["payload"]?["round"]
        }
        #expect(rounds == [1, 2, 3, 4, 5, 6])
        #expect(try mill.json("runs", "--job", "count").items.count == 6)
        #expect(steps(mill) == 1 + 6 * 5 + 1)
        #expect(kills >= 5, "\(kills)")
    }

    @Test func `a job is killed as soon as a further step of it is seen, until it has ended`() throws {
        let mill = try Mill(scripts: ["jobs.lua": Self.script], configuration: "level = \"warning\"")
        try mill.runOnce()
        try mill.deliver("go.json", #"{"type": "go", "messageId": "1"}"#)
        var seen: Set<Int> = []
        // Each look takes as long as some steps: what is seen before a kill is what the next worker goes on from.
        while seen.count < 40 {
            let worker = try mill.program.start(["run"])
            defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
            let before = steps(mill)
            var looks = 0
            while steps(mill) <= before, looks < 20 { looks += 1 }
            kill(worker.processIdentifier, SIGKILL)
            worker.waitUntilExit()
            if !seen.insert(steps(mill)).inserted { break }
        }
        try mill.runOnce(expecting: nil)
        let balance = try mill.json("call", "getCreditBalance", #"{"customerId": "acme", "currencyId": "credits"}"#)
        #expect(balance["balance"] == 148)
        #expect(try mill.json("runs", "--job", "many").items.first?["state"] == "done")
    }

    @Test func `a hostile job ends as what it is, and the others go on`() throws {
        let mill = try Mill(
            scripts: [
                "a.lua": """
                job { name = "loop", on = "go", retries = { max = 0 }, run = function() while true do end end }
                job { name = "eat", on = "go", retries = { max = 0 }, run = function()
                  local t = {} while true do t[#t + 1] = ("x"):rep(100000) end end }
                job { name = "raise", on = "go", retries = { max = 0 }, run = function() error(setmetatable({}, {
                  __tostring = function() while true do end end })) end }
                job { name = "fine", on = "go", run = function() return 42 end }
                """
            ], configuration: "[limits]\njob_time = \"500ms\"\nmemory = \"16MiB\"")
        try mill.deliver("go.json", #"{"type": "go"}"#)
        try mill.runOnce(expecting: 1)
        var ends: [String: Payload?] = [:]
        for run in try mill.json("runs").items { ends[run["name"]?.text ?? ""] = run["code"] ?? run["result"] }
        #expect(ends["loop"] == "timeout")
        #expect(ends["eat"] == "memory")
        #expect(ends["raise"] == "error")
        #expect(ends["fine"] == 42)
        let status = try mill.json("status", status: 1)
        #expect(status["runs"]?["failed"] == 3)
    }
}
