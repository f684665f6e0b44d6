import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

/// What operations people do with jobs, through the real program: documents, pauses, failures, signals, status.
struct JobOperationTests {
    private func states(_ mill: Mill, _ job: String) throws -> [Payload?] {
        try mill.json("runs", "--job", job).items.map { $0["state"] }
    }

    private func warnings(_ mill: Mill) throws -> [String] {
        (try mill.program.run("status", "--json").json()["warnings"]?.items ?? []).compactMap(\.text)
    }

    // MARK: - Documents

    @Test func `a file without records starts the job that its name matches, once`() throws {
        let mill = try Mill(scripts: [
            "a.lua": """
            job { name = "seats", on = { file = "seats-*.json" }, run = function(run)
              return { file = run.trigger.file, seats = run.trigger.event.acme, source = run.trigger.source }
            end }
            job { name = "typed", on = "seats.snapshot", run = function(run) return run.trigger.event.acme end }
            """
        ])
        try mill.deliver("seats-1.json", #"{"acme": 12}"#)
        try mill.runOnce()
        let run = try #require(try mill.json("runs", "--job", "seats").items.first)
        #expect(run["result"] == ["file": "seats-1.json", "seats": 12, "source": "inbox"])
        #expect(run["trigger"]?["kind"] == "document" && run["trigger"]?["file"] == "seats-1.json")
        #expect(try mill.acknowledgement("seats-1.json")["applied"] == 1)
        // The same once more; the same content by another name; the same name with other content.
        try mill.deliver("seats-1.json", #"{"acme": 12}"#)
        try mill.runOnce()
        #expect(try states(mill, "seats").count == 1)
        try mill.deliver("seats-2.json", #"{"acme": 12}"#)
        try mill.deliver("seats-1.json", #"{"acme": 13}"#)
        try mill.runOnce()
        #expect(try states(mill, "seats") == ["done", "done", "done"])
        // One that says its type is a webhook, whatever its name.
        try mill.deliver("seats-3.json", #"{"type": "seats.snapshot", "acme": 14}"#)
        try mill.runOnce()
        #expect(try states(mill, "seats").count == 3)
        #expect(try mill.json("runs", "--job", "typed").items.map { $0["result"] } == [14])
        // And one that is no JSON is refused whole.
        try mill.deliver("seats-4.json", "acme;12")
        try mill.runOnce(expecting: 1)
        #expect(try mill.acknowledgement("seats-4.json")["code"] == "invalid_json")
    }

    // MARK: - Pauses

    @Test func `a paused job starts nothing until it is resumed, across restarts, and others go on`() throws {
        let mill = try Mill(scripts: [
            "a.lua": """
            job { name = "paused", on = "go", run = function() end }
            job { name = "other", on = "go", run = function() end }
            """
        ])
        #expect(try mill.json("pause", "pausd", "--reason", "x", status: 2)["error"]?["code"] == "no_such_job")
        #expect(try mill.json("pause", "paused", "--reason", "month end")["name"] == "paused")
        try mill.deliver("go.json", #"{"type": "go"}"#)
        for _ in 0..<2 {
            try mill.runOnce()
            #expect(try states(mill, "paused") == ["waiting"])
            #expect(try states(mill, "other") == ["done"])
        }
        let line = try mill.json("jobs").items.first { $0["name"] == "paused" }
        #expect(line?["paused"] == "month end" && line?["waiting"] == 1)
        #expect(try warnings(mill).contains { $0.hasPrefix("paused is paused by ") && $0.hasSuffix("month end") })
        #expect(try mill.json("resume", "paused")["wasPaused"] == true)
        try mill.runOnce()
        #expect(try states(mill, "paused") == ["done"])
        #expect(try warnings(mill) == [])
    }

    @Test func `grants and recharges are paused as a whole`() throws {
        let mill = try Mill(scripts: [
            "a.lua": """
            catalog { currencies = { { id = "credits", displayName = "C", creditPrice = { amount = 1, currency = "usd" } } } }
            grant { name = "welcome", on = "customer.created", decide = function(trigger)
              return { { customerId = trigger.customerId, currencyId = "credits", amount = 7, key = "w" } }
            end }
            job { name = "seen", on = "customer.created", run = function() end }
            """
        ])
        try mill.runOnce()
        func balance() throws -> Payload? {
            try mill.json("call", "getCreditBalance", #"{"customerId": "acme", "currencyId": "credits"}"#)["balance"]
        }
        _ = try mill.json("pause", "grants", "--reason", "audit")
        _ = try mill.json("pause", "recharge", "--reason", "audit")
        _ = try mill.json("call", "provisionCustomer", #"{"id": "acme"}"#)
        for _ in 0..<2 {
            // Recharges that are paused are told of by the worker, too.
            try mill.runOnce(expecting: nil)
            #expect(try balance() == 0)
        }
        #expect(try states(mill, "welcome") == ["waiting"] && states(mill, "seen") == ["done"])
        #expect(try mill.json("jobs").items.first { $0["name"] == "welcome" }?["paused"] == "audit")
        _ = try mill.json("resume", "grants")
        try mill.runOnce(expecting: nil)
        #expect(try balance() == 7)
        _ = try mill.json(
            "call", "saveAutoRecharge",
            #"{"customerId": "acme", "currencyId": "credits", "isEnabled": true, "thresholdValue": 20, "targetBalance": 50}"#
        )
        try mill.runOnce(expecting: nil)
        #expect(try balance() == 7)
        _ = try mill.json("resume", "recharge")
        try mill.runOnce()
        #expect(try balance() == 50)
    }

    // MARK: - Failures

    @Test func `a run that has failed for good shows in status until somebody retries it`() throws {
        let script = """
            job { name = "j", on = "go", retries = { max = 0 }, run = function(run)
              client.provisionCustomer { id = "acme" }
              error("not yet")
            end }
            job { name = "told", on = "run.failed", run = function(run) return run.trigger.event.message end }
            """
        let mill = try Mill(scripts: ["a.lua": script])
        try mill.deliver("go.json", #"{"type": "go"}"#)
        try mill.runOnce(expecting: 1)
        let failed = try #require(try mill.json("runs", "--state", "failed").items.first)
        #expect(failed["message"] == "scripts/a.lua:3: not yet")
        #expect(try mill.json("runs", "--job", "told").items.first?["result"] == failed["message"])
        let status = try mill.json("status", status: 1)
        #expect(status["runs"]?["failed"] == 1)
        #expect(try warnings(mill) == ["1 run has failed for good: `tidemill runs --state failed`"])
        try mill.folder.write("scripts/a.lua", script.replacing("error(\"not yet\")", with: "return 1"))
        let id = failed["id"]?.text ?? ""
        #expect(try mill.json("runs", "retry", String(id.prefix(8)), "--reason", "mended")["state"] == "waiting")
        try mill.runOnce()
        #expect(try mill.json("status")["healthy"] == true)
        let shown = try mill.json("runs", "show", id)
        #expect(shown["attempts"]?.items.map { $0["outcome"] } == ["failed", "done"])
        #expect(shown["journal"]?.items.map { $0["name"] } == ["client.provisionCustomer"])
        // Nothing is left to retry.
        #expect(try mill.json("runs", "retry", id, status: 1)["error"]?["code"] == "not_retriable")
    }

    @Test func `jobs that trigger each other stop, and status says so`() throws {
        let mill = try Mill(scripts: [
            "a.lua": """
            job { name = "ping", on = { "go", "pong" }, run = function() emit("ping", {}) end }
            job { name = "pong", on = "ping", run = function() emit("pong", {}) end }
            """
        ])
        try mill.deliver("go.json", #"{"type": "go"}"#)
        try mill.runOnce()
        #expect(try states(mill, "ping").count == 5 && states(mill, "pong").count == 4)
        #expect(try mill.json("status", status: 1)["runs"]?["cutOffEvents"] == 1)
        #expect(try warnings(mill).contains { $0.hasPrefix("1 events had more than 8 causes behind them") })
    }

    @Test func `a job that ends five workers is quarantined, and can be retried`() throws {
        let script = """
            job { name = "trap", on = "go", run = function(run)
              print("in the trap")
              while true do end
            end }
            job { name = "fine", on = "go", run = function() end }
            """
        let mill = try Mill(scripts: ["a.lua": script])
        try mill.runOnce()
        try mill.deliver("go.json", #"{"type": "go"}"#)
        var killed = 0
        while killed < 9 {
            guard let worker = try Trapped(mill, until: "in the trap", arguments: ["run", "--once"]) else { break }
            worker.end(SIGKILL)
            killed += 1
        }
        #expect(killed == 5)
        #expect(try states(mill, "trap") == ["quarantined"] && states(mill, "fine") == ["done"])
        #expect(
            try warnings(mill)
                == ["1 runs ended the process again and again: `tidemill runs --state quarantined`"])
        try mill.folder.write("scripts/a.lua", script.replacing("while true do end", with: ""))
        let id = try mill.json("runs", "--state", "quarantined").items.first?["id"]?.text ?? ""
        _ = try mill.json("runs", "retry", id)
        try mill.runOnce()
        #expect(try states(mill, "trap") == ["done"])
        #expect(try mill.json("status")["healthy"] == true)
    }

    // MARK: - Signals

    @Test func `a second signal ends the worker at once, and nothing is lost or done twice`() throws {
        let script = """
            catalog { currencies = { { id = "credits", displayName = "C" } } }
            job { name = "slow", on = "go", run = function(run)
              client.provisionCustomer { id = "acme" }
              client.grantCredits { customerId = "acme", currencyId = "credits", amount = 5, grantType = "PROMOTIONAL" }
              log.info("in the middle")
              while true do end
            end }
            """
        // A grace that nobody would wait out.
        let mill = try Mill(scripts: ["a.lua": script], configuration: "[worker]\nshutdown_grace = \"300s\"")
        try mill.runOnce()
        try mill.deliver("go.json", #"{"type": "go"}"#)
        let worker = try #require(try Trapped(mill, until: "in the middle", arguments: ["run"]))
        kill(worker.process.processIdentifier, SIGTERM)
        #expect(worker.waitFor("shutting down"))
        worker.end(SIGTERM)
        #expect(worker.process.terminationReason == .exit && worker.process.terminationStatus == 128 + SIGTERM)
        #expect(try states(mill, "slow") == ["running"])
        try mill.folder.write("scripts/a.lua", script.replacing("while true do end", with: "return run.attempt"))
        try mill.runOnce()
        #expect(try mill.json("runs", "--job", "slow").items.map { $0["result"] } == [1])
        let wallet = try mill.json("call", "getCreditBalance", #"{"customerId": "acme", "currencyId": "credits"}"#)
        #expect(wallet["balance"] == 5)
    }

    @Test func `one signal hands back what does not end in the grace time`() throws {
        let script = """
            job { name = "slow", on = "go", run = function(run)
              client.provisionCustomer { id = "acme" }
              log.info("in the middle")
              while true do end
            end }
            """
        let mill = try Mill(scripts: ["a.lua": script], configuration: "[worker]\nshutdown_grace = \"1s\"")
        try mill.runOnce()
        try mill.deliver("go.json", #"{"type": "go"}"#)
        let worker = try #require(try Trapped(mill, until: "in the middle", arguments: ["run"]))
        worker.end(SIGTERM)
        #expect(worker.process.terminationStatus == 0)
        let run = try #require(try mill.json("runs", "--job", "slow").items.first)
        #expect(run["state"] == "waiting" && run["failures"] == 0)
        let shown = try mill.json("runs", "show", run["id"]?.text ?? "")
        #expect(shown["attempts"]?.items.map { $0["outcome"] } == ["handed_back"])
    }

    // MARK: - Status

    @Test func `a stalled scheduler is noticed`() throws {
        let mill = try Mill(scripts: ["a.lua": "job { name = 'j', schedule = '@yearly', run = function() end }"])
        try mill.runOnce()
        #expect(try mill.json("status")["healthy"] == true)
        // As if it had been looked at for the last time six minutes ago.
        let store = try SQLiteStore(path: mill.folder.path("var/tidemill.db"), environment: "test")
        _ = try store.write { connection in
            try connection.execute(
                "UPDATE trigger_progress SET last_at = $1",
                [.integer(SystemWallclock().now.advanced(bySeconds: -360).microseconds)])
        }
        try store.close()
        let status = try mill.json("status", status: 1)
        #expect(
            status["warnings"]?.items.first?.text?.hasPrefix("nobody has looked at the schedules since ") == true)
        try mill.runOnce()
        #expect(try mill.json("status")["healthy"] == true)
    }
}

/// A worker that has said something, and goes on until it is ended.
private final class Trapped {
    let process: Process
    private let pipe = Pipe()
    private var log = ""

    /// Nil when it ended without saying it.
    init?(_ mill: Mill, until text: String, arguments: [String]) throws {
        process = try mill.program.start(arguments, err: pipe)
        guard waitFor(text) else {
            process.waitUntilExit()
            return nil
        }
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// False when it ends before.
    func waitFor(_ text: String) -> Bool {
        while !log.contains(text) {
            let bytes = pipe.fileHandleForReading.availableData
            if bytes.isEmpty { return false }
            log += String(decoding: bytes, as: UTF8.self)
        }
        return true
    }

    func end(_ signal: Int32) {
        kill(process.processIdentifier, signal)
        // What it still says must not block it.
        while !pipe.fileHandleForReading.availableData.isEmpty {}
        process.waitUntilExit()
    }
}
