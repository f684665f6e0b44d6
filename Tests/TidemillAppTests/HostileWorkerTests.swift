import Foundation
import Testing
import TidemillOperations

/// Hostile jobs in the real worker: each ends as what it is, and a job that the same webhook starts ends before it.
@Suite(.serialized) struct HostileWorkerTests {
    struct Family: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var body: String
        var codes: [String]
        /// Whether it works until its limit, so that others can be seen to have ended before.
        var isLong = true
    }

    static let families = [
        Family(testDescription: "instructions", body: "while true do end", codes: ["timeout"]),
        Family(
            testDescription: "swallowed stops", body: "while true do pcall(function() while true do end end) end",
            codes: ["timeout"]),
        Family(
            testDescription: "a pattern", body: "local s = ('a'):rep(1000000) s:find(('a*'):rep(30) .. 'b')",
            codes: ["timeout"]),
        Family(
            testDescription: "a callback of sort", body: "table.sort({ 1, 2, 3 }, function() while true do end end)",
            codes: ["timeout"]),
        Family(testDescription: "a long move", body: "table.move({}, 1, 1 << 60, 2)", codes: ["timeout"]),
        Family(
            testDescription: "memory", body: "local t = {} while true do t[#t + 1] = ('x'):rep(100000) end",
            codes: ["memory"], isLong: false),
        Family(
            testDescription: "recursion", body: "local function f() return f() + 1 end f()",
            codes: ["error", "memory"], isLong: false),
        Family(
            testDescription: "a flood of calls", body: "while true do client.try.getCustomer { id = 'x' } end",
            codes: ["timeout", "error", "memory"], isLong: false),
        Family(
            testDescription: "a flood of lines", body: "while true do log.info(('x'):rep(1000)) end",
            codes: ["timeout", "error"], isLong: false),
        Family(
            testDescription: "an escape", body: "return io.open('/etc/passwd')", codes: ["needs_scripts"], isLong: false
        ),
        Family(
            testDescription: "poisoned strings", body: "getmetatable('').__index = nil", codes: ["error"],
            isLong: false),
    ]

    @Test(arguments: families)
    func `a hostile job ends as what it is, and others do not wait for it`(_ family: Family) throws {
        let mill = try Mill(
            scripts: [
                // In the order of their names, the hostile one is first.
                "a.lua": """
                job { name = "bad", on = "go", retries = { max = 0 }, run = function(run)
                  \(family.body)
                end }
                job { name = "good", on = "go", run = function(run) return ("x"):upper() end }
                """
            ], configuration: "level = \"error\"\n[limits]\njob_time = \"3s\"\nmemory = \"16MiB\"")
        try mill.deliver("go.json", #"{"type": "go"}"#)
        try mill.runOnce(expecting: 1)
        let runs = try mill.json("runs").items
        let bad = try #require(runs.first { $0["name"] == "bad" })
        let good = try #require(runs.first { $0["name"] == "good" })
        #expect(
            family.codes.contains(bad["code"]?.text ?? ""), "\(bad["code"]?.text ?? "") \(bad["message"]?.text ?? "")")
        #expect(bad["message"]?.text?.contains("scripts/a.lua:") == true)
        #expect(good["state"] == "done" && good["result"] == "X" && good["attempt"] == 1)
        if family.isLong { #expect((good["endedAt"]?.text ?? "") < (bad["endedAt"]?.text ?? "")) }
    }
}
