import Foundation
import Testing
import TidemillOperations

/// What would count for nothing, or twice, without a word: shown by the program wherever a person would look.
struct SilentCountTests {
    private func event(_ name: String, _ more: String) -> String {
        #"{"customerId":"dup","eventName":"\#(name)",\#(more)}"#
    }

    @Test func `a misspelt field rejects the event instead of counting it twice`() throws {
        let mill = try Mill(scripts: ["empty.lua": ""])
        let line =
            #"{"customerId":"dup","eventName":"llm.call","idempotency_key":"A","time":"2026-11-01T00:00:00Z","dimensions":{"prompt":1,"completion":2}}"#
        try mill.deliver("dup.ndjson", line + "\n" + line)
        try mill.runOnce(expecting: 1)
        let result = try mill.acknowledgement("dup.ndjson")
        #expect([result["records"], result["applied"], result["rejected"]] == [2, 0, 2])
        let codes = result["rejections"]?.items.map { $0["code"] }
        #expect(codes == ["unknown_field", "unknown_field"])
        #expect(
            result["rejections"]?.items.first?["message"]?.text?.contains(#"did you mean "idempotencyKey"?"#) == true)
    }

    @Test func `ignore takes fields out, for the inbox, for the command and for what is retried`() throws {
        let mill = try Mill(scripts: ["empty.lua": ""])
        let line = event("llm.call", #""idempotencyKey":"A","time":"2026-11-01T00:00:00Z","ts":5,"foo":1"#)
        try mill.deliver("a.ndjson", line)
        try mill.runOnce(expecting: 1)
        #expect(try mill.json("rejected", "retry", "--all", status: 1)["rejected"] == 1)
        let config = try mill.folder.read("config.toml")
        try mill.folder.write(
            "config.toml",
            config.replacing("accept = [", with: "ignore = [\"time\", \"ts\"]\naccept = ["))
        #expect(try mill.json("rejected", "retry", "--all")["applied"] == 1)
        #expect(try mill.delivery("a.ndjson")?["unknownFields"] == ["foo": 1])
        try mill.folder.write("b.ndjson", line.replacing("\"A\"", with: "\"B\""))
        let taken = try mill.json("ingest", mill.folder.path("b.ndjson"))
        #expect(taken.items.first?["applied"] == 1)
    }

    @Test func `what adds nothing is counted, named and warned of`() throws {
        let mill = try Mill(scripts: ["empty.lua": ""])
        let numbers = (0..<3).map {
            event("llm.call", #""idempotencyKey":"\#($0)","foo":1,"dimensions":{"n":"1e-05"}"#)
        }
        try mill.folder.write("n.ndjson", numbers.joined(separator: "\n"))
        let feature: [String] = [
            "call", "createFeature",
            #"{"id":"n","displayName":"N","featureType":"NUMBER","meterType":"INCREMENTAL","meter":{"aggregation":{"function":"SUM","field":"n"},"filters":[{"conditions":[{"field":"eventName","operation":"EQUALS","value":"llm.call"}]}]}}"#,
        ]
        let created = try mill.program.run(feature)
        #expect(created.status == 0, "\(created.err)")
        let line = try mill.program.run("ingest", mill.folder.path("n.ndjson"))
        #expect(line.text.contains("n.ndjson: 3 records, 3 applied, 3 not a number, 3 with unknown fields"))
        let delivery = try #require(try mill.delivery("n.ndjson"))
        let id = try #require(delivery["delivery"]?.text)
        #expect([delivery["not_a_number"], delivery["no_meter"], delivery["unknown_customer"]] == [3, 0, 3])
        #expect(delivery["unknownFields"] == ["foo": 3])
        #expect(
            delivery["remarks"]?.items.first { $0["reason"] == "not_a_number" } == [
                "reason": "not_a_number", "name": "dimensions.n", "records": 3, "record": 1, "example": "\"1e-05\"",
            ])
        let shown = try mill.program.run("deliveries", "show", id).text
        for text in ["not a number", "dimensions.n", "\"1e-05\"", "unknown_field", "foo", "unknown_customer"] {
            #expect(shown.contains(text), "\(text) in \(shown)")
        }
        let status = try mill.json("status", status: 1)
        let warnings = status["warnings"]?.items.compactMap(\.text) ?? []
        #expect(
            warnings == [
                "n.ndjson within a day: most of its 3 events add nothing (3 not_a_number): `tidemill deliveries show \(id)`"
            ])
        let events = try mill.program.run("events", "--customer", "dup", "--key", "0").text
        #expect(events.contains(#"no meter counts it; dimensions.n is "1e-05", which is no number"#))
        // Without keys: said as well.
        try mill.folder.write(
            "k.ndjson", String(repeating: event("llm.call", #""dimensions":{"n":1}"#) + "\n", count: 2))
        _ = try mill.json("ingest", mill.folder.path("k.ndjson"))
        let more = try mill.json("status", status: 1)["warnings"]?.items.compactMap(\.text) ?? []
        #expect(more.contains { $0.hasPrefix("k.ndjson within a day: 2 of 2 events have no idempotencyKey") })
    }

    @Test func `usage reports lose fields that reports do not have, and say so`() throws {
        let mill = try Mill(scripts: ["empty.lua": ""])
        for (operation, input) in [
            ("createFeature", #"{"id":"seats","displayName":"S","featureType":"NUMBER","meterType":"FLUCTUATING"}"#),
            ("provisionCustomer", #"{"id":"here"}"#),
        ] {
            #expect(try mill.program.run("call", operation, input).status == 0)
        }
        func report(_ customer: String, _ more: String) -> String {
            #"{"customerId":"\#(customer)","featureId":"seats","value":3,\#(more)}"#
        }
        try mill.deliver(
            "u.ndjson",
            [report("here", #""foo":1"#), report("later", #""foo":2"#), report("here", #""feature_id":1"#)]
                .joined(separator: "\n"))
        try mill.runOnce(expecting: 1)
        let result = try mill.acknowledgement("u.ndjson")
        #expect([result["applied"], result["rejected"], result["unknown_field"]] == [1, 2, 2])
        #expect(result["unknownFields"] == ["foo": 2])
        // What came before its customer is applied with it, without the field.
        #expect(try mill.program.run("call", "provisionCustomer", #"{"id":"later"}"#).status == 0)
        #expect(try mill.usage("seats") == ["here": "3", "later": "3"])
        let delivery = try mill.delivery("u.ndjson")
        #expect([delivery?["applied"], delivery?["rejected"], delivery?["unknown_field"]] == [2, 1, 2])
    }

    @Test func `every count is exact after kills`() throws {
        let mill = try Mill(scripts: ["empty.lua": ""])
        let count = 120_000
        // In turns: of an event that no meter counts, without a key, with an unknown field; each seventh is no record.
        let lines = (0..<count).map { number in
            let key = number % 3 == 0 ? "" : #""idempotencyKey":"\#(number)","#
            let foo = number % 2 == 0 ? #""foo":1,"# : ""
            return number % 7 == 0
                ? "nonsense" : #"{"customerId":"c\#(number % 40)",\#(key)\#(foo)"eventName":"e\#(number % 5)"}"#
        }
        let good = (0..<count).filter { $0 % 7 != 0 }
        try mill.folder.write("many.ndjson", lines.joined(separator: "\n"))
        try mill.runOnce()
        try mill.ingestThroughKills("many.ndjson", status: 1)
        let delivery = try #require(try mill.delivery("many.ndjson"))
        let applied = Int64(good.count)
        let names = ["records", "applied", "rejected", "events", "no_meter", "unknown_customer"]
        #expect(
            names.map { delivery[$0]?.count } == [
                Int64(count), applied, Int64(count) - applied, applied, applied, applied,
            ])
        #expect(delivery["without_key"]?.count == Int64(good.count { $0 % 3 == 0 }))
        #expect(delivery["unknownFields"] == ["foo": .integer(Int64(good.count { $0 % 2 == 0 }))])
        let remarks = delivery["remarks"]?.items ?? []
        for name in 0..<5 {
            let noted = remarks.first { $0["reason"] == "no_meter" && $0["name"] == .string("e\(name)") }
            #expect(noted?["records"]?.count == Int64(good.count { $0 % 5 == name }))
        }
        let customers = remarks.filter { $0["reason"] == "unknown_customer" }
        #expect(customers.count == 17)
        #expect(customers.compactMap { $0["records"]?.count }.reduce(0, +) == applied)
        for customer in customers where customer["name"] != "(others)" {
            let number = Int(customer["name"]?.text?.dropFirst() ?? "")
            #expect(customer["records"]?.count == Int64(good.count { $0 % 40 == number }))
        }
    }
}
