import Testing
import TidemillOperations

/// Jobs look at what operators see and change nothing of it; deliveries do neither.
struct OperatorScriptTests {
    private static let look = """
        job { name = "look", run = function()
          local status = client.getStatus {}
          local names = {}
          for run in client.each.listRuns { limit = 1 } do names[#names + 1] = run.name end
          local usage = client.getUsage {}
          local ok, raised = pcall(function() client.pause { target = "ingest", reason = "no" } end)
          return { status.environment, #names, #usage.data, ok, tostring(raised) }
        end }
        """

    @Test func `a job reads operators' rows, and is refused their writes`() throws {
        let mill = try Mill(scripts: ["jobs.lua": Self.look])
        let result = try mill.json("fire", "look")["result"]?.items ?? []
        #expect(result.prefix(4) == ["test", 1, 0, false])
        let message = "client.pause is not available in scripts: operators ask it, with `tidemill call pause`"
        #expect(result.last?.text?.hasSuffix(message) == true, "\(result)")
        #expect(try mill.json("call", "listPauses") == [])
    }

    @Test func `check refuses a job that asks for an operator's write`() throws {
        let mill = try Mill(scripts: [
            "a.lua": "job { name = \"a\", operations = { \"pause\", \"listRuns\" }, run = function() end }\n",
            "b.lua": "job { name = \"clock\", run = function() end }\n",
        ])
        let problems = try mill.json("check", status: 2)["problems"]?.items.compactMap { $0["message"]?.text } ?? []
        #expect(
            problems.contains(
                "job \"a\": 'operations': pause is not available in scripts: operators ask it, with `tidemill call pause`"
            ),
            "\(problems)")
        #expect(problems.contains { $0.hasPrefix("job \"clock\": the name means a part of the worker") }, "\(problems)")
    }

    @Test func `a record of a delivery asks no operator's row`() throws {
        let mill = try Mill(accept: "\"operation\"")
        try mill.deliver(
            "a.ndjson",
            """
            {"operation":"pause","input":{"target":"ingest","reason":"no"}}
            {"operation":"getStatus","input":{}}
            {"operation":"provisionCustomer","input":{"id":"c"}}

            """)
        try mill.runOnce(expecting: 1)
        let rejected = try mill.json("rejected").items
        #expect(rejected.map { $0["code"] } == ["operation_not_available", "operation_not_available"])
        #expect(rejected.first?["message"]?.text?.contains("is not available to deliveries") == true)
        #expect(try mill.json("call", "listPauses") == [])
        #expect(try mill.json("call", "getCustomer", #"{"id":"c"}"#)["id"] == "c")
    }

    @Test func `the command line asks every row, and lists operators' apart`() throws {
        let mill = try Mill()
        let rows = try mill.json("operations").items
        #expect(rows.first { $0["operation"] == "pause" }?["audience"] == "operator")
        #expect(rows.first { $0["operation"] == "grantCredits" }?["audience"] == "client")
        #expect(rows.count == OperationTable.rows.count)
        #expect(try mill.program.run("operations").text.contains("for operators"))
        _ = try mill.json("call", "pause", #"{"target":"grants","reason":"audit"}"#)
        #expect(try mill.json("status", status: 1)["paused"] == mill.json("call", "listPauses"))
        #expect(try mill.json("resume", "grants")["wasPaused"] == true)
        #expect(try mill.json("call", "getSystem")["environment"] == "test")
    }
}
