import Foundation
import Testing
import TidemillOperations

/// Scripts that misbehave, in the real worker: each fails its record with its place, and nothing else.
struct BadScriptTests {
    struct BadRule: CustomTestStringConvertible {
        var testDescription: String
        var body: String
        var code: String
        var message: String

        init(_ name: String, _ body: String, _ code: String, _ message: String) {
            (testDescription, self.body, self.code, self.message) = (name, body, code, message)
        }
    }

    /// Where it depends on the machine which bound is met first, any of them will do.
    static let rules = [
        BadRule("loops", "while true do end", "rule_timeout", "50 ms"),
        BadRule(
            "loops and catches", "while true do pcall(function() while true do end end) end", "rule_timeout", "50 ms"),
        BadRule("recurses", "local function f() return 1 + f() end f()", "rule_", ""),
        BadRule("allocates", "local t = {} for i = 1, 1e9 do t[i] = { i } end", "rule_", ""),
        BadRule("builds a large text", "local s = 'x' while true do s = s .. s end", "rule_", ""),
        BadRule("raises a table", "error({ code = 7 })", "rule_error", "table"),
        BadRule("raises nil", "error(nil)", "rule_error", "nil"),
        BadRule("returns a number", "return { dimensions = 7 }", "rule_answer", "dimensions"),
        BadRule("returns nonsense", "return 'yes'", "rule_answer", "string"),
        BadRule("returns NaN", "return { dimensions = { n = 0/0 } }", "rule_answer", "n"),
        BadRule("names an unknown global", "return evnt", "rule_error", "undefined global 'evnt'"),
    ]

    @Test(arguments: rules)
    func `a rule that misbehaves rejects its record, and the worker goes on`(rule: BadRule) throws {
        let mill = try Mill(scripts: [
            "catalog.lua": try String(contentsOfFile: "\(Mill.shippedScripts)/catalog.lua", encoding: .utf8),
            "rule.lua": """
            mapping { name = "misbehaves", event = "bad", map = function(event)
              \(rule.body)
            end }
            """,
        ])
        try mill.deliver(
            "mixed.ndjson", #"{"customerId":"c","eventName":"bad","idempotencyKey":"b"}"# + "\n" + BadInputTests.good)
        try mill.runOnce(expecting: 1)
        let rejected = try #require(try mill.json("rejected").items.first)
        #expect(rejected["code"]?.text?.hasPrefix(rule.code) == true, "\(rejected["code"]?.text ?? "")")
        let message = rejected["message"]?.text ?? ""
        #expect(rule.message.isEmpty || message.contains(rule.message), "\(message)")
        #expect(message.contains("rule.lua:"), "\(message)")
        #expect(rejected["rule"] == "misbehaves")
        #expect(try mill.usage("feature-requests") == ["good": "1"])
    }

    /// 20,000 coroutines, each of which closes the one before when it is closed.
    private static let chain = """
        local c = coroutine.create(function() end)
        for i = 1, 20000 do
          local prev = c
          c = coroutine.create(function()
            local x <close> = setmetatable({}, { __close = function() coroutine.close(prev) end })
            coroutine.yield()
          end)
          coroutine.resume(c)
        end
        coroutine.close(c)
        """

    @Test func `a file of coroutines that close each other ends no command`() throws {
        let mill = try Mill(scripts: [
            "a.lua": "\(Self.chain)\njob { name = 'j', run = function() \(Self.chain) end }",
            "a_test.lua": "test('t', function(t) \(Self.chain) end)",
        ])
        try mill.deliver("one.ndjson", BadInputTests.good)
        try mill.folder.write("two.ndjson", BadInputTests.good)
        let event = #"{"customerId":"c","eventName":"e","idempotencyKey":"1"}"#
        for command in [
            ["run", "--once", "--dry-run"], ["run", "--once"], ["check"], ["status"], ["test"], ["fire", "j"],
            ["ingest", mill.folder.path("two.ndjson")], ["call", "reportEvent", event],
        ] {
            let ended = try mill.program.run(command)
            #expect(ended.status == 0 || ended.status == 1, "\(command): \(ended.status) \(ended.err)")
            if !["check", "status"].contains(command[0]) { #expect(ended.status == 0, "\(command): \(ended.err)") }
        }
    }

    @Test func `broken scripts leave the last good version in force, across a restart too`() throws {
        let mill = try Mill()
        try mill.runOnce()
        try mill.folder.write("scripts/mappings.lua", "mapping { name = = }")
        try mill.deliver("one.ndjson", BadInputTests.good)
        let ended = try mill.program.run("run", "--once")
        #expect(ended.status == 0)
        #expect(ended.err.contains("scripts/mappings.lua:1:"))
        #expect(ended.err.contains("the last good version"))
        #expect(try mill.usage("feature-tokens") == ["good": "1"])
        #expect(try mill.json("status", status: 1)["scripts"]?["isFolderInForce"] == false)
    }

    @Test func `a new store refuses to start with broken scripts`() throws {
        let mill = try Mill(scripts: ["a.lua": "filter { nam = 'x' }"])
        try mill.deliver("one.ndjson", BadInputTests.good)
        let ended = try mill.program.run("run", "--once")
        #expect(ended.status == 2)
        #expect(ended.err.contains("scripts/a.lua:1: "))
        #expect(try mill.folder.names(in: "spool/inbox") == ["one.ndjson"])
    }

    @Test func `a running worker takes changed scripts over, and says when they are broken`() throws {
        let mill = try Mill()
        let log = mill.folder.path("log")
        try mill.folder.write("log", "")
        let worker = try mill.program.start(["run"], err: FileHandle(forWritingTo: URL(filePath: log)))
        defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
        func wait(for text: String) throws -> Bool {
            for _ in 0..<1200 {
                if try mill.folder.read("log").contains(text) { return true }
                usleep(50_000)
            }
            return false
        }
        #expect(try wait(for: "watching"))
        try mill.folder.write("scripts/mappings.lua", "mapping { name = = }")
        kill(worker.processIdentifier, SIGHUP)
        #expect(try wait(for: "the changed scripts are broken"))
        try mill.deliver("old.ndjson", BadInputTests.good.replacing("KEY", with: "old"))
        #expect(try wait(for: "old.ndjson: 1 record: 1 applied"))
        try mill.folder.write(
            "scripts/mappings.lua",
            "mapping { name = 'm', map = function(event) return { dimensions = { tokens = 100 } } end }")
        kill(worker.processIdentifier, SIGHUP)
        #expect(try wait(for: "takes over"))
        try mill.deliver("new.ndjson", BadInputTests.good.replacing("KEY", with: "new"))
        #expect(try wait(for: "new.ndjson: 1 record: 1 applied"))
        kill(worker.processIdentifier, SIGTERM)
        worker.waitUntilExit()
        #expect(worker.terminationStatus == 0)
        // 1 by the old rule, 100 by the new one: a later mapping does not rewrite history.
        #expect(try mill.usage("feature-tokens") == ["good": "101"])
    }
}
