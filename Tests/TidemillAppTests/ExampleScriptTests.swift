import Foundation
import Testing
import TidemillOperations

/// Each folder of examples/scripts, with its delivery. The expected numbers are worked out by hand.
struct ExampleScriptTests {
    static let folder = Program.projectRoot.appending(path: "examples/scripts")

    private func run(_ name: String, expecting status: Int32 = 0) throws -> Mill {
        let mill = try Mill(scriptsFolder: Self.folder.appending(path: name).path)
        #expect(try mill.json("check")["ok"] == true)
        try mill.deliver(
            "delivery.ndjson", try Data(contentsOf: Self.folder.appending(path: "\(name)/delivery.ndjson")))
        try mill.runOnce(expecting: status)
        #expect(try mill.json("verify")["ok"] == true)
        return mill
    }

    @Test func `no example is left out here`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(names == Self.tested)
    }

    /// Each has tests of its own.
    static let tested = [
        "dunning", "exact-prices", "first-ten", "invoice-handover", "loyalty-grant", "month-end-report",
        "plan-migration",
        "resellers", "seat-reconciliation", "spend-alarm", "split-by-direction", "trial-extension", "velocity-recharge",
    ]

    @Test(arguments: tested) func `an example passes its own tests`(name: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("config.toml", "")
        let ended = try Program(config: folder.path("config.toml")).run(
            "test", Self.folder.appending(path: name).path, "--json")
        #expect(ended.status == 0, "\(ended.text)\(ended.err)")
        #expect(try !ended.json().items.isEmpty)
        #expect(try Mill(scriptsFolder: Self.folder.appending(path: name).path).json("check")["ok"] == true)
    }

    @Test func `the test in docs/testing.md passes with the shipped scripts`() throws {
        let page = try String(contentsOf: Program.projectRoot.appending(path: "docs/testing.md"), encoding: .utf8)
        let text = try #require(page.split(separator: "```lua\n").last?.split(separator: "```").first)
        let mill = try Mill()
        try mill.folder.write("scripts/docs_test.lua", String(text))
        let results = try mill.json("test", mill.folder.path("scripts/docs_test.lua")).items
        #expect(results.map { $0["ok"] } == [true])
    }

    private func page(_ name: String, of language: String) throws -> [String] {
        let page = try String(contentsOf: Program.projectRoot.appending(path: "docs/\(name)"), encoding: .utf8)
        return page.split(separator: "```\(language)\n").dropFirst()
            .compactMap { $0.split(separator: "```").first.map(String.init) }
    }

    @Test(arguments: [("jobs.md", 7), ("rules.md", 3), ("invoices.md", 2)])
    func `the scripts of a guide pass the test beside them`(name: String, count: Int) throws {
        let blocks = try page(name, of: "lua")
        #expect(blocks.count == count)
        var scripts: [String: String] = [:]
        for (number, block) in blocks.enumerated() {
            let isTest = block.hasPrefix("test(")
            scripts["docs\(number)\(isTest ? "_test" : "").lua"] = block
        }
        let mill = try Mill(scripts: scripts)
        #expect(try mill.json("check")["ok"] == true)
        let ended = try mill.program.run("test", "--json")
        #expect(ended.status == 0, "\(ended.text)\(ended.err)")
        #expect(try ended.json().items.map { $0["ok"] } == [true])
    }

    @Test func `the records of the guide are applied, and a repeat of the operation changes nothing`() throws {
        let lines = try page("records.md", of: "json").joined()
        let mill = try Mill(
            scripts: [
                "a.lua": """
                catalog { features = { { id = "seats", displayName = "Seats", featureType = "NUMBER",
                  meterType = "FLUCTUATING" } } }
                """
            ], accept: #""event", "usage", "webhook", "operation""#)
        try mill.runOnce()
        _ = try mill.json("call", "provisionCustomer", #"{"id": "acme"}"#)
        try mill.deliver("guide.ndjson", lines)
        let totals = try mill.runOnce()
        #expect(totals["records"] == 5 && totals["applied"] == 5)
        try mill.deliver("again.ndjson", lines + "\n")
        #expect(try mill.runOnce()["duplicate"] == 5)
        #expect(try mill.usage("seats") == ["acme": "3"])
        #expect(try mill.json("call", "getCustomer", #"{"id": "globex"}"#)["name"] == "Globex")
    }

    @Test func `the shipped scripts pass their tests`() throws {
        let ended = try Program(config: Program.projectRoot.appending(path: "config.toml").path).run("test", "--json")
        #expect(ended.status == 0, "\(ended.text)\(ended.err)")
        #expect(try ended.json().items.count == 5)
    }

    /// acme announces itself, then uses 37.44 credits of the 50 that it was welcomed with: 12.56 are below 20. The policy
    /// buys up to 50 and what the last six hours took, which is nothing: the examples are of 2025. The gateway `none`
    /// charges nobody.
    @Test func `the shipped setup works from the file to the recharge`() throws {
        let mill = try Mill()
        let deliveries = Program.projectRoot.appending(path: "examples/deliveries")
        for names in [["customer-created.json"], ["inference.ndjson", "more-inference.json", "some-bad.ndjson"]] {
            for name in names { try mill.deliver(name, try Data(contentsOf: deliveries.appending(path: name))) }
            try mill.runOnce(expecting: names.count > 1 ? 1 : 0)
        }
        let wallet = try mill.json("call", "getCreditBalance", #"{"customerId":"acme","currencyId":"credits-ai"}"#)
        #expect(wallet["balance"] == 50)
        #expect(wallet["currentUsage"]?.json == "37.44")
        let grants = try mill.json("call", "listCreditGrants", #"{"customerId":"acme"}"#)["data"]?.items ?? []
        #expect(grants.compactMap { $0["amount"]?.json }.sorted() == ["37.44", "50"])
        _ = try mill.json("fire", "nightly-report")
        try mill.runOnce()
        let messages = try mill.folder.names(in: "spool/out")
        #expect(messages.count == 1)
        #expect(try mill.json("verify")["ok"] == true)
    }

    @Test func `an event split in two counts once in each meter`() throws {
        let mill = try run("split-by-direction")
        #expect(try mill.usage("feature-read") == ["acme": "120"])
        #expect(try mill.usage("feature-written") == ["acme": "10"])
        #expect(try mill.delivery("delivery.ndjson")?["duplicate"] == 1)
    }

    @Test func `a tenant's usage is its reseller's`() throws {
        let mill = try run("resellers")
        let rows = try mill.json("usage").items.map {
            "\($0["customerId"]?.text ?? "") \($0["resourceId"]?.text ?? "-") \($0["value"]?.json ?? "")"
        }
        #expect(rows == ["direct - 1", "northwind tenant-1 2", "northwind tenant-2 1"])
        #expect(try mill.delivery("delivery.ndjson")?["filteredBy"] == ["not-ours": 1])
    }

    @Test func `prices are exact, and an unknown one rejects its record only`() throws {
        let mill = try run("exact-prices", expecting: 1)
        #expect(try mill.usage("feature-spend") == ["acme": "0.3001"])
        let rejected = try #require(try mill.json("rejected").items.first)
        #expect(
            rejected["message"]?.text?.hasSuffix("prices.lua:20: no price for size huge") == true, "\(rejected.json)")
    }

    @Test func `the README's first script does what the README says`() throws {
        let readme = try String(contentsOf: Program.projectRoot.appending(path: "README.md"), encoding: .utf8)
        let script = try #require(readme.split(separator: "```lua\n").last?.split(separator: "```").first)
        let event = try #require(readme.split(separator: "echo '").last?.split(separator: "'").first)
        let mill = try Mill(scripts: ["first.lua": String(script)])
        #expect(try mill.json("check")["ok"] == true)
        try mill.folder.write("e.ndjson", String(event))
        #expect(try mill.json("ingest", mill.folder.path("e.ndjson")).items.first?["applied"] == 1)
        // 5000 bytes are five started KiB.
        #expect(try mill.usage("feature-calls") == ["acme": "5"])
    }

    @Test func `the page of commands names every command, and no other`() throws {
        let page = try String(contentsOf: Program.projectRoot.appending(path: "docs/commands.md"), encoding: .utf8)
        let table = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let named = Set(
            table.flatMap { row in
                row.dropFirst(3).split(separator: "|")[0].split(separator: "`, `").compactMap {
                    $0.drop { $0 == "`" || $0 == " " }.split { !$0.isLetter }.first.map(String.init)
                }
            })
        let help = try Program(config: "config.toml").help()
        #expect(named == help)
    }
}

extension Program {
    /// The commands that `--help` lists.
    fileprivate func help() throws -> Set<String> {
        let text = try run("--help").text
        let lines = text.split(separator: "SUBCOMMANDS:").last?.split(separator: "\n") ?? []
        return Set(
            lines.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.hasPrefix("  See") }.compactMap {
                $0.split(separator: " ").first.map(String.init)
            })
    }
}
