import Testing
import TidemillOperations

/// What is not there, and what was given up, is told.
struct EmptyAnswerTests {
    private func mill() throws -> Mill {
        let mill = try Mill(scripts: [
            "a.lua": """
            job { name = "nightly", on = "x", run = function() end }
            catalog { features = { { id = "calls", displayName = "Calls", featureType = "NUMBER", meterType = "INCREMENTAL",
              meter = { aggregation = { ["function"] = "SUM", field = "n" }, filters = {}, groupBy = { "color" } } } } }
            """
        ])
        try mill.deliver(
            "e.ndjson",
            """
            {"customerId":"nobdy","eventName":"e","idempotencyKey":"1","dimensions":{"n":1,"color":"red"}}
            {"type":"x","messageId":"m"}
            """)
        try mill.runOnce()
        return mill
    }

    @Test func `a filter that can match nothing says so, with what was meant`() throws {
        let mill = try mill()
        for (arguments, note) in [
            (["usage", "--customer", "nobody"], #"there is no customer "nobody" here; did you mean "nobdy"?"#),
            (["events", "--customer", "nobody"], #"there is no customer "nobody" here; did you mean "nobdy"?"#),
            (["usage", "--resource", "r9"], #"there is no resource "r9" here"#),
            (["usage", "--group-by", "colour"], #"did you mean "color"?"#),
            (["usage", "--group-by", "colour"], #"--group-by: nothing that was counted has the dimension "colour""#),
            (["runs", "--job", "nightli"], #"there is no job or grant rule "nightli" here; did you mean "nightly"?"#),
            (["rejected", "--code", "rule_eror"], #"there is no rejected record with the code "rule_eror" here"#),
            (["audit", "--action", "provisonCustomer"], #"did you mean "provisionCustomer"?"#),
            (["recharges", "--currency", "credts"], #"there is no credit currency "credts" here"#),
        ] {
            let ended = try mill.program.run(arguments)
            #expect(ended.status == 0)
            #expect(ended.err.contains(note), "\(arguments): \(ended.err)")
            // The document stays a document.
            #expect(try mill.program.run(arguments + ["--json"]).json().items.count <= 1)
        }
        #expect(try mill.program.run("usage", "--customer", "nobody").text.contains("No usage matches."))
        #expect(try mill.program.run("runs", "--job", "nightli").text.contains("No runs match."))
        // What is there and empty is said plainly.
        let plain = try mill.program.run("runs", "--job", "nightly", "--state", "failed")
        #expect(plain.err.isEmpty && plain.text.contains("No runs match."))
    }

    @Test
    func `events that were given up stay, with who did it, and the newest are told first where they are too many`()
        throws
    {
        let mill = try mill()
        try mill.deliver(
            "bad.ndjson",
            (0..<3).map { #"{"customerId":"c1","eventName":"e","idempotencyKey":"h\#($0)","timestamp":"never"}"# }
                .joined(separator: "\n"))
        try mill.runOnce(expecting: 1)
        #expect(try mill.json("rejected", "drop", "--all")["dropped"] == 3)
        let events = try mill.json("events", "--customer", "c1").items
        #expect(events.map { $0["outcome"] } == ["dropped", "dropped", "dropped"])
        #expect(events.map { $0["event"]?["idempotencyKey"] } == ["h0", "h1", "h2"])
        #expect(events.allSatisfy { $0["droppedBy"]?.text?.isEmpty == false && $0["droppedAt"]?.text != nil })
        let one = try mill.program.run("events", "--customer", "c1", "--key", "h1").text
        #expect(one.contains("dropped") && one.contains("given up by "))
        let cut = try mill.program.run("events", "--customer", "c1", "--limit", "2", "--json")
        #expect(try cut.json().items.map { $0["event"]?["idempotencyKey"] } == ["h2", "h1"])
        #expect(cut.err.contains("only the newest 2, the newest first"))
        let none = try mill.program.run("events", "--customer", "c1", "--key", "h9").text
        #expect(none.contains("No event of c1 with the key h9 is stored."))
    }
}
