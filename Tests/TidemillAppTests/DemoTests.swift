import Foundation
import Testing
import TidemillOperations
import TidemillStore
import TidemillTestSupport

@testable import TidemillApp

/// A small demo, made by the real program: what is in it, and that it is the same each time.
struct DemoTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func make(_ name: String, seed: Int = 7) throws -> Program.Ended {
        try Program(config: "/nowhere").run(
            "demo", "--months", "1", "--customers", "24", "--until", "2026-04-01T00:00:00Z", "--seed", "\(seed)",
            "--store",
            folder.path(name), "--json")
    }

    private func ask(_ name: String, _ arguments: String...) throws -> Payload {
        try Program(config: folder.path("\(name)/config.toml")).run(arguments + ["--json"]).json()
    }

    @Test func `a demo has something of everything, and adds up`() throws {
        let made = try make("demo")
        #expect(made.status == 0, "\(made.err)")
        let totals = try made.json()
        let parts = ["applied", "filtered", "duplicate", "rejected"].map { totals[$0]?.count ?? 0 }
        #expect(parts.allSatisfy { $0 > 0 }, "\(made.text)")
        #expect(parts.reduce(0, +) == totals["records"]?.count)
        #expect(totals["customers"] == 24)
        // Nothing is left of the making.
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("demo")).sorted()
        #expect(
            names == [".gitignore", ".luarc.json", ".tidemill", "config.toml", "deliveries", "scripts", "var"])
        #expect(try ask("demo", "verify")["ok"] == true)
        let named = try ask("demo", "call", "listCustomers", #"{"limit":100}"#)["data"]?.items ?? []
        #expect(named.count == 24 && named.allSatisfy { $0["name"]?.text?.contains(" ") == true })
        let groups = try ask("demo", "rejected", "list", "--grouped").items
        #expect(groups.count > 1, "\(groups)")
        let runs = try ask("demo", "runs", "--limit", "1000").items
        // The first worker, months behind its end, clears nothing away.
        _ = try Program(config: folder.path("demo/config.toml")).run("run", "--once")
        #expect(try ask("demo", "runs", "--limit", "1000").items.count >= runs.count)
        let states = Set(runs.compactMap { $0["state"]?.text })
        #expect(states.isSuperset(of: ["done", "failed"]))
        let results = Set(try ask("demo", "recharges", "--limit", "1000").items.compactMap { $0["result"]?.text })
        #expect(results.contains("DECLINED"), "\(results)")
        let audit = try ask("demo", "audit", "--limit", "1000").items
        #expect(audit.count > 24 && audit.allSatisfy { $0["actor"]?.text?.isEmpty == false })
        // What it announced on the way is what the table says.
        let store = try SQLiteStore(path: folder.path("demo/var/tidemill.db"), environment: "dev")
        let announced = try AnnouncedEvents.faults(in: store)
        #expect(announced.faults == [])
        #expect(announced.types.isSuperset(of: ["invoice.finalized", "automatic_recharge.operation.attempted"]))
        #expect(announced.types.subtracting(EngineEventTable.rows.map(\.type)) == ["account.review", "report.credits"])
    }

    @Test func `the same seed and end make the same life, and another seed another`() throws {
        let first = try make("a").json()
        let second = try make("b").json()
        for name in ["records", "applied", "filtered", "duplicate", "rejected", "deliveries"] {
            #expect(first[name] == second[name])
        }
        #expect(try ask("a", "usage") == ask("b", "usage"))
        func invoices(_ name: String) throws -> [Payload?] {
            let customers = try ask(name, "call", "listCustomers", #"{"limit":100}"#)["data"]?.items ?? []
            return try customers.prefix(6).flatMap {
                try ask(name, "invoices", "list", "--customer", $0["id"]?.text ?? "").items.map { $0["total"] }
            }
        }
        #expect(try invoices("a") == invoices("b"))
        #expect(try make("c", seed: 8).json()["records"] != first["records"])
    }

    @Test func `nothing goes beside data that is there`() throws {
        try folder.write("mine/var/tidemill.db", "data")
        let refused = try make("mine")
        #expect(refused.status == 2)
        #expect(try refused.json()["error"]?["code"] == "exists")
        #expect(try folder.read("mine/var/tidemill.db") == "data")
        #expect(try folder.names(in: "mine") == ["var"])
        try folder.write("project/config.toml", "")
        #expect(try make("project").status == 2)
        #expect(try folder.names(in: "project") == ["config.toml"])
    }
}
