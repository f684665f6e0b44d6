import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// `tidemill reprocess`, with the real program. What must come out is counted by hand.
struct ReprocessCommandTests {
    private static let catalog = """
        catalog {
          products = { { id = "p", displayName = "P" } },
          features = {
            { id = "tokens", displayName = "Tokens", featureType = "NUMBER", meterType = "INCREMENTAL",
              meter = { aggregation = { ["function"] = "SUM", field = "tokens" } } } },
          plans = { { id = "pro", productId = "p", displayName = "Pro", charges = { pricingType = "PAID",
            pricingModels = {
              { billingModel = "FLAT_FEE", pricePeriods = {
                { billingPeriod = "MONTHLY", price = { amount = 49, currency = "usd" } } } },
              { billingModel = "USAGE_BASED", featureId = "tokens", pricePeriods = {
                { billingPeriod = "MONTHLY", price = { amount = 0.5, currency = "usd" } } } },
            } } } },
        }
        """

    private func scripts(_ tokens: String) -> String {
        """
        \(Self.catalog)
        mapping { name = "tokens", map = function(event)
          return { dimensions = { tokens = \(tokens) } } end }
        """
    }

    private func mill(_ tokens: String = "event.dimensions.context") throws -> Mill {
        let mill = try Mill(scripts: ["a.lua": scripts(tokens)])
        try mill.runOnce()
        return mill
    }

    private func mend(_ mill: Mill) throws {
        try mill.folder.write("scripts/a.lua", scripts("event.dimensions.context + 3 * event.dimensions.generated"))
    }

    private func days(_ count: Int) -> String {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000)
            .advanced(bySeconds: -Int64(count) * 86_400).description
    }

    private func event(_ key: String, _ context: Int, _ generated: Int, daysAgo: Int = 1, customer: String = "acme")
        -> String
    {
        #"{"customerId":"\#(customer)","eventName":"call","idempotencyKey":"\#(key)","timestamp":"\#(days(daysAgo))","dimensions":{"context":\#(context),"generated":\#(generated)}}"#
            + "\n"
    }

    /// The scripts that were seen last.
    private func version(_ mill: Mill) throws -> String {
        try #require(try mill.json("call", "listScriptVersions", "{}")["data"]?.items.first?["version"]?.text)
    }

    private func dump(_ mill: Mill) throws -> StoreDump {
        let store = try SQLiteStore(path: mill.folder.path("var/tidemill.db"), environment: "test")
        defer { try? store.close() }
        return try StoreDump(store)
    }

    @Test func `a mapping that was wrong is put right: void, mend, deliver again, dry run, apply, undo`() throws {
        let mill = try mill()
        try mill.folder.write("ev.ndjson", event("a", 10, 5) + event("b", 1, 0) + event("c", 2, 1, customer: "other"))
        _ = try mill.json("ingest", mill.folder.path("ev.ndjson"))
        #expect(try mill.usage("tokens") == ["acme": "11", "other": "2"])
        let wrong = try version(mill)
        let id = try #require(try mill.delivery("ev.ndjson")?["delivery"]?.text)
        _ = try mill.json("deliveries", "void", id, "--reason", "wrong mapping")
        #expect(try mill.usage("tokens") == [:])

        try mend(mill)
        let again = try mill.program.run("ingest", mill.folder.path("ev.ndjson"))
        let said = again.err + String(decoding: again.out, as: UTF8.self)
        #expect(said.contains("tidemill reprocess --delivery \(id)"), "\(said)")
        let repeated = try #require(try mill.delivery("ev.ndjson"))
        #expect(repeated["repeatsVoided"]?.text == id && repeated["duplicate"] == 3)

        let before = try dump(mill)
        let tried = try mill.json("reprocess", "--delivery", id)
        #expect(try dump(mill).difference(from: before) == [])
        #expect(tried["state"] == "DRY_RUN" && tried["counts"]?["newlyApplied"] == 3)
        #expect(
            tried["usage"]?.items.map { [$0["customerId"], $0["before"], $0["after"]] }
                == [["acme", 0, 26], ["other", 0, 5]])
        let page = try mill.program.run("reprocess", "--delivery", id)
        #expect(String(decoding: page.out, as: UTF8.self).contains("--apply"))

        #expect(try mill.program.run("reprocess", "--delivery", id, "--apply").status == 2)
        let done = try mill.json("reprocess", "--delivery", id, "--apply", "--reason", "mapping was wrong")
        #expect(done["state"] == "DONE" && done["usage"] == tried["usage"])
        #expect(try mill.usage("tokens") == ["acme": "26", "other": "5"])
        #expect(try mill.json("verify")["ok"] == true)
        #expect(try mill.json("deliveries", "show", id)["voided"]?["restoredBy"]?.text == done["id"]?.text)
        let audit = try mill.json("audit", "--action", "reprocessEvents").items
        #expect(audit.map { $0["reason"] } == ["mapping was wrong"])
        #expect(try mill.json("reprocess", "list").items.map { $0["id"] } == [done["id"]])
        #expect(try mill.json("reprocess", "show", done["id"]?.text ?? "")["usage"] == done["usage"])

        // The same once more finds nothing to do; the version of before has 10 + 1, and 2.
        #expect(
            try mill.json("reprocess", "--delivery", id, "--apply", "--reason", "again")["counts"]?["unchanged"] == 3)
        _ = try mill.json("reprocess", "--scripts", String(wrong.prefix(12)), "--apply", "--reason", "undo")
        #expect(try mill.usage("tokens") == ["acme": "11", "other": "2"])
        #expect(try mill.json("verify")["ok"] == true)
        let unknown = try mill.json("reprocess", "--scripts", "ffff", status: 1)
        #expect(unknown["error"]?["message"]?.text?.contains("no script version") == true)
    }

    @Test func `what was billed is billed by the difference, and comes back with the version of before`() throws {
        let mill = try mill()
        _ = try mill.json("call", "provisionCustomer", #"{"id":"acme"}"#)
        _ = try mill.json(
            "call", "provisionSubscription",
            #"{"id":"s","customerId":"acme","planId":"pro","billingPeriod":"MONTHLY","startDate":"\#(days(63))","billingInformation":{"isBackdated":true}}"#
        )
        let wrong = try version(mill)
        // 34 days ago is of a month that is billed: 10 tokens for 5.00; with what was generated they are 16.
        try mill.deliver("late.ndjson", event("a", 10, 2, daysAgo: 34))
        try mill.runOnce()
        func next() throws -> Payload? {
            try mill.json("call", "previewNextInvoice", #"{"id":"s"}"#)["invoice"]?["total"]
        }
        #expect(try next() == 54)
        try mend(mill)
        let tried = try mill.json("reprocess", "--customer", "acme")
        let lines = tried["invoices"]?.items ?? []
        #expect(lines.map { [$0["quantity"], $0["amount"], $0["currency"]] } == [[6, 3, "usd"]])
        #expect(try next() == 54)
        _ = try mill.json("reprocess", "--customer", "acme", "--apply", "--reason", "mapping was wrong")
        try mill.runOnce()
        // 49 + 5 + 6 × 0.50.
        #expect(try next() == 57)
        #expect(try mill.json("verify")["ok"] == true)
        _ = try mill.json("reprocess", "--scripts", wrong, "--apply", "--reason", "undo")
        try mill.runOnce()
        #expect(try next() == 54)
        #expect(try mill.json("verify")["ok"] == true)
    }

    @Test(.enabled(if: FaultLibrary.isPossible, "needs a C compiler"))
    func `a program that is killed goes on where it stood`() throws {
        let library = try FaultLibrary()
        let mill = try mill()
        // Three transactions of events.
        let count = 9000
        try mill.folder.write(
            "many.ndjson", (0..<count).map { event("k\($0)", 1, 1, customer: "c\($0 % 50)") }.joined())
        _ = try mill.json("ingest", mill.folder.path("many.ndjson"))
        try mend(mill)
        // Each process comes some writes further than the one before, until one comes to the end.
        var mortal = mill.program
        var kills = 0
        var writes = 4
        while writes < 100_000 {
            mortal.environment = try library.environment(
                FaultLibrary.Fault(call: "death", error: 0, path: "tidemill.db-wal", after: writes))
            let ended = try mortal.run("reprocess", "--apply", "--reason", "mended", "--json")
            if ended.status != SIGKILL { break }
            kills += 1
            writes += writes / 3 + 1
        }
        #expect(kills >= 3, "\(kills)")
        #expect(try mill.json("reprocess", "list").items.count == 1)
        let ended = try mill.json("reprocess", "--apply", "--reason", "mended")
        #expect(ended["state"] == "DONE")
        #expect(try mill.usage("tokens") == Dictionary(uniqueKeysWithValues: (0..<50).map { ("c\($0)", "720") }))
        #expect(try mill.json("verify")["ok"] == true)
    }
}
