import Foundation
import Testing
import TidemillOperations

/// Each command's `--json` document and exit code, and what people read.
struct CommandTests {
    private func filled() throws -> Mill {
        let mill = try Mill()
        let examples = Program.projectRoot.appending(path: "examples/deliveries").path
        for name in try FileManager.default.contentsOfDirectory(atPath: examples).sorted() {
            try mill.deliver(name, try Data(contentsOf: URL(filePath: "\(examples)/\(name)")))
        }
        _ = try mill.program.run("call", "provisionCustomer", #"{"id":"acme"}"#)
        try mill.runOnce(expecting: 1)
        return mill
    }

    @Test func `the examples come out as the README tells`() throws {
        let mill = try filled()
        let billed = try mill.usage("feature-tokens")
        // acme: 1200+3·90, 480+3·31, 150+3·75, 90+3·300, 300+3·12; globex: 64+3·210, 700+3·44, 25+3·5;
        // initech: 2048+3·512, 10+3·20.
        #expect(billed == ["acme": "3744", "globex": "1566", "initech": "3654"])
        #expect(try mill.usage("feature-seats") == ["acme": "12"])
        #expect(try mill.delivery("cut-off.json")?["state"] == "failed")
        #expect(try mill.delivery("inference.ndjson")?["filteredBy"] == ["drop-failed": 2])
        #expect(try mill.delivery("redelivered.ndjson")?["duplicate"] == 2)
    }

    @Test func `usage answers by group and window with exact keys`() throws {
        let mill = try filled()
        let rows = try mill.json(
            "usage", "--feature", "feature-tokens", "--customer", "acme", "--group-by", "workload", "--window", "day")
        #expect(
            rows == [
                [
                    "customerId": "acme", "featureId": "feature-tokens", "value": 375,
                    "dimensions": ["workload": "chat"], "windowStart": "2025-03-03T00:00:00.000Z",
                ],
                [
                    "customerId": "acme", "featureId": "feature-tokens", "value": 2043,
                    "dimensions": ["workload": "code"], "windowStart": "2025-03-03T00:00:00.000Z",
                ],
                [
                    "customerId": "acme", "featureId": "feature-tokens", "value": 990,
                    "dimensions": ["workload": "chat"], "windowStart": "2025-03-04T00:00:00.000Z",
                ],
                [
                    "customerId": "acme", "featureId": "feature-tokens", "value": 336,
                    "dimensions": ["workload": "code"], "windowStart": "2025-03-05T00:00:00.000Z",
                ],
            ])
        // Half open, inside an hour: from the third request on, without the one at 9:03:00.125.
        let part = try mill.json(
            "usage", "--feature", "feature-requests", "--from", "2025-03-03T09:01:12.480Z", "--to",
            "2025-03-03T09:03:00.125Z")
        #expect(
            part == [
                ["customerId": "globex", "featureId": "feature-requests", "value": 1],
                ["customerId": "initech", "featureId": "feature-requests", "value": 1],
            ])
        // In Berlin the event of 2025-03-04T13:21:30Z is still of that day; a date begins at local midnight.
        let berlin = try mill.json(
            "usage", "--feature", "feature-tokens", "--customer", "acme", "--timezone", "Europe/Berlin", "--from",
            "2025-03-04", "--to", "2025-03-05", "--window", "day")
        #expect(berlin.items.map { $0["windowStart"] } == ["2025-03-03T23:00:00.000Z"])
        #expect(berlin.items.map { $0["value"] } == [990])
    }

    @Test func `events tells why each counted or did not`() throws {
        let mill = try filled()
        func outcome(_ customer: String, _ key: String) throws -> [Payload] {
            try mill.json("events", "--customer", customer, "--key", key).items
        }
        let filtered = try #require(try outcome("globex", "req-0004").first)
        #expect(filtered["outcome"] == "filtered")
        #expect(filtered["rule"] == "drop-failed")
        #expect(filtered["reason"] == "the request failed")
        let applied = try outcome("acme", "req-0001")
        #expect(applied.map { $0["outcome"] } == ["applied", "duplicate"])
        #expect(applied[0]["mapped"]?.items.first?["dimensions"]?["tokens"] == 1470)
        #expect(applied[0]["countedBy"]?.items.contains("feature-tokens") == true)
        #expect(try outcome("globex", "req-0014").first?["outcome"] == "rejected")
        #expect(try outcome("nobody", "x") == [])
    }

    @Test func `rejected records are shown, retried and dropped`() throws {
        let mill = try filled()
        let open = try mill.json("rejected").items
        #expect(open.count == 5)
        let seats = try #require(open.first { $0["code"] == "CustomerNotFound" })
        _ = try mill.json("call", "provisionCustomer", #"{"id":"nobody"}"#)
        let id = try #require(seats["id"]?.text)
        // Provisioning may have retried it already; then there is nothing left to retry.
        if try mill.json("rejected").items.contains(where: { $0["id"]?.text == id }) {
            #expect(try mill.json("rejected", "retry", id)["applied"] == 1)
        }
        #expect(try mill.usage("feature-seats") == ["acme": "12", "nobody": "3"])
        #expect(try mill.json("rejected", "drop", "--code", "rule_error")["dropped"] == 1)
        #expect(try mill.json("rejected").items.count == 3)
        #expect(try mill.json("rejected", "--all").items.count == 5)
        let again = try mill.json("rejected", "retry", "--all", status: 1)
        #expect(again["rejected"] == 3)
        #expect(try mill.json("rejected", "drop", "--all")["dropped"] == 3)
        #expect(try mill.json("rejected", "retry", id, status: 1)["error"]?["code"] == "not_found")
        #expect(try mill.json("rejected", "drop", status: 2)["error"]?["code"] == "usage")
        let audit = try mill.json("audit", "--limit", "1000").items
        let drops = audit.filter { $0["action"] == "dropRejected" }.map { $0["details"] }
        #expect(drops == [["records": 3], ["records": 1, "code": "rule_error"]], "the newest first")
        #expect(audit.contains { $0["action"] == "retryRejected" && $0["details"]?["records"] == 3 })
        #expect(audit.contains { $0["action"] == "takeScripts" })
    }

    @Test func `a pause holds deliveries across restarts, and resume lets them go on`() throws {
        let mill = try Mill()
        let first = try mill.json("pause", "ingest", "--reason", "month end")
        #expect(first["reason"] == "month end" && first["wasPaused"] == false)
        let second = try mill.json("pause", "ingest", "--reason", "again")
        #expect(second["reason"] == "month end" && second["wasPaused"] == true)
        let rows = try mill.json("audit", "--action", "pause").items
        #expect(rows.map { $0["reason"] } == ["month end"])
        #expect(rows.map { $0["actorKind"] } == ["person"])
        #expect(rows.first?["actor"]?.text?.isEmpty == false)
        try mill.deliver("one.ndjson", BadInputTests.good)
        let totals = try mill.runOnce(expecting: 1)
        #expect(totals["paused"] == "month end")
        #expect(try mill.folder.names(in: "spool/inbox") == ["one.ndjson"])
        let status = try mill.json("status", status: 1)
        #expect(status["healthy"] == false)
        #expect(status["paused"]?.items.first?["reason"] == "month end")
        #expect(
            try mill.json("ingest", mill.folder.path("spool/inbox/one.ndjson"), status: 1)["error"]?["code"] == "paused"
        )
        #expect(try mill.json("resume", "ingest")["wasPaused"] == true)
        #expect(try mill.json("resume", "ingest")["wasPaused"] == false)
        try mill.runOnce()
        #expect(try mill.usage("feature-requests") == ["good": "1"])
        #expect(try mill.json("status")["healthy"] == true)
    }

    @Test func `a delivery that failed is pointed out, until it is voided`() throws {
        let mill = try Mill()
        try mill.deliver("cut-off.json", #"[{"customerId": "good""#)
        try mill.runOnce(expecting: 1)
        let warning = try #require(try mill.json("status", status: 1)["warnings"]?.items.first?.text)
        #expect(warning.hasPrefix("cut-off.json failed within a day ("))
        let id = try #require(try mill.delivery("cut-off.json")?["delivery"]?.text)
        _ = try mill.json("deliveries", "void", id, "--reason", "delivered again by hand")
        #expect(try mill.json("status")["healthy"] == true)
    }

    @Test func `an inbox that is gone, and deliveries that nobody is at, are pointed out`() throws {
        let mill = try Mill()
        try mill.runOnce()
        try FileManager.default.removeItem(atPath: mill.folder.path("spool/inbox"))
        let gone = try #require(try mill.json("status", status: 1)["warnings"]?.items.first?.text)
        #expect(gone.hasPrefix("an inbox cannot be read: cannot open the folder "))
        try mill.runOnce()
        #expect(try mill.json("status")["healthy"] == true)
        try mill.folder.write("spool/work/01JD000000DEADXX8GZ1000001__left.json", "[]")
        let spool = try mill.folder.read("spool/.spool")
        let shell = Process()
        shell.executableURL = URL(filePath: "/usr/bin/env")
        shell.arguments = [
            "sqlite3", mill.folder.path("var/tidemill.db"),
            """
            INSERT INTO deliveries(id, inbox, name, size, modified_at, received_at, owner, state, spool_id)
            VALUES ('01JD000000DEADXX8GZ1000001', 'inbox', 'left.json', 2, 0, 0, 'DEADXX', 'claimed',
              trim('\(spool)', char(10)))
            """,
        ]
        try shell.run()
        shell.waitUntilExit()
        let left = try #require(try mill.json("status", status: 1)["warnings"]?.items.first?.text)
        #expect(left == "a delivery is in progress, and no worker runs: start one, it goes on with it")
    }

    @Test func `a failing rule holds the delivery and pauses ingest until the scripts change`() throws {
        let bad = "filter { name = \"broken\", keep = function(event) return event.dimensions.status.x == 1 end }\n"
        let good = "filter { name = \"broken\", keep = function(event) return true end }\n"
        let catalog = try String(contentsOfFile: "\(Mill.shippedScripts)/catalog.lua", encoding: .utf8)
        let mill = try Mill(scripts: ["catalog.lua": catalog, "filters.lua": bad])
        let lines = (0..<200).map { BadInputTests.good.replacing("KEY", with: "\($0)") }
        try mill.deliver("many.ndjson", lines.joined(separator: "\n"))
        let totals = try mill.runOnce(expecting: 1)
        #expect(totals["held"] == 1)
        #expect(try mill.delivery("many.ndjson")?["state"] == "held")
        #expect(try mill.json("status", status: 1)["paused"]?.items.count == 1)
        #expect(try mill.usage("feature-requests") == [:])
        try mill.folder.write("scripts/filters.lua", good)
        try mill.runOnce()
        #expect(try mill.delivery("many.ndjson")?["applied"] == 200)
        #expect(try mill.usage("feature-requests") == ["good": "200"])
    }

    @Test func `check reports every problem with file and line, and changes nothing`() throws {
        let mill = try Mill(
            scripts: [
                "a.lua": "filter { name = \"x\", keap = function() end }\n",
                "b.lua": "\nmapping { name = \"y\" }\nlocal x = = 1\n",
                "c.lua": "\n\ncatalog { features = { { id = \"f\" } }, prodcts = {} }\n",
            ], configuration: "levle = \"info\"")
        let ended = try mill.program.run("check")
        #expect(ended.status == 2)
        let config = mill.folder.path("config.toml")
        #expect(
            ended.text.contains("\(config):13: [log] has no key \"levle\"; did you mean \"level\"?"), "\(ended.text)")
        #expect(ended.text.contains("scripts/a.lua:1: filter \"x\": unknown key 'keap' (did you mean 'keep'?)"))
        #expect(ended.text.contains("scripts/b.lua:3:"))
        #expect(ended.text.contains("scripts/c.lua:3: catalog: unknown key 'prodcts' (did you mean 'products'?)"))
        #expect(
            ended.text.contains("scripts/c.lua:3: feature \"f\": 'catalog.features[1].displayName' is required"),
            "\(ended.text)")
        #expect(try mill.json("check", status: 2)["problems"]?.items.count ?? 0 >= 3)
        #expect(!FileManager.default.fileExists(atPath: mill.folder.path("var")))
        let fine = try Mill()
        #expect(try fine.json("check")["ok"] == true)
        try fine.folder.write("scripts/job.lua", "job { name = \"nightly\", run = function() end }\n")
        // The shipped policy buys credits, and the shipped gateway charges nobody.
        #expect(try fine.json("check")["warnings"]?.items.count == 1)
        try fine.folder.write(
            "scripts/job.lua", "job { name = \"nightly\", schedule = \"61 * * * *\", run = function() end }\n")
        #expect(try fine.program.run("check").text.contains("scripts/job.lua:1: job \"nightly\": "))
        #expect(!FileManager.default.fileExists(atPath: fine.folder.path("var")))
    }

    @Test func `a changed meter waits for apply`() throws {
        let mill = try filled()
        #expect(try mill.json("apply")["changes"] == [])
        let catalog = try mill.folder.read("scripts/catalog.lua")
        try mill.folder.write(
            "scripts/catalog.lua",
            catalog.replacing("\"Billed tokens\", \"tokens\"", with: "\"Billed tokens\", \"contextTokens\""))
        try mill.runOnce()
        #expect(try mill.usage("feature-tokens")["acme"] == "3744")
        let shown = try mill.json("apply")
        #expect(shown["applied"] == false)
        #expect(shown["changes"]?.items.map { $0["id"] } == ["feature-tokens"])
        #expect(try mill.program.run("apply").status == 2)
        #expect(try mill.json("apply", "--yes")["applied"] == true)
        // What a script brings is the script's, what waited for a person is that person's.
        let applied = try mill.json("audit", "--action", "catalog.change").items.first
        #expect(applied?["actorKind"] == "person")
        #expect(applied?["actor"]?.text?.isEmpty == false)
        let added = try mill.json("audit", "--action", "catalog.add").items.first
        #expect(added?["actorKind"] == "catalog")
        #expect(added?["actor"]?.text?.isEmpty == false)
        // The worker fills the new meter in from the stored events; the answer changes once that is complete.
        try mill.runOnce()
        #expect(try mill.usage("feature-tokens")["acme"] == "2220")
        #expect(try mill.json("apply")["changes"] == [])
    }

    @Test func `ingest takes files by command, and repeats change nothing`() throws {
        let mill = try Mill()
        let file = Program.projectRoot.appending(path: "examples/deliveries/inference.ndjson").path
        let first = try mill.json("ingest", file)
        #expect(first.items.first?["applied"] == 6)
        #expect(first.items.first?["filteredBy"] == ["drop-failed": 2])
        #expect(try mill.json("ingest", file, "--again").items.first?["duplicate"] == 8)
        #expect(try mill.json("ingest", "/nowhere.ndjson", status: 2)["error"]?["code"] == "usage")
        #expect(try mill.json("verify")["ok"] == true)
    }

    @Test func `wrong use ends with 2, help with 0, and JSON stays one document`() throws {
        let mill = try Mill()
        for arguments in [["nonsense"], ["usage", "--window", "week"], ["usage", "--nope"], ["pause", "ingest"]] {
            let ended = try mill.program.run(arguments + ["--json"])
            #expect(ended.status == 2, "\(arguments)")
            #expect(try ended.json()["error"]?["code"] == "usage", "\(arguments)")
        }
        #expect(try mill.program.run("usage", "--help").status == 0)
        #expect(try mill.json("usage", "--feature", "feature-tokns", status: 1)["error"]?["code"] == "FeatureNotFound")
        #expect(try mill.json("call", "reportUsag", "{}", status: 2)["error"]?["code"] == "unknown_operation")
        let unread = Program(config: mill.folder.path("nowhere.toml"))
        #expect(try unread.run("usage", "--json").json()["error"]?["code"] == "configuration")
    }

    @Test func `a store of another environment is refused before anything happens`() throws {
        let mill = try Mill()
        try mill.runOnce()
        let text = try mill.folder.read("config.toml")
        try mill.folder.write("config.toml", text.replacing("\"test\"", with: "\"prod\""))
        let ended = try mill.program.run("run", "--once", "--json")
        #expect(ended.status == 2)
        #expect(
            try ended.json()["error"]?["message"]?.text
                == "the store belongs to environment \"test\", the configuration says \"prod\"; use another store.url or set environment = \"test\""
        )
    }

    @Test func `a file of a command that was held goes on after resume, and status says that it waits`() throws {
        let bad = "filter { name = \"broken\", keep = function(event) return event.dimensions.status.x == 1 end }\n"
        let catalog = try String(contentsOfFile: "\(Mill.shippedScripts)/catalog.lua", encoding: .utf8)
        let mill = try Mill(scripts: ["catalog.lua": catalog, "filters.lua": bad])
        let lines = (0..<200).map { BadInputTests.good.replacing("KEY", with: "\($0)") }
        try mill.folder.write("many.ndjson", lines.joined(separator: "\n"))
        let file = mill.folder.path("many.ndjson")
        #expect(try mill.json("ingest", file, status: 1).items.first?["state"] == "held")
        #expect(try mill.json("status", status: 1)["paused"]?.items.count == 1)
        #expect(try mill.json("ingest", file, status: 1)["error"]?["code"] == "paused")
        #expect(try mill.json("resume", "ingest")["waitingCommands"]?.items.count == 1)
        #expect(try mill.json("status", status: 1)["waitingCommands"]?.items.count == 1)
        let ended = try #require(try mill.json("ingest", file, status: 1).items.first)
        #expect(ended["state"] == "done")
        #expect(ended["rejected"] == 200)
        #expect(try mill.json("status", status: 1)["waitingCommands"]?.items.isEmpty == true)
    }

    @Test func `status names files that will not be taken`() throws {
        let mill = try Mill()
        try mill.runOnce()
        try mill.deliver("notes.txt", "not a delivery")
        let status = try mill.json("status", status: 1)
        #expect(status["inbox"]?["refused"] == 1)
        #expect(status["warnings"]?.items.first?.text?.contains("notes.txt") == true)
    }

    @Test func `verify compares reported usage too`() throws {
        let mill = try filled()
        let good = try mill.json("verify")
        #expect(good["ok"] == true)
        #expect(good["counters"] == 1)
        let shell = Process()
        shell.executableURL = URL(filePath: "/usr/bin/env")
        shell.arguments = ["sqlite3", mill.folder.path("var/tidemill.db"), "DELETE FROM usage_levels"]
        try shell.run()
        shell.waitUntilExit()
        let bad = try mill.json("verify", status: 1)
        #expect(bad["ok"] == false)
        #expect(bad["differences"]?.items.count == 1)
    }
}
