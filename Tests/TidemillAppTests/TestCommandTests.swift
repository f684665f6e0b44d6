import Foundation
import Testing
import TidemillOperations

/// `tidemill test`, as the real program: each test writes scripts and their tests into a folder of its own.
struct TestCommandTests {
    private func run(_ files: [String: String], _ arguments: String...) throws -> Program.Ended {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path("scripts/lib"), withIntermediateDirectories: true)
        for (name, text) in files { try folder.write("scripts/\(name)", text) }
        try folder.write("config.toml", "[limits]\njob_time = \"300ms\"\n")
        return try Program(config: folder.path("config.toml")).run(["test"] + arguments)
    }

    static let meter = """
        catalog { features = { { id = "f", displayName = "F", featureType = "NUMBER", meterType = "INCREMENTAL",
          meter = { aggregation = { ["function"] = "SUM", field = "n" } } } },
          currencies = { { id = "c", displayName = "C", creditPrice = { amount = 0.5, currency = "usd" } } } }
        """

    @Test func `every test has a store, scripts and a clock of its own`() throws {
        let ended = try run([
            "a.lua": Self.meter,
            "a_test.lua": """
            local count = 0
            local function body(t)
              count = count + 1
              t.equal(count, 1)
              t.equal(t.now(), "2026-01-01T00:00:00.000Z")
              local answer = t.drop { { customerId = "acme", eventName = "e", idempotencyKey = "1", dimensions = { n = 2 } },
                { customerId = "acme", eventName = "e", idempotencyKey = "1", dimensions = { n = 2 } } }
              t.equal({ answer.applied, answer.duplicate, answer.state }, { 1, 1, "done" })
              t.equal(t.usage { featureId = "f", customerId = "acme" }, 2)
              t.advance("1h")
            end
            test("first", body)
            test("second", body)
            """,
        ])
        #expect(ended.status == 0, "\(ended.text)\(ended.err)")
        #expect(
            ended.text == "✓ scripts/a_test.lua: first\n✓ scripts/a_test.lua: second\n2 passed\n")
    }

    @Test func `a failure says its line, what was expected and what came`() throws {
        let ended = try run([
            "a_test.lua": """
            test("equal", function(t)
              t.equal({ a = { 1, 2 } }, { a = { 1, 3 } }, "the pair")
            end)
            test("raised", function(t)
              t.client.getCustomer { id = "nobody" }
            end)
            test("fine", function(t)
              t.equal({ 1, decimal "0.1", "x" }, { 1.0, 0.1, "x" })
              t.fails(function() t.client.getCustomer { id = "nobody" } end, "CustomerNotFound")
            end)
            """
        ])
        #expect(ended.status == 1)
        let lines = ended.text.split(separator: "\n")
        #expect(
            lines[1]
                == "    scripts/a_test.lua:2: the pair: expected {\"a\":[1,3]}, got {\"a\":[1,2]}; at .a[2]: expected 3, got 2"
        )
        #expect(lines[3].hasPrefix("    scripts/a_test.lua:5: CustomerNotFound: "), "\(lines[3])")
        #expect(lines.last == "1 passed, 2 failed")
    }

    @Test func `hostile tests and broken files end as failures`() throws {
        let ended = try run(
            [
                "loop_test.lua": "test('loop', function(t) while true do end end)",
                "caught_test.lua":
                    "test('caught', function(t) while true do pcall(function() while true do end end) end end)",
                "memory_test.lua": "test('memory', function(t) local s = {} while true do s[#s + 1] = {} end end)",
                "job_test.lua": "job { name = 'j', run = function() end }",
                "syntax_test.lua": "test('x', function(t)",
                "twice_test.lua": "test('x', function() end) test('x', function() end)",
                "emit_test.lua": "test('emits', function(t) emit('x', {}) end)",
                "fine_test.lua":
                    "local rates = require 'lib.rates' test('fine', function(t) t.equal(rates.one, 1) end)",
                "lib/rates.lua": "return { one = 1 }",
                "outside_test.lua": "test('outside', function(t) t.drop('../../../etc/passwd') end)",
            ], "--json")
        #expect(ended.status == 1)
        let results = try ended.json().items
        let failures = results.compactMap { $0["ok"] == false ? $0["file"]?.text : nil }
        #expect(
            failures
                == [
                    "caught", "emit", "job", "loop", "memory", "outside", "syntax", "twice",
                ].map { "scripts/\($0)_test.lua" }, "\(ended.text)")
        #expect(results.contains { $0["ok"] == true && $0["name"] == "fine" })
    }

    @Test func `the clock does what is due on its way, in the order of time`() throws {
        let ended = try run([
            "a.lua": """
            job { name = "tick", schedule = "0 * * * *", run = function(run) emit("tick", { at = run.scheduledAt }) end }
            job { name = "start", run = function(run) later { job = "end", after = "90m", event = run.trigger.event } end }
            job { name = "end", run = function(run) emit("tick", { ended = run.trigger.event.n, at = run.scheduledAt }) end }
            job { name = "flaky", retries = { max = 2, first = "10m" }, run = function(run)
              if run.attempt == 1 then error("not yet") end
              return run.attempt
            end }
            """,
            "a_test.lua": """
            test("ticks", function(t)
              t.at("2026-03-01T00:30:00Z")
              t.fire("start", { event = { n = 7 } })
              t.advance("2h")
              local ticks = t.emitted("tick")
              t.equal(#ticks, 3)
              t.equal(ticks[2].ended, 7)
              t.equal(ticks[3].at, "2026-03-01T02:00:00.000Z")
            end)
            test("retries", function(t)
              local run = t.fire("flaky")
              t.equal({ run.state, run.failures }, { "waiting", 1 })
              t.advance("1h")
              t.equal(t.runs("flaky")[1].result, 2)
            end)
            """,
        ])
        #expect(ended.status == 0, "\(ended.text)\(ended.err)")
    }

    @Test func `the test's gateway decides about recharges`() throws {
        let ended = try run([
            "a.lua": Self.meter,
            "a_test.lua": """
            local function wallet(t)
              t.client.provisionCustomer { id = "acme" }
              t.client.attachPaymentMethod { id = "acme", integrationId = "i", paymentMethodId = "pm", vendorIdentifier = "STRIPE" }
              t.client.saveAutoRecharge { customerId = "acme", currencyId = "c", isEnabled = true, thresholdValue = 10, targetBalance = 50 }
            end
            test("paid", function(t)
              wallet(t)
              -- 50 credits at 0.50.
              t.equal(t.payments.charges()[1].amount, 25)
              t.equal(t.balance("acme", "c"), 50)
            end)
            test("declined, then paid", function(t)
              t.payments.answer("DECLINED", { code = "insufficient_funds" })
              wallet(t)
              t.equal(t.balance("acme", "c"), 0)
              t.equal(t.payments.charges()[1].answer, "DECLINED")
              t.advance("2 days")
              t.equal(t.balance("acme", "c"), 50)
              t.equal(#t.payments.charges(), 2)
            end)
            """,
        ])
        #expect(ended.status == 0, "\(ended.text)\(ended.err)")
    }

    @Test func `broken scripts are one failure, with their line`() throws {
        let ended = try run(["a.lua": "filter {", "a_test.lua": "test('x', function(t) t.now() end) test('y', print)"])
        #expect(ended.status == 1)
        #expect(ended.text.hasPrefix("✗ scripts/a.lua\n    scripts/a.lua:1: "), "\(ended.text)")
        #expect(ended.text.hasSuffix("0 passed, 1 failed\n"))
        let catalog = try run([
            "a.lua": "\ncatalog { features = { { id = 'f' } } }", "a_test.lua": "test('x', function(t) t.now() end)",
        ])
        #expect(
            catalog.text.contains("scripts/a.lua:2: feature \"f\": 'catalog.features[1].displayName' is required"),
            "\(catalog.text)")
    }

    @Test func `files beside the scripts can be dropped, and grant rules fired`() throws {
        let ended = try run([
            "a.lua": Self.meter + """

                grant { name = "gift", on = "never", decide = function(trigger)
                  return { { customerId = trigger.customerId, currencyId = "c", amount = 3, grantType = "PROMOTIONAL", displayName = "Gift", key = "k" } }
                end }
                """,
            "data/e.ndjson": #"{"customerId":"acme","eventName":"e","idempotencyKey":"1","dimensions":{"n":4}}"#,
            "a_test.lua": """
            test("files", function(t)
              t.equal(t.drop("data/e.ndjson").applied, 1)
              t.equal(t.drop("../scripts/data/e.ndjson", { name = "again.ndjson" }).duplicate, 1)
              t.equal(t.usage { featureId = "f" }, 4)
              t.equal(t.usage { featureId = "f", window = "day" }[1].windowStart, "2026-01-01T00:00:00.000Z")
            end)
            test("grants", function(t)
              t.client.provisionCustomer { id = "acme" }
              for _ = 1, 2 do t.equal(t.fire("gift", { event = { customerId = "acme" } }).state, "done") end
              t.equal(t.balance("acme", "c"), 3)
              t.equal(#t.grants("gift"), 1)
              t.fails(function() t.fire("gifd") end, "did you mean")
            end)
            """,
        ])
        #expect(ended.status == 0, "\(ended.text)\(ended.err)")
    }

    @Test func `one file, a part of the names, and nothing at all`() throws {
        let files = [
            "a_test.lua": "test('one', function() end) test('two', function() end)",
            "b_test.lua": "test('one', function() end)",
        ]
        #expect(try run(files, "--filter", "one").text.hasSuffix("2 passed\n"))
        #expect(try run(files, "--filter", "three").status == 2)
        #expect(try run([:]).status == 2)
    }
}
