import ArgumentParser
import Foundation
import Testing
import TidemillOperations

@testable import TidemillApp

/// What `--json` prints of each command is what its schema says, by the real program.
struct OutputSchemaTests {
    private static func leaves(_ command: any ParsableCommand.Type, after path: [String] = []) -> [[String]] {
        command.configuration.subcommands.flatMap { subcommand in
            let path = path + [subcommand._commandName]
            return subcommand.configuration.subcommands.isEmpty ? [path] : leaves(subcommand, after: path)
        }
    }

    @Test func `each command has a schema, and each schema a command`() {
        #expect(
            Self.leaves(Tidemill.self).map { $0.joined(separator: " ") }.sorted()
                == OutputSchemas.commands.keys.sorted())
    }

    @Test func `a value that is none is told`() {
        let schema: Payload = [
            "type": "object", "required": ["a"],
            "properties": ["a": ["type": ["integer", "null"]], "b": ["enum": ["x"]]],
        ]
        #expect(SchemaCheck.faults(["a": 1, "b": "x"], schema) == [])
        for wrong in [["b": "x"], ["a": "1"], ["a": 1, "b": "y"], ["a": 1, "c": 1], []] as [Payload] {
            #expect(SchemaCheck.faults(wrong, schema).count == 1, "\(wrong)")
        }
    }

    @Test func `what commands print is what their schemas say`() throws {
        let mill = try ScreenFixture.mill()
        let run = try #require(try mill.json("runs").items.first?["id"]?.text)
        let own = try mill.json("runs", "--customer", "acme").items
        #expect(!own.isEmpty && own.allSatisfy { $0["customerId"] == "acme" })
        let charged = try mill.json("customer", "globex")["usage"]?.items ?? []
        // 700 and 3 × 100 tokens.
        #expect(charged.map { $0["featureId"] } == ["feature-tokens"] && charged[0]["used"] == 1000, "\(charged)")
        let status = try mill.json("status", status: 1)
        #expect(status["workers"] == 0 && (status["store"]?["freeBytes"]?.count ?? 0) > 0)
        #expect(status["work"]?["applied"]?.count ?? 0 > 0)
        let delivery = try #require(try mill.json("deliveries").items.first?["delivery"]?.text)
        let record = try #require(try mill.json("rejected").items.first?["id"]?.text)
        let invoice = try mill.json("invoices", "list", "--customer", "acme").items.first?["billingId"]?.text
        var lines: [(command: String, arguments: [String])] = [
            ("run", ["run", "--once"]), ("run", ["run", "--once", "--dry-run"]), ("check", ["check"]),
            ("apply", ["apply", "--yes"]), ("operations", ["operations"]),
            ("operations", ["operations", "getCustomer"]),
            ("usage", ["usage"]), ("customer", ["customer", "acme"]), ("customer", ["customer", "globex"]),
            ("deliveries list", ["deliveries"]), ("deliveries show", ["deliveries", "show", delivery]),
            ("reprocess events", ["reprocess", "--customer", "acme"]), ("reprocess list", ["reprocess", "list"]),
            ("events", ["events", "--customer", "acme"]), ("rejected list", ["rejected"]),
            ("rejected list", ["rejected", "list", "--grouped"]), ("rejected show", ["rejected", "show", record]),
            ("status", ["status"]), ("explain", ["explain"]), ("explain", ["explain", "records_rejected"]),
            ("jobs", ["jobs"]), ("fire", ["fire", "weekly-report"]), ("fire", ["fire", "weekly-report", "--dry-run"]),
            ("runs list", ["runs", "--customer", "acme"]), ("runs show", ["runs", "show", run]),
            ("limits", ["limits"]), ("wallets", ["wallets"]), ("recharges", ["recharges"]),
            ("invoices list", ["invoices", "list", "--customer", "acme", "--drafts"]),
            ("invoices late list", ["invoices", "late"]), ("pause", ["pause", "grants", "--reason", "r"]),
            ("resume", ["resume", "grants"]), ("verify", ["verify"]), ("audit", ["audit"]), ("test", ["test"]),
            ("schedule", ["schedule", "@daily"]), ("keys add", ["keys", "add", "k", "--scope", "read"]),
            ("keys list", ["keys"]), ("keys revoke", ["keys", "revoke", "k"]), ("keys link", ["keys", "link"]),
            ("dashboard", ["dashboard"]), ("completions", ["completions", "fish"]),
            ("complete", ["complete", "operations"]), ("backup", ["backup", mill.folder.path("copy.db")]),
            ("init", ["init", mill.folder.path("new")]), ("stubs", ["stubs", mill.folder.path("made")]),
            ("schemas", ["schemas", mill.folder.path("made")]), ("trigger", ["trigger", "customer.created"]),
            ("demo", ["demo", "--months", "1", "--customers", "1", "--store", mill.folder.path("demo")]),
            ("ingest", ["ingest", mill.folder.path("more.ndjson")]),
            ("rejected retry", ["rejected", "retry", "--all"]),
            ("rejected drop", ["rejected", "drop", "--all"]),
            ("deliveries void", ["deliveries", "void", delivery, "--reason", "r"]),
        ]
        if let invoice { lines.append(("invoices show", ["invoices", "show", invoice])) }
        for (command, arguments) in lines {
            let ended = try mill.program.run(arguments + ["--json"])
            let printed = try ended.json()
            #expect(printed["error"] == nil, "\(arguments): \(printed.json)")
            let faults = SchemaCheck.faults(printed, OutputSchemas.schema(of: command))
            #expect(faults == [], "\(arguments): \(faults.prefix(3).joined(separator: "\n"))")
        }
    }
}
