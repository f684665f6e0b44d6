import Testing
import TidemillOperations

/// Two spellings of one letter are two texts wherever they are told apart: ids, keys, values, in every answer.
struct ByteTests {
    private static let composed = "Z\u{FC}rich"
    private static let decomposed = "Zu\u{308}rich"
    private static let places =
        "{\"id\":\"calls\",\"displayName\":\"Calls\",\"featureType\":\"NUMBER\",\"meterType\":\"INCREMENTAL\",\"meter\":{\"aggregation\":{\"function\":\"SUM\",\"field\":\"n\"},\"filters\":[]}}"

    private func mill() throws -> Mill {
        let mill = try Mill(scripts: ["empty.lua": ""])
        _ = try mill.json("call", "createFeature", Self.places)
        return mill
    }

    /// By the bytes, in hexadecimal: what is compared here must not be taken for one by the test either.
    private static func bytes(_ text: String?) -> String {
        (text ?? "").utf8.map { String($0, radix: 16) }.joined()
    }

    private func values(_ rows: [Payload], _ name: (Payload) -> String?) -> [[String]] {
        rows.map { [Self.bytes(name($0)), $0["value"]?.json ?? ""] }.sorted { $0[0] < $1[0] }
    }

    private var both: [[String]] {
        [[Self.bytes(Self.composed), "1"], [Self.bytes(Self.decomposed), "10"]].sorted { $0[0] < $1[0] }
    }

    @Test func `customers, resources and groups of usage are told apart`() throws {
        let mill = try mill()
        let (one, two) = (Self.composed, Self.decomposed)
        func event(_ customer: String, _ resource: String, _ city: String, _ n: Int) -> String {
            #"{"customerId":"\#(customer)","resourceId":"\#(resource)","eventName":"e","idempotencyKey":"\#(n)","dimensions":{"n":\#(n),"city":"\#(city)"}}"#
        }
        try mill.deliver(
            "e.ndjson",
            [
                event(one, "r", "c", 1), event(two, "r", "c", 10), event("a", one, "c", 1), event("a", two, "c", 10),
                event("b", "r", one, 1), event("b", "r", two, 10),
            ].joined(separator: "\n"))
        try mill.runOnce()
        let usage = try mill.json("usage").items
        #expect(
            values(usage.filter { !["a", "b"].contains($0["customerId"]?.text) }) { $0["customerId"]?.text } == both)
        #expect(values(usage.filter { $0["customerId"] == "a" }) { $0["resourceId"]?.text } == both)
        for (id, value) in [(one, "1"), (two, "10")] {
            #expect(try mill.json("usage", "--customer", id).items.map { $0["value"]?.json } == [value])
            #expect(
                try mill.json("usage", "--customer", "a", "--resource", id).items.map { $0["value"]?.json } == [value])
        }
        let groups = try mill.json("usage", "--customer", "b", "--group-by", "city").items
        #expect(values(groups) { $0["dimensions"]?["city"]?.text } == both)
        _ = try mill.json("verify")
    }

    @Test func `an event with both spellings as keys keeps both`() throws {
        let mill = try mill()
        let (one, two) = (Self.composed, Self.decomposed)
        try mill.deliver(
            "e.json",
            #"{"customerId":"a","eventName":"e","idempotencyKey":"k","dimensions":{"n":1,"\#(one)":"x","\#(two)":"y"}}"#
        )
        try mill.runOnce()
        let event = try #require(try mill.json("events", "--customer", "a").items.first)
        #expect([event["event"]?["dimensions"]?[one], event["event"]?["dimensions"]?[two]] == ["x", "y"])
        for (name, value) in [(one, "x"), (two, "y")] {
            let row = try mill.json("usage", "--customer", "a", "--group-by", name).items.first
            #expect(row?["dimensions"]?[name] == .string(value))
        }
        let key = try mill.json("events", "--customer", "a", "--key", "\u{212A}").items
        #expect(key.isEmpty)
    }

    @Test(arguments: [("Z\u{FC}rich", "Zu\u{308}rich"), ("\u{212B}", "\u{C5}")])
    func `a subscription of one resource leaves the other's alone`(one: String, two: String) throws {
        let mill = try mill()
        _ = try mill.json("call", "createProduct", #"{"id":"p","displayName":"P","multipleSubscriptions":true}"#)
        _ = try mill.json(
            "call", "createPlan",
            #"{"id":"plan-a","displayName":"A","productId":"p","status":"PUBLISHED","pricingType":"FREE","entitlements":[{"featureId":"calls","usageLimit":5}]}"#
        )
        _ = try mill.json("call", "provisionCustomer", #"{"id":"c"}"#)
        for (id, resource) in [("s1", one), ("s2", two)] {
            _ = try mill.json(
                "call", "provisionSubscription",
                #"{"id":"\#(id)","customerId":"c","planId":"plan-a","resourceId":"\#(resource)"}"#)
        }
        let held = try mill.json("call", "listSubscriptions", #"{"customerId":"c"}"#)["data"]?.items ?? []
        #expect(held.map { $0["status"] } == ["ACTIVE", "ACTIVE"])
        for (resource, n) in [(one, 1), (two, 2)] {
            _ = try mill.json(
                "call", "reportEvent",
                #"{"customerId":"c","resourceId":"\#(resource)","eventName":"e","idempotencyKey":"k","dimensions":{"n":\#(n)}}"#
            )
        }
        for (resource, n) in [(one, 1), (two, 2)] {
            let check = try mill.json(
                "call", "checkEntitlement",
                #"{"customerId":"c","featureId":"calls","resourceId":"\#(resource)"}"#)
            #expect(check["currentUsage"] == .integer(Int64(n)))
            let history = try mill.json(
                "call", "getUsageHistory",
                #"{"customerId":"c","featureId":"calls","resourceId":"\#(resource)","startDate":"2020-01-01T00:00:00Z"}"#
            )
            #expect(history["series"]?.items.first?["points"]?.items.last?["value"] == .integer(Int64(n)))
        }
    }
}
