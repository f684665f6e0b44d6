import Foundation
import Testing
import TidemillOperations

/// Jobs that fail, as people see them through the real program.
struct FailingJobTests {
    private static func script(_ call: String) -> String {
        """
        job { name = "lg", schedule = "every 1s", run = function(run) \(call) end }
        job { name = "hook", on = "go", run = function(run) \(call) end }
        """
    }

    /// Lets a worker run until `isOver`; returns what it logged.
    private func work(_ mill: Mill, until isOver: () throws -> Bool) throws -> String {
        let log = mill.folder.path("worker.log")
        try mill.folder.write("worker.log", "")
        // The store is made before two processes look at it: on a slow disk one might wait too long for the other.
        _ = try mill.program.run("jobs", "--json")
        let worker = try mill.program.start(
            ["run"], err: try FileHandle(forWritingTo: URL(filePath: log)))
        defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
        var looks = 0
        while try !isOver(), looks < 200 { looks += 1 }
        worker.terminate()
        worker.waitUntilExit()
        return try mill.folder.read("worker.log")
    }

    private func failing(_ mill: Mill, _ job: String) throws -> Payload? {
        try mill.program.run("jobs", "--json").json().items.first { $0["name"]?.text == job }
    }

    @Test func `a misspelt operation shows in status, jobs and log, and starts again when it is mended`() throws {
        let mill = try Mill(scripts: ["jobs.lua": Self.script("client.provisonCustomer {}")])
        try mill.deliver("go.json", #"{"type": "go", "messageId": "1"}"#)
        let log = try work(mill) {
            try (failing(mill, "lg")?["failing"]?.count ?? 0) >= 3 && failing(mill, "hook")?["failing"] == 1
        }
        let why = "scripts/jobs.lua:1: client.provisonCustomer is not defined; did you mean 'provisionCustomer'?"
        #expect(log.contains("job lg failed: \(why); not tried again"))
        // One may have been entered, and not come to its end, when the worker was asked to end.
        let slots = try mill.json("runs", "--job", "lg", "--limit", "1000").items.filter { $0["state"] != "waiting" }
        #expect(slots.count >= 3 && slots.allSatisfy { $0["state"] == "failed" && $0["code"] == "needs_scripts" })
        let line = try failing(mill, "lg")
        #expect(line?["lastError"]?["message"] == .string(why) && line?["lastError"]?["code"] == "needs_scripts")
        let status = try mill.json("status", status: 1)
        let warnings = (status["warnings"]?.items ?? []).compactMap(\.text)
        #expect(
            warnings.contains {
                $0.hasPrefix("job lg failed ")
                    && $0.hasSuffix(
                        " times in a row: \(why); each slot fails until its script changes")
            }, "\(warnings)")

        // Mended while no worker runs: the webhook's run starts again, and of the slots the newest.
        try mill.folder.write("scripts/jobs.lua", Self.script("client.listCustomers {}"))
        let mended = try work(mill) {
            try failing(mill, "lg")?["failing"] == 0 && failing(mill, "hook")?["failing"] == 0
        }
        #expect(mended.contains("1 run of hook starts again: the script has changed"))
        #expect(try mill.json("runs", "--job", "hook").items.map { $0["state"] } == ["done"])
        let newest = try mill.json("runs", "show", slots.first?["id"]?.text ?? "")
        #expect(newest["state"] == "done" && newest["attempts"]?.items.count == 2)
        #expect(try mill.json("status")["healthy"] == true)
    }

    @Test func `a run that fails again and again says so, and is tried at once if a person wants it`() throws {
        let mill = try Mill(scripts: [
            "jobs.lua": """
            job { name = "bad", on = "go", retries = { first = "1h" }, run = function(run)
              client.getCustomer { id = "acme" }
            end }
            """
        ])
        try mill.deliver("go.json", #"{"type": "go"}"#)
        try mill.runOnce(expecting: 1)
        #expect(try mill.json("status")["healthy"] == true)
        let id = try #require(try mill.json("runs", "--job", "bad").items.first?["id"]?.text)
        #expect(try mill.json("runs", "retry", id)["state"] == "waiting")
        try mill.runOnce(expecting: 1)
        let warnings = (try mill.json("status", status: 1)["warnings"]?.items ?? []).compactMap(\.text)
        #expect(
            warnings.count == 1 && warnings[0].contains("; next try in ")
                && warnings[0].hasPrefix("job bad failed 2 times in a row: scripts/jobs.lua:2: CustomerNotFound"),
            "\(warnings)")
        let text = try mill.program.run("jobs").text
        #expect(text.contains("failing") && text.contains("last error") && text.contains("CustomerNotFound"))
        _ = try mill.json("call", "provisionCustomer", #"{"id": "acme"}"#)
        _ = try mill.json("runs", "retry", id)
        try mill.runOnce()
        #expect(try mill.json("status")["healthy"] == true)
        #expect(try mill.json("runs", "retry", id, status: 1)["error"]?["code"] == "not_retriable")
    }
}
