import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillTestSupport

/// `fire --dry-run` and `run --once --dry-run`, by the real program: what they show is what the real thing does then, and
/// until then SQLite's own shell finds the store as it was.
struct DryRunTests {
    private static let scripts = """
        catalog {
          products = { { id = "product", displayName = "Product" } },
          currencies = { { id = "credits", displayName = "Credits", creditPrice = { amount = 1, currency = "usd" } } },
          features = { { id = "calls", displayName = "Calls", featureType = "NUMBER", meterType = "INCREMENTAL",
            meter = { aggregation = { ["function"] = "COUNT" } } } },
        }
        job { name = "topup", on = "topup.wanted", run = function(run)
          local customer = run.trigger.event.customerId
          client.grantCredits { customerId = customer, currencyId = "credits", amount = 25.5, grantType = "PROMOTIONAL" }
          client.consumeCredits { customerId = customer, currencyId = "credits", amount = 10, idempotencyKey = "use" }
          emit("topup.done", { customerId = customer, dry = run.dryRun })
        end }
        grant { name = "welcome", on = "topup.done", decide = function(trigger)
          return { { customerId = trigger.customerId, featureId = "calls", period = "1 month", usageLimit = 7, key = "w" } }
        end }
        """

    private func mill(more script: String = "", configuration: String = "") throws -> Mill {
        let mill = try Mill(scripts: ["rules.lua": Self.scripts + script], configuration: configuration)
        try mill.runOnce()
        _ = try mill.json(
            "call", "provisionCustomer", #"{"id": "acme", "defaultPaymentMethod": {"billingId": "pm_1"}}"#)
        return mill
    }

    /// All that the store and the spool hold, told by others.
    private func everything(_ mill: Mill) throws -> [String] {
        let shell = Process()
        shell.executableURL = URL(filePath: "/usr/bin/env")
        shell.arguments = ["sqlite3", mill.folder.path("var/tidemill.db"), ".dump"]
        let output = Pipe()
        shell.standardOutput = output
        try shell.run()
        let dump = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shell.waitUntilExit()
        let spool = try FileManager.default.subpathsOfDirectory(atPath: mill.folder.path("spool")).sorted()
        // Beside the store: the log of SQLite comes and goes, a copy must not stay.
        let beside = try FileManager.default.contentsOfDirectory(atPath: mill.folder.path("var"))
            .filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }.sorted()
        return [dump] + spool + beside
    }

    @Test func `run --once shows what would come of it, keeps nothing, and the real run does the same`()
        throws
    {
        let mill = try mill()
        try mill.deliver("want.json", #"{"type": "topup.wanted", "customerId": "acme", "messageId": "m1"}"#)
        try mill.deliver(
            "calls.ndjson", #"{"customerId": "acme", "eventName": "call", "idempotencyKey": "1"}"# + "\n{}")
        let before = try everything(mill)
        let tried = try mill.json("run", "--once", "--dry-run", status: 1)
        #expect(try everything(mill) == before)

        let rejected = try #require(tried["rejected"]?.items)
        #expect(rejected.count == 1 && rejected[0]["line"] == 2 && rejected[0]["payload"] == "{}")
        #expect(tried["dryRun"] == true && tried["cut"]?.items == [])
        #expect(tried["totals"]?["done"] == 2 && tried["totals"]?["applied"] == 2)
        #expect(tried["totals"]?["runs"]?["done"] == 2)
        let ledger = try #require(tried["ledger"]?.items)
        #expect(ledger.map { $0["eventType"] } == ["CREDITS_GRANTED", "CREDITS_CONSUMED"])
        #expect(ledger.map { $0["amount"] } == [.number("25.5"), -10])
        #expect(ledger.allSatisfy { $0["customerId"] == "acme" && $0["creditCurrencyId"] == "credits" })
        let grants = try #require(tried["creditGrants"]?.items)
        #expect(grants.count == 1 && grants[0]["amount"] == .number("25.5") && grants[0]["consumedAmount"] == 10)
        let entitlements = try #require(tried["promotionalEntitlements"]?.items)
        #expect(entitlements.count == 1 && entitlements[0]["usageLimit"] == 7)
        #expect(entitlements[0]["featureId"] == "calls" && entitlements[0]["customerId"] == "acme")
        let messages = try #require(tried["messages"]?.items)
        #expect(messages.map { $0["type"] } == ["topup.done"] && messages[0]["payload"]?["dry"] == true)
        let actions = Set(tried["audit"]?.items.compactMap { $0["action"]?.text } ?? [])
        #expect(actions.isSuperset(of: ["grantCredits", "consumeCredits", "grantPromotionalEntitlements"]))

        #expect(try mill.runOnce(expecting: 1)["done"] == 2)
        let balance = try mill.json("call", "getCreditBalance", #"{"customerId": "acme", "currencyId": "credits"}"#)
        #expect(balance["balance"] == .number("15.5"))
        #expect(try mill.usage("calls") == ["acme": "1"])
        let out = try mill.folder.names(in: "spool/out")
        #expect(out.count == 1)
        #expect(try Payload(json: mill.folder.read("spool/out/\(out[0])"))["payload"]?["dry"] == false)
    }

    @Test func `fire shows the journal and what it would leave, and works while others hold the store`()
        throws
    {
        let mill = try mill()
        let before = try everything(mill)
        // A writer that does not let go: nobody who needs the store's lock gets on.
        let writer = Process()
        writer.executableURL = URL(filePath: "/usr/bin/env")
        writer.arguments = ["sqlite3", mill.folder.path("var/tidemill.db")]
        let (input, output) = (Pipe(), Pipe())
        writer.standardInput = input
        writer.standardOutput = output
        try writer.run()
        try input.fileHandleForWriting.write(contentsOf: Data("BEGIN IMMEDIATE;\n.print held\n".utf8))
        #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "held\n")

        try mill.folder.write("event.json", #"{"type": "topup.wanted", "customerId": "acme"}"#)
        let tried = try mill.json("fire", "topup", "--dry-run", "--event", mill.folder.path("event.json"))
        try input.fileHandleForWriting.write(contentsOf: Data("ROLLBACK;\n.quit\n".utf8))
        writer.waitUntilExit()

        #expect(tried["run"]?["state"] == "done")
        #expect(
            tried["run"]?["journal"]?.items.map { $0["name"] } == [
                "client.grantCredits", "client.consumeCredits", "emit",
            ])
        #expect(tried["ledger"]?.items.map { $0["amount"] } == [.number("25.5"), -10])
        // What follows from it is not run.
        #expect(tried["promotionalEntitlements"]?.items == [])
        #expect(try everything(mill) == before)
        #expect(try mill.json("runs").items == [])
    }

    @Test func `a dry run asks no gateway, and shows what it would have asked for`() throws {
        let server = try PaymentServer()
        defer { server.stop() }
        let mill = try mill(
            configuration: """
                [payments]
                gateway = "http"
                url = "\(server.url.absoluteString)"
                """)
        _ = try mill.json(
            "call", "saveAutoRecharge",
            #"{"customerId": "acme", "currencyId": "credits", "isEnabled": true, "thresholdValue": 20, "targetBalance": 50}"#
        )
        let before = try everything(mill)
        let tried = try mill.json("run", "--once", "--dry-run")
        #expect(server.charges.isEmpty)
        #expect(try everything(mill) == before)
        let charges = try #require(tried["charges"]?.items)
        // From nothing to 50 credits at 1 usd.
        #expect(charges.count == 1 && charges[0]["amount"] == 50 && charges[0]["currency"] == "usd")
        #expect(charges[0]["customerId"] == "acme" && charges[0]["paymentMethodId"] == "pm_1")
        #expect(tried["totals"]?["recharges"]?["charged"] == 1)
        #expect(tried["ledger"]?.items.map { $0["amount"] } == [50])
        #expect(try mill.runOnce()["recharges"]?["charged"] == 1)
        #expect(server.paid.map(\.amount.description) == ["50"])
    }

    @Test func `no slot is used up, and schedules are seen as they are`() throws {
        let mill = try mill(
            more: #"job { name = "often", schedule = "every 1s", run = function() emit("tick", {}) end }"#)
        // The mill's own first run may have come to a slot on a slow machine.
        let runs = try mill.json("runs")
        // The schedule begins with the first look; its first slot is a second later at most.
        var slots: [String] = []
        for _ in 0..<200 where slots.isEmpty {
            let before = try everything(mill)
            slots = try mill.json("run", "--once", "--dry-run")["messages"]?.items.compactMap { $0["type"]?.text } ?? []
            #expect(try everything(mill) == before)
        }
        #expect(slots.first == "tick")
        #expect(try mill.json("runs") == runs)
    }

    @Test func `a job that fails says so, and a store that is not there is not made`() throws {
        let mill = try mill(
            more: #"job { name = "bad", on = "x", run = function() client.getCustomer { id = "no" } end }"#)
        let failed = try mill.json("fire", "bad", "--dry-run", status: 1)
        #expect(failed["run"]?["attempts"]?.items.first?["code"] == "CustomerNotFound")
        // A run of the whole worker says the same of each, and which grants wait for their customer.
        try mill.deliver("x.json", #"{"type": "x", "messageId": "1"}"#)
        try mill.deliver("done.json", #"{"type": "topup.done", "customerId": "nobody", "messageId": "2"}"#)
        let runs = try #require(try mill.json("run", "--once", "--dry-run", status: 1)["runs"]?.items)
        #expect(Set(runs.map { $0["name"]?.text }) == ["bad", "welcome"])
        #expect(runs.first { $0["name"] == "bad" }?["code"] == "CustomerNotFound")
        let grant = try #require(runs.first { $0["name"] == "welcome" }?["grants"]?.items.first)
        #expect(grant["state"] == "waiting" && grant["customerId"] == "nobody")

        let fresh = try Mill(scripts: ["rules.lua": Self.scripts])
        #expect(try fresh.json("run", "--once", "--dry-run")["totals"]?["done"] == 0)
        #expect(!FileManager.default.fileExists(atPath: fresh.folder.path("var")))
        #expect(!FileManager.default.fileExists(atPath: fresh.folder.path("spool")))
        #expect(try fresh.program.run("run", "--dry-run").status == 2)
    }

    @Test func `broken scripts are not tried by way of the last good ones`() throws {
        let mill = try mill()
        try mill.folder.write("scripts/more.lua", #"job { name = "x", run = functio() end }"#)
        let before = try everything(mill)
        for command in [["run", "--once", "--dry-run"], ["fire", "topup", "--dry-run"]] {
            let ended = try mill.program.run(command + ["--json"])
            #expect(ended.status == 2)
            #expect(try ended.json()["error"]?["problems"]?.items.first?["file"] == "scripts/more.lua")
        }
        #expect(try everything(mill) == before)
    }

    @Test func `an interrupted dry run leaves no copy`() throws {
        let mill = try mill(
            more: #"job { name = "long", on = "x", run = function() log.info("in the loop") while true do end end }"#,
            configuration: "level = \"info\"")
        let before = try everything(mill)
        let pipe = Pipe()
        let command = try mill.program.start(["fire", "long", "--dry-run"], err: pipe)
        defer { if command.isRunning { kill(command.processIdentifier, SIGKILL) } }
        var log = ""
        while !log.contains("in the loop") {
            let bytes = pipe.fileHandleForReading.availableData
            guard !bytes.isEmpty else { break }
            log += String(decoding: bytes, as: UTF8.self)
        }
        kill(command.processIdentifier, SIGTERM)
        command.waitUntilExit()
        #expect(command.terminationStatus == 128 + SIGTERM, "\(log)")
        #expect(try everything(mill) == before)
    }
}
