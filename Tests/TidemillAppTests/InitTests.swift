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
