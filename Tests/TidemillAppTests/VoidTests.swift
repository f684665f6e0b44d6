import Foundation
import Testing
import TidemillOperations

/// `deliveries void`, with the real program. What is left is counted by hand.
struct VoidTests {
    private func feature(_ name: String, _ function: String, _ meterType: String = "INCREMENTAL") -> String {
        let field = function == "COUNT" ? "" : #", field = "v""#
        return """
            { id = "\(name)", displayName = "\(name)", featureType = "NUMBER", meterType = "\(meterType)",
              meter = { aggregation = { ["function"] = "\(function)"\(field) } } },
            """
    }

    private func mill() throws -> Mill {
        let features = ["sum", "count", "max", "min", "avg", "unique"].map { feature($0, $0.uppercased()) }.joined()
        return try Mill(scripts: [
            "rules.lua": """
            catalog { features = { \(features)
              { id = "seats", displayName = "Seats", featureType = "NUMBER", meterType = "FLUCTUATING" } } }
            """
        ])
    }

    private func event(_ key: String, _ value: String, hour: Int = 10, customer: String = "acme") -> String {
        #"{"customerId":"\#(customer)","eventName":"e","idempotencyKey":"\#(key)","timestamp":"2026-10-01T\#(hour):00:00Z","dimensions":{"v":\#(value)}}"#
            + "\n"
    }

    private func usage(_ mill: Mill) throws -> [String: [String: String]] {
        var found: [String: [String: String]] = [:]
        for name in ["sum", "count", "max", "min", "avg", "unique"] { found[name] = try mill.usage(name) }
        return found
    }

    @Test func `usage is what the other deliveries come to, whatever the meter`() throws {
        let mill = try mill()
        // Good: 5, 7 at ten and 3 at eleven. Bad: 100, −4, 7 at ten, and a customer of its own.
        try mill.deliver("good.ndjson", event("a", "5") + event("b", "7") + event("c", "3", hour: 11))
        try mill.runOnce()
        let before = try usage(mill)
        try mill.deliver(
            "bad.ndjson", event("x", "100") + event("y", "-4") + event("z", "7") + event("w", "1", customer: "other"))
        try mill.runOnce()
        #expect(try mill.usage("sum") == ["acme": "118", "other": "1"])
        let id = try #require(try mill.delivery("bad.ndjson")?["delivery"]?.text)

        let voided = try mill.json("deliveries", "void", id, "--reason", "sent test data")
        #expect(voided["events"] == 4 && voided["reports"] == 0)
        #expect(try usage(mill) == before)
        #expect(
            before == [
                "sum": ["acme": "15"], "count": ["acme": "3"], "max": ["acme": "7"], "min": ["acme": "3"],
                "avg": ["acme": "5"], "unique": ["acme": "3"],
            ])
        #expect(try mill.json("verify")["ok"] == true)
        let told = try mill.json("events", "--customer", "acme", "--key", "x").items.first
        #expect(told?["outcome"] == "voided" && told?["reason"] == "sent test data")
        #expect(try mill.delivery("bad.ndjson")?["voided"]?["reason"] == "sent test data")
        let audit = try mill.json("audit", "--action", "voidDelivery").items.first
        #expect(audit?["reason"] == "sent test data" && audit?["details"]?["name"] == "bad.ndjson")

        // Its keys stay known, a second void says who did it, and new events count as ever.
        try mill.deliver("again.ndjson", event("x", "100") + event("n", "2"))
        try mill.runOnce()
        #expect(try mill.usage("sum") == ["acme": "17"])
        let second = try mill.json("deliveries", "void", id, "--reason", "once more", status: 1)
        #expect(second["error"]?["message"]?.text?.contains("was voided already") == true)
        #expect(try mill.json("verify")["ok"] == true)
    }

    @Test func `reported usage goes back to what the others reported`() throws {
        let mill = try mill()
        _ = try mill.json("call", "provisionCustomer", #"{"id":"acme"}"#)
        func report(_ value: Int, _ behavior: String, _ key: String) -> String {
            #"{"customerId":"acme","featureId":"seats","value":\#(value),"updateBehavior":"\#(behavior)","idempotencyKey":"\#(key)"}"#
                + "\n"
        }
        try mill.deliver("first.ndjson", report(4, "DELTA", "a"))
        try mill.runOnce()
        try mill.deliver("bad.ndjson", report(50, "SET", "b") + report(1, "DELTA", "c"))
        try mill.runOnce()
        try mill.deliver("later.ndjson", report(2, "DELTA", "d"))
        try mill.runOnce()
        #expect(try mill.usage("seats") == ["acme": "53"])
        let id = try #require(try mill.delivery("bad.ndjson")?["delivery"]?.text)
        let voided = try mill.json("deliveries", "void", id, "--reason", "wrong file")
        #expect(voided["reports"] == 2)
        #expect(try mill.usage("seats") == ["acme": "6"])
        #expect(try mill.json("verify")["ok"] == true)
    }

    @Test func `burned credits come back, and the ledger keeps both rows`() throws {
        let mill = try Mill(scripts: [
            "rules.lua": """
            catalog {
              products = { { id = "ai", displayName = "AI" } },
              currencies = { { id = "credits", displayName = "Credits" } },
              features = { { id = "tokens", displayName = "Tokens", featureType = "NUMBER", meterType = "INCREMENTAL",
                meter = { aggregation = { ["function"] = "SUM", field = "v" } } } },
              plans = { { id = "pro", productId = "ai", displayName = "Pro", charges = { pricingType = "PAID",
                pricingModels = { { billingModel = "CREDIT_BASED", featureId = "tokens", pricePeriods = { {
                  billingPeriod = "MONTHLY", creditRate = { amount = 0.5, currencyId = "credits" } } } } } } } },
            }
            """
        ])
        _ = try mill.runOnce()
        _ = try mill.json("call", "provisionCustomer", #"{"id":"acme"}"#)
        _ = try mill.json(
            "call", "provisionSubscription", #"{"customerId":"acme","planId":"pro","billingPeriod":"MONTHLY"}"#)
        _ = try mill.json(
            "call", "grantCredits",
            #"{"customerId":"acme","currencyId":"credits","amount":100,"displayName":"Start","grantType":"PROMOTIONAL"}"#
        )
        func balance() throws -> Payload? {
            try mill.json("call", "getCreditBalance", #"{"customerId":"acme","currencyId":"credits"}"#)["currentUsage"]
        }
        try mill.deliver("good.ndjson", event("a", "20"))
        try mill.runOnce()
        try mill.deliver("bad.ndjson", event("b", "60") + event("c", "4"))
        try mill.runOnce()
        // Half a credit a token: 10, then 30 and 2.
        #expect(try balance() == 42)
        let id = try #require(try mill.delivery("bad.ndjson")?["delivery"]?.text)
        _ = try mill.json("deliveries", "void", id, "--reason", "test data")
        #expect(try balance() == 10)
        #expect(try mill.json("verify")["ok"] == true)
        let ledger = try mill.json("call", "getCreditLedger", #"{"customerId":"acme","currencyId":"credits"}"#)["data"]?
            .items
        let consumed = ledger?.filter { $0["eventType"] == "CREDITS_CONSUMED" }.compactMap { $0["amount"] } ?? []
        #expect(consumed.contains(32) && consumed.contains(-32) || consumed.contains(30) && consumed.contains(-30))
    }

    @Test func `a report that gave credits back is voided as any other: they are burned again`() throws {
        let mill = try Mill(scripts: [
            "rules.lua": """
            catalog {
              products = { { id = "ai", displayName = "AI" } },
              currencies = { { id = "credits", displayName = "Credits" } },
              features = { { id = "images", displayName = "Images", featureType = "NUMBER", meterType = "INCREMENTAL" } },
              plans = { { id = "pro", productId = "ai", displayName = "Pro", charges = { pricingType = "PAID",
                pricingModels = { { billingModel = "CREDIT_BASED", featureId = "images", pricePeriods = { {
                  billingPeriod = "MONTHLY", creditRate = { amount = 2, currencyId = "credits" } } } } } } } },
            }
            """
        ])
        _ = try mill.runOnce()
        _ = try mill.json("call", "provisionCustomer", #"{"id":"acme"}"#)
        _ = try mill.json(
            "call", "provisionSubscription", #"{"customerId":"acme","planId":"pro","billingPeriod":"MONTHLY"}"#)
        _ = try mill.json(
            "call", "grantCredits",
            #"{"customerId":"acme","currencyId":"credits","amount":100,"displayName":"Start","grantType":"PROMOTIONAL"}"#
        )
        func balance() throws -> Payload? {
            try mill.json("call", "getCreditBalance", #"{"customerId":"acme","currencyId":"credits"}"#)["balance"]
        }
        for (name, value, left) in [("a", 10, 80), ("b", -4, 88), ("c", -20, 100)] as [(String, Int, Int64)] {
            try mill.deliver(
                "\(name).ndjson",
                #"{"customerId":"acme","featureId":"images","value":\#(value),"idempotencyKey":"\#(name)"}"# + "\n")
            try mill.runOnce()
            #expect(try balance() == .integer(left))
        }
        // Of 10, −4 and −20 images, at 2 credits each: without the last 6, without the second 10, without the first none.
        for (name, left) in [("c", 88), ("b", 80), ("a", 100)] as [(String, Int64)] {
            let id = try #require(try mill.delivery("\(name).ndjson")?["delivery"]?.text)
            _ = try mill.json("deliveries", "void", id, "--reason", "wrong file")
            #expect(try balance() == .integer(left), "without \(name)")
            #expect(try mill.json("verify")["ok"] == true)
        }
    }

    @Test func `what cannot be voided is told`() throws {
        let mill = try mill()
        let missing = try mill.json("deliveries", "void", "nothing", "--reason", "x", status: 1)
        #expect(missing["error"]?["message"]?.text?.contains("there is no delivery \"nothing\"") == true)
        let blank = try mill.program.run("deliveries", "void", "nothing", "--reason", " ")
        #expect(blank.status == 2)
    }
}
