import Foundation
import Testing
import TidemillOperations
import TidemillStore

/// What commands say where something is wrong: what was expected, what came, and what to do.
struct MessageTests {
    private static let catalog = """
        catalog {
          products = { { id = "p", displayName = "P" } },
          plans = {
            { id = "plan-free", productId = "p", displayName = "Free", charges = { pricingType = "FREE" } },
            {
              id = "plan-pro", productId = "p", displayName = "Pro",
              charges = {
                pricingType = "PAID",
                pricingModels = {
                  { billingModel = "FLAT_FEE", pricePeriods = {
                    { billingPeriod = "MONTHLY", price = { amount = 49, currency = "usd" } } } },
                },
              },
            },
          },
        }
        """

    @Test(arguments: [
        (["statu"], "there is no command \"statu\" (did you mean \"status\"?); `tidemill --help` lists them"),
        (
            ["deliveries", "shwo", "x"],
            "there is no command \"deliveries shwo\" (did you mean \"show\"?); `tidemill deliveries --help` lists them"
        ),
        (["frobnicate", "--json"], "there is no command \"frobnicate\"; `tidemill --help` lists them"),
        (
            ["usage", "--timezone", "Europe/Berln"],
            "--timezone: \"Europe/Berln\" is no name of the tz database; did you mean \"Europe/Berlin\"?"
        ),
    ])
    func `a misspelt command or zone is told with the one that is meant`(arguments: [String], message: String) throws {
        let ended = try Mill(scripts: [:]).program.run(arguments)
        #expect(ended.status == 2)
        #expect(ended.err.contains("tidemill: \(message)"), "\(ended.err)")
    }

    @Test func `catalog errors name the item, and the line that is wrong`() throws {
        let mill = try Mill(scripts: [
            "catalog.lua": "-- first\n"
                + Self.catalog.replacing("\"MONTHLY\"", with: "\"MONTHLI\""),
            "more.lua":
                "catalog {\n  plans = {\n    { id = \"plan-x\", productId = \"p\",\n      displayNam = \"X\" },\n  },\n}",
        ])
        let problems = try mill.json("check", status: 2)["problems"]?.items ?? []
        let lines = problems.map { "\($0["file"]?.text ?? ""):\($0["line"]?.json ?? ""): \($0["message"]?.text ?? "")" }
        #expect(
            lines.contains {
                $0.hasPrefix(
                    "scripts/catalog.lua:12: plan \"plan-pro\": 'catalog.plans[2].charges.pricingModels[1].pricePeriods[1].billingPeriod'"
                )
            }, "\(lines)")
        #expect(
            lines.contains {
                $0.hasPrefix("scripts/more.lua:4: plan \"plan-x\": unknown field 'catalog.plans[3].displayNam'")
            },
            "\(lines)")
    }

    @Test func `a word of Lua as a field's name is told with what to write`() throws {
        let mill = try Mill(scripts: [
            "a.lua": "catalog {\n  features = { { meter = { aggregation = { function = \"SUM\" } } } },\n}"
        ])
        #expect(
            try mill.program.run("check").text.contains(
                "scripts/a.lua:2: '(' expected near '=' (`function` is a word of Lua: as a field's name write [\"function\"] = …)"
            ))
    }

    @Test func `a misspelt id of the catalog is told with the one that is meant`() throws {
        let mill = try Mill(scripts: ["a.lua": Self.catalog])
        _ = try mill.json("apply", "--yes")
        _ = try mill.json("call", "provisionCustomer", #"{"id":"acme"}"#)
        for (operation, input, message) in [
            ("getPlan", #"{"id":"plan-por"}"#, #"there is no plan "plan-por" (did you mean "plan-pro"?)"#),
            (
                "provisionSubscription", #"{"customerId":"acme","planId":"plan-fre"}"#,
                #"there is no plan "plan-fre" (did you mean "plan-free"?)"#
            ),
        ] {
            let ended = try mill.program.run("call", operation, input)
            #expect(ended.status == 1 && ended.err.contains(message), "\(ended.err)")
        }
    }

    @Test func `apply says who keeps which price, and moves them later`() throws {
        let mill = try Mill(scripts: ["a.lua": Self.catalog])
        _ = try mill.json("apply", "--yes")
        _ = try mill.json("call", "provisionCustomer", #"{"id":"acme"}"#)
        _ = try mill.json(
            "call", "provisionSubscription", #"{"customerId":"acme","planId":"plan-pro","billingPeriod":"MONTHLY"}"#)
        try mill.folder.write("scripts/a.lua", Self.catalog.replacing("amount = 49", with: "amount = 59"))
        let applied = try mill.program.run("apply", "--yes").text
        #expect(
            applied.hasSuffix(
                """
                Applied.
                plan "plan-pro": 1 subscription keeps an older version than 2, with its price
                `tidemill apply --migrate all` moves them to the newest

                """), "\(applied)")
        #expect(
            try mill.program.run("apply").text.hasPrefix(
                "The catalog is applied already.\nplan \"plan-pro\": 1 subscription keeps"))
        let moved = try mill.json("apply", "--yes", "--migrate", "all")
        #expect(moved["migrated"]?.items.first?["subscriptions"] == 1 && moved["applied"] == false)
        #expect(try mill.program.run("apply", "--yes", "--migrate", "all").text == "The catalog is applied already.\n")
        let next = try mill.json("call", "listSubscriptions", #"{"customerId":"acme"}"#)["data"]?.items.first
        #expect(next?["planVersion"] == 2 || next?.json.contains("59") == true, "\(next?.prettyJSON ?? "")")
    }

    @Test func `an unknown job is wrong use by whatever door, and a part of the worker is not suggested for itself`()
        throws
    {
        let mill = try Mill(scripts: ["a.lua": "job { name = \"nightly\", run = function() end }"])
        let called = try mill.program.run("call", "fireJob", #"{"job":"nightli"}"#)
        #expect(called.status == 2 && called.err.contains("(did you mean \"nightly\"?)"), "\(called.err)")
        #expect(try mill.program.run("fire", "nightli").status == 2)
        let paused = try mill.program.run("call", "pause", #"{"target":"job","job":"ingest","reason":"x"}"#)
        #expect(paused.status == 2 && paused.err.contains("\"ingest\" is a part of the worker"), "\(paused.err)")
    }

    @Test func `what a fired job emitted is said to wait for a worker`() throws {
        let mill = try Mill(scripts: ["a.lua": "job { name = \"j\", run = function() emit('x') end }"])
        #expect(try mill.program.run("fire", "j").text.contains("What it emitted is in spool/out"))
    }

    @Test func `errors name the operation that was asked`() throws {
        let mill = try Mill(scripts: [:])
        for (operation, input) in [
            ("resumeWallet", #"{"customerId":"nobody","currencyId":"c","reason":"r"}"#),
            ("getCustomerOverview", #"{"customerId":"nobody"}"#),
        ] {
            let ended = try mill.program.run("call", operation, input)
            #expect(ended.status == 1 && ended.err.hasPrefix("tidemill: \(operation): "), "\(ended.err)")
        }
    }

    @Test func `limits stay in the words of a group, and what differs is left out`() {
        #expect(
            RejectedRecords.common(
                "'n' must have at most 18 digits, got 20 of them", "'n' must have at most 18 digits, got 31 of them")
                == "'n' must have at most 18 digits, got … of them")
        #expect(
            RejectedRecords.common("at most 18 digits, got …", "at most 18 digits, got 7") == "at most 18 digits, got …"
        )
    }

    @Test func `log lines for machines have numbers as numbers and fields as an object`() throws {
        let mill = try Mill(scripts: [
            "a.lua":
                "job { name = \"j\", on = \"ping\", run = function()\n  log.warn('hi', { a = 1, b = { 'x' } })\n  print('a', 'b')\nend }"
        ])
        try mill.deliver("pings.ndjson", #"{"type":"ping","messageId":"1"}"#)
        let ended = try mill.program.run("run", "--once")
        let lines = ended.err.split(separator: "\n").compactMap { try? Payload(json: String($0)) }
        let warned = lines.first { $0["message"] == "hi" }
        #expect(warned?["fields"] == ["a": 1, "b": ["x"]] && warned?["level"] == "warning", "\(ended.err)")
        #expect(lines.contains { $0["message"] == "a\tb" }, "\(ended.err)")
        let delivery = lines.first { $0["message"]?.text?.hasPrefix("pings.ndjson: 1 record: ") == true }
        #expect(delivery?["records"] == 1 && delivery?["applied"] == 1 && delivery?["rejected"] == 0, "\(ended.err)")
        #expect(delivery?["milliseconds"]?.count != nil)
        #expect(ended.text.contains("1 record: 1 applied") && ended.text.contains("1 delivery done"), "\(ended.text)")
    }
}
