import Foundation
import Testing
import TidemillOperations

@testable import TidemillApp

/// A new project, as a newcomer gets it: made, checked, tested, fed and asked by the real program.
struct InitTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) throws -> Program.Ended {
        try Program(config: folder.path("shop/config.toml")).run(arguments)
    }

    @Test func `a new project is checked, tested, fed and asked without another word`() throws {
        let made = try run("init", folder.path("shop"))
        #expect(made.status == 0, "\(made.err)")
        #expect(try folder.names(in: "shop/scripts") == ["catalog.lua", "jobs.lua", "rules.lua", "rules_test.lua"])
        let checked = try run("check", "--json")
        #expect(checked.status == 0, "\(checked.text)\(checked.err)")
        #expect(try checked.json()["problems"] ?? [] == [])
        #expect(try checked.json()["warnings"] ?? [] == [], "\(checked.text)")
        let tested = try run("test")
        #expect(tested.status == 0, "\(tested.text)\(tested.err)")
        let ingested = try run("ingest", folder.path("shop/deliveries/calls.ndjson"), "--json")
        let counts = try #require(ingested.json().items.first)
        #expect([counts["applied"], counts["filtered"], counts["duplicate"], counts["rejected"]] == [2, 1, 1, 0])
        // Its job runs once for a webhook, and not for what the engine says of the customer that it makes.
        try folder.write(
            "shop/spool/inbox/hook.json",
            #"{"type":"customer.created","messageId":"m-1","customer":{"id":"acme","name":"Acme Inc."}}"#)
        #expect(try run("run", "--once").status == 0)
        let runs = try run("runs", "--json").json().items
        #expect(runs.map { $0["state"] } == ["done"], "\(runs)")
        // 5,000 bytes are 4 full KiB and one that was begun, 100 are one: 5 + 1.
        #expect(try run("usage", "--json").json().items.first?["value"] == 6)
    }

    @Test func `the commands that it prints work as they stand`() throws {
        for template in ProjectTemplate.allCases {
            let place = folder.path(template.rawValue)
            let made = try run("init", place, "--with", template.rawValue)
            let lines = made.text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            let commands = lines.filter { $0.hasPrefix("cd ") || $0.hasPrefix("tidemill ") }
            #expect(commands.count == 4, "\(made.text)\(made.err)")
            // The worker ends when what waits is done; `cd` is where the others are.
            let script = commands.map { $0.replacing("tidemill run", with: "tidemill run --once") }
            let bin = URL(filePath: Program.path).deletingLastPathComponent().path
            let ended = try Program(config: "config.toml").run(
                "/bin/bash", ["-euc", "PATH=\(bin):$PATH\n" + script.joined(separator: "\n")], input: nil)
            #expect(ended.status == 0, "\(ended.text)\(ended.err)")
            let checked = try Program(config: "\(place)/config.toml").run("check", "--json")
            #expect(try checked.json()["ok"] == true, "\(checked.text)")
        }
    }

    @Test func `an editor finds the definitions that are made with the project`() throws {
        #expect(try run("init", folder.path("shop")).status == 0)
        let settings = try Payload(json: folder.read("shop/.luarc.json"))
        #expect(settings["workspace.library"] == [".tidemill"])
        let made = try folder.names(in: "shop/.tidemill")
        #expect(made == ["client.d.lua", "config.schema.json", "events.d.lua", "tidemill.d.lua"])
        #expect(try run("stubs", folder.path("again")).status == 0)
        #expect(try run("schemas", folder.path("again")).status == 0)
        #expect(try folder.read("shop/config.toml").hasPrefix("#:schema .tidemill/config.schema.json\n"))
        for name in made { #expect(try folder.read("again/\(name)") == folder.read("shop/.tidemill/\(name)")) }
        #expect(try Payload(json: folder.read("again/.luarc.json"))["workspace.library"]?.items.count == 3)
        // Among scripts they would be written over, and read as scripts by nobody.
        for place in ["shop/scripts", "shop/scripts/lib"] {
            let refused = try run("stubs", folder.path(place))
            #expect(refused.status == 2 && refused.err.contains("is the folder of the scripts"), "\(refused.err)")
        }
        #expect(try folder.names(in: "shop/scripts").allSatisfy { !$0.hasSuffix(".d.lua") })
        try folder.write("other/mine.lua", "")
        #expect(try run("stubs", folder.path("other")).err.contains("has scripts, such as mine.lua"))
        #expect(try run("check").status == 0)
    }

    @Test(arguments: [["stubs"], ["schemas"], ["init"], ["demo", "--customers", "1", "--months", "1", "--store"]])
    func `a file where a folder should be is told in words`(command: [String]) throws {
        try folder.write("taken", "a file")
        for place in ["taken", "taken/below"] {
            let ended = try Program(config: folder.path("shop/config.toml")).run(command + [folder.path(place)])
            #expect(ended.status == 2, "\(ended.err)")
            #expect(ended.err.contains("taken is a file, where a folder is expected"), "\(ended.err)")
            #expect(!ended.err.contains("Domain"), "\(ended.err)")
        }
        #expect(try folder.read("taken") == "a file")
    }

    @Test func `scripts that were there before are named`() throws {
        try folder.write("shop/scripts/mine.lua", "job { name = 'mine', schedule = '@daily', run = function() end }")
        let made = try run("init", folder.path("shop"))
        #expect(made.status == 0 && made.text.contains("scripts/mine.lua was there before"), "\(made.text)")
        #expect(try run("init", folder.path("clean")).text.contains("before") == false)
    }

    @Test func `a sample webhook goes into the inbox, and starts what is on it`() throws {
        #expect(try run("init", folder.path("shop")).status == 0)
        let dropped = try run(
            "trigger", "customer.created", "--set", "customer.id=globex", "--set", "name=Globex", "--json")
        let event = try #require(try dropped.json()["event"], "\(dropped.err)")
        #expect(event["type"] == "customer.created" && event["name"] == "Globex")
        #expect(event["customer"] == ["id": "globex"])
        // Each place that named the customer names this one.
        #expect(!event.json.contains("acme\""), "\(event.json)")
        // Announced again it is set up already.
        for _ in 1...2 { #expect(try run("trigger", "customer.created").status == 0) }
        #expect(try run("run", "--once").status == 0)
        let customers = try run("call", "listCustomers", "--json").json()["data"]?.items ?? []
        let ids = Set(customers.compactMap { $0["id"]?.text })
        #expect(ids == ["acme", "globex"])
        let unknown = try run("trigger", "customer.craeted")
        #expect(unknown.status == 2 && unknown.err.contains("did you mean customer.created?"), "\(unknown.err)")
        #expect(try run("trigger", "customer.created", "--set", "name").status == 2)
        #expect(try run("runs", "--json").json().items.allSatisfy { $0["state"] == "done" })
        for (path, near) in [("custmer.id", "customer.id"), ("customer.idd", "customer.id"), ("nmae", "name")] {
            let refused = try run("trigger", "customer.created", "--set", "\(path)=x")
            #expect(refused.status == 2 && refused.err.contains("did you mean \(near)?"), "\(refused.err)")
        }
        #expect(try run("trigger", "customer.created", "--set", "metadata.any.thing=1").status == 0)
    }

    @Test func `a sample of each event is what the table says of it`() throws {
        for row in EngineEventTable.rows {
            let sample = row.sample(messageID: "m", timestamp: "2026-01-01T00:00:00Z")
            for field in EngineEventRow.common + row.fields where field.isRequired {
                #expect(sample[field.name] != nil, "\(row.type) \(field.name)")
            }
        }
    }

    @Test func `what is there stays as it is`() throws {
        try folder.write("shop/config.toml", "environment = \"mine\"\n")
        let refused = try run("init", folder.path("shop"), "--json")
        #expect(refused.status == 2)
        #expect(try refused.json()["error"]?["code"] == "exists", "\(refused.text)")
        #expect(try folder.read("shop/config.toml") == "environment = \"mine\"\n")
        #expect(try folder.names(in: "shop") == ["config.toml"])
    }

    @Test func `a missing configuration names both ways out`() throws {
        let refused = try run("check")
        #expect(refused.status == 2)
        #expect(refused.text.contains("there is no such configuration file"), "\(refused.text)")
        #expect(refused.text.contains("`tidemill init`"))
        #expect(refused.text.contains("--config PATH"))
    }
}
