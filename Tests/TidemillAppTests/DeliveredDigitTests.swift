import Testing
import TidemillCore
import TidemillOperations

/// Numbers arrive as they were sent: through rules that do not change them, and beside ones that cannot be held.
struct DeliveredDigitTests {
    private static let catalog = """
        catalog { features = { { id = "n", displayName = "N", featureType = "NUMBER", meterType = "INCREMENTAL",
          meter = { aggregation = { ["function"] = "SUM", field = "n" }, filters = {} } } } }
        """

    private func sum(_ mapping: String, _ digits: String) throws -> String? {
        let mill = try Mill(scripts: [
            "a.lua": Self.catalog, "b.lua": "mapping { name = 'm', map = function(ev) \(mapping) end }",
        ])
        try mill.deliver(
            "e.json",
            #"{"customerId":"a","eventName":"e","idempotencyKey":"k","dimensions":{"n":\#(digits),"other":"x"}}"#)
        try mill.runOnce()
        return try mill.json("usage").items.first?["value"]?.json
    }

    @Test(arguments: [
        "return { dimensions = ev.dimensions }", "return { dimensions = { n = ev.dimensions.n } }",
        "return { dimensions = { n = ev.dimensions.n + 0 } }",
        "return { dimensions = { n = decimal(ev.dimensions.n) } }",
        "return { { dimensions = ev.dimensions } }", "return nil",
        "return { dimensions = { m = ev.dimensions.n, n = ev.dimensions.n } }",
    ])
    func `a mapping that gives a number back keeps its digits`(mapping: String) throws {
        // A float of 64 bits holds 1234567890.1234567 of it.
        #expect(try sum(mapping, "1234567890.123456789") == "1234567890.123456789")
    }

    @Test func `large floats come back, and what a mapping computes is its own`() throws {
        #expect(try sum("return { dimensions = ev.dimensions }", "1e17") == "100000000000000000")
        #expect(try sum("return { dimensions = { n = ev.dimensions.n * 2 } }", "0.25") == "0.5")
        #expect(
            try sum("return { dimensions = { n = ev.dimensions.n + 0.5 } }", "1234567890.123456789")
                == "1234567890.62346")
    }

    @Test(arguments: [
        #""wei":1000000000000000000000"#, #""wei":1e999"#, #""text":"\ud83d""#, #""text":"\udc00x""#,
    ])
    func `what cannot be held rejects its record, and not the file`(field: String) throws {
        let mill = try Mill(scripts: ["a.lua": Self.catalog])
        func event(_ key: Int, _ more: String) -> String {
            #"{"customerId":"a","eventName":"e","idempotencyKey":"\#(key)","dimensions":{"n":1\#(more)}}"#
        }
        try mill.deliver("e.json", "[\n\(event(1, "")),\n\(event(2, "," + field)),\n\(event(3, ""))\n]")
        try mill.runOnce(expecting: 1)
        let result = try mill.acknowledgement("e.json")
        #expect([result["applied"], result["rejected"]] == [2, 1])
        #expect(result["rejections"]?.items.map { [$0["line"], $0["code"]] } == [[3, "invalid_json"]])
        #expect(try mill.json("usage").items.first?["value"] == 2)
        // What is no JSON beside it is still no document.
        try mill.deliver("bad.json", "[\(event(4, "," + field + " oops"))]")
        try mill.runOnce(expecting: 1)
        #expect(try mill.acknowledgement("bad.json")["code"] == "invalid_json")
    }

    @Test func `a decimal is compared with a number by eq`() throws {
        let script = "return { dimensions = { n = decimal(ev.dimensions.n):eq(2) and 10 or 20 } }"
        #expect(try sum(script, "2.0") == "10")
        #expect(try sum(script, "2.000000001") == "20")
    }
}
