import Foundation
import Testing
import TidemillOperations

/// Every decision of a rule is stored with its reason, also those about a part of an event.
struct DecisionTests {
    private let catalog = """
        catalog { features = { { id = "f", displayName = "F", featureType = "NUMBER", meterType = "INCREMENTAL",
          meter = { aggregation = { ["function"] = "SUM", field = "v" } } } } }
        """

    @Test func `a part that a later filter drops is told with the filter and its reason`() throws {
        let mill = try Mill(scripts: [
            "rules.lua": catalog + """

                mapping { name = "split", event = "call", map = function(event)
                  return { { dimensions = { v = 2 } }, { eventName = "other", resourceId = "r", dimensions = { v = 5 } } }
                end }
                filter { name = "no-others", event = "other", keep = function() return false, "not billed" end }
                """
        ])
        try mill.deliver("one.json", #"{"customerId":"c","eventName":"call","idempotencyKey":"k","resourceId":"x"}"#)
        try mill.runOnce()
        let event = try #require(try mill.json("events", "--customer", "c").items.first)
        #expect(event["outcome"] == "applied")
        #expect(event["mapped"] == [["dimensions": ["v": 2]]])
        #expect(
            event["dropped"] == [
                [
                    "mapped": ["dimensions": ["v": 5], "eventName": "other", "resourceId": "r"], "rule": "no-others",
                    "reason": "not billed",
                ]
            ])
        #expect(try mill.usage("f") == ["c": "2"])
        #expect(try mill.json("verify")["ok"] == true)
    }

    @Test func `a mapping's bad answer names the mapping and its place`() throws {
        let mill = try Mill(scripts: [
            "rules.lua": catalog + """

                mapping { name = "late", map = function(event) return { timestamp = "yesterday" } end }
                """
        ])
        try mill.deliver("one.json", #"{"customerId":"c","eventName":"call","idempotencyKey":"k"}"#)
        try mill.runOnce(expecting: 1)
        let rejected = try #require(try mill.json("rejected").items.first)
        #expect(rejected["rule"] == "late")
        #expect(
            rejected["message"]?.text
                == #"scripts/rules.lua:3: mapping "late" answered: 'timestamp' must be an RFC 3339 instant such as "2026-10-01T00:00:02.500Z", got "yesterday""#
        )
    }

    @Test func `a resource that a mapping takes away is gone`() throws {
        let mill = try Mill(scripts: [
            "rules.lua": catalog + """

                mapping { name = "merge", map = function(event) return { resourceId = json.null, dimensions = { v = 1 } } end }
                """
        ])
        try mill.deliver("one.json", #"{"customerId":"c","eventName":"call","idempotencyKey":"k","resourceId":"x"}"#)
        try mill.runOnce()
        let rows = try mill.json("usage").items
        #expect(rows.map { $0["resourceId"] } == [nil])
        #expect(
            try mill.json("events", "--customer", "c").items.first?["mapped"] == [
                ["dimensions": ["v": 1], "resourceId": .null]
            ])
        #expect(try mill.json("verify")["ok"] == true)
    }

    @Test func `an event that costs no credits says why, and status warns of it`() throws {
        let mill = try Mill(scripts: [
            "catalog.lua": """
            catalog {
              products = { { id = "p", displayName = "P" } },
              currencies = { { id = "cr", displayName = "Cr", units = { singular = "c", plural = "cs" } } },
              features = { { id = "llm", displayName = "L", featureType = "NUMBER", meterType = "INCREMENTAL",
                meter = { aggregation = { ["function"] = "SUM", field = "tok" } } } },
              plans = { { id = "a", productId = "p", displayName = "A", charges = { pricingType = "PAID",
                pricingModels = { { billingModel = "CREDIT_BASED", featureId = "llm", pricePeriods = { {
                  billingPeriod = "MONTHLY", creditRate = { currencyId = "cr", costFormula = "inp + out" } } } } } } } } }
            """
        ])
        try mill.runOnce()
        _ = try mill.json("call", "provisionCustomer", #"{"id":"c"}"#)
        _ = try mill.json(
            "call", "provisionSubscription", #"{"customerId":"c","planId":"a","billingPeriod":"MONTHLY"}"#)
        func event(_ key: String, _ dimensions: String) -> String {
            #"{"customerId":"c","eventName":"e","idempotencyKey":"\#(key)","dimensions":{"tok":5,\#(dimensions)}}"#
        }
        try mill.deliver("e.ndjson", event("k1", #""inp":1,"out":2"#) + "\n" + event("k2", #""inp":1"#))
        try mill.runOnce()
        #expect(try mill.acknowledgement("e.ndjson")["unrated"] == 1)
        let events = try mill.json("events", "--customer", "c").items
        #expect(events.map { $0["unrated"] } == [nil, "llm: the dimension 'out' is missing"])
        #expect(events.map { $0["countedBy"] } == [["llm"], ["llm"]])
        let status = try mill.json("status", status: 1)
        #expect(status["unrated"]?.items.first?["events"] == 1)
        #expect(status["warnings"]?.items.first?.text?.contains("\"llm\" cost no credits") == true)
    }
}
