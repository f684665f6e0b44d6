import Foundation
import Testing
import TidemillCore
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
            ["help", "stauts"],
            "there is no command \"stauts\" (did you mean \"status\"?); `tidemill --help` lists them"
        ),
        (
            ["--confg", "x", "status"],
            "there is no option \"--confg\" (did you mean \"--config\"?); options go behind the command, and `tidemill --help` lists the commands"
        ),
        (["--config", "x", "status"], "--config goes behind the command: `tidemill COMMAND --config`"),
        (
            ["status", "--jsn"],
            "there is no option \"--jsn\" of `tidemill status` (did you mean \"--json\"?); `tidemill status --help` lists them"
        ),
        (
            // Though an argument is missing, too.
            ["runs", "show", "--jsn"],
            "there is no option \"--jsn\" of `tidemill runs show` (did you mean \"--json\"?); `tidemill runs show --help` lists them"
        ),
        (
            ["runs", "--stat=done"],
            "there is no option \"--stat\" of `tidemill runs list` (did you mean \"--state\"?); `tidemill runs list --help` lists them"
        ),
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

    @Test(arguments: [
        (
            "provisionSubscription", #"{"customerId":"c","planId":"plan-pro"}"#, "plan \"plan-pro\"",
            "scripts/catalog.lua:5"
        ),
        (
            "getPlan", #"{"id":"plan-free"}"#, "plan \"plan-free\"",
            "scripts/catalog.lua:4"
        ),
        ("createPlan", #"{"id":"x","displayName":"X","productId":"p"}"#, "product \"p\"", "scripts/catalog.lua:2"),
    ])
    func `what the scripts declare and nobody applied is told to wait for it`(
        operation: String, input: String, what: String, place: String
    ) throws {
        let mill = try Mill(scripts: ["catalog.lua": Self.catalog])
        _ = try mill.program.run("call", "provisionCustomer", #"{"id":"c"}"#)
        let ended = try mill.program.run("call", operation, input)
        #expect(
            ended.err.contains(
                "there is no \(what); it stands in \(place), and `tidemill apply` brings it into the store"),
            "\(ended.err)")
        // What is near it may be meant, and what nobody declares is to be made.
        let near = try mill.program.run("call", "provisionSubscription", #"{"customerId":"c","planId":"plan-pr"}"#)
        #expect(
            near.err.contains(
                "there is no plan \"plan-pr\" (did you mean \"plan-pro\"?); it stands in scripts/catalog.lua:5, and"),
            "\(near.err)")
        let other = try mill.program.run("call", "provisionSubscription", #"{"customerId":"c","planId":"gold"}"#)
        #expect(
            other.err.contains("there is no plan \"gold\"; create it with createPlan or in the catalog"),
            "\(other.err)")
    }

    @Test func `what zones are built in is told with its version`() throws {
        let mill = try Mill(scripts: [:])
        var program = mill.program
        program.environment["TZDIR"] = "/nonexistent"
        let told = try program.run("--version").text
        let version = try #require(told.firstMatch(of: #/time zones (20[0-9]{2}[a-z]+), built in/#)?.1, "\(told)")
        let shown = try program.run("status", "--json").json()["timezones"]
        #expect(shown == ["place": "built in", "version": .string(String(version))])
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
                "job { name = \"j\", on = \"ping\", run = function()\n  log.warn('hi', { a = 1, b = { 'x' } })\n  print('a', 'b')\nend }\njob { name = \"k\", on = \"ping\", run = function() error('no') end }"
        ])
        try mill.deliver("pings.ndjson", #"{"type":"ping","messageId":"1"}"#)
        let ended = try mill.program.run("run", "--once")
        let lines = ended.err.split(separator: "\n").compactMap { try? Payload(json: String($0)) }
        let warned = lines.first { $0["message"] == "hi" }
        #expect(warned?["fields"]?["a"] == 1 && warned?["fields"]?["b"] == ["x"], "\(ended.err)")
        #expect(warned?["fields"]?["script"] == "scripts/a.lua:2" && warned?["level"] == "warning", "\(ended.err)")
        // Beside them stands what every line has, and nothing else.
        for line in lines {
            guard case .object(let members) = line else { continue }
            let known: Set<String> = ["time", "level", "logger", "message", "fields"]
            #expect(members.keys.allSatisfy { known.contains($0) }, "\(line.json)")
        }
        #expect(lines.contains { $0["message"] == "a\tb" }, "\(ended.err)")
        let delivery = lines.first { $0["message"]?.text?.hasPrefix("pings.ndjson: 1 record: ") == true }
        let counts = delivery?["fields"]
        #expect(counts?["records"] == 1 && counts?["applied"] == 1 && counts?["rejected"] == 0, "\(ended.err)")
        // Files that are counted together have no time of their own.
        #expect(counts?["batchMilliseconds"]?.count != nil && counts?["batchFiles"] == 1)
        let failed = lines.first { $0["message"]?.text?.hasPrefix("job k failed: ") == true }
        #expect(failed?["fields"]?["attempt"] == 1, "\(ended.err)")
        #expect(ended.text.contains("1 record: 1 applied") && ended.text.contains("1 delivery done"), "\(ended.text)")
    }
}
