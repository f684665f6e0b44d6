import ArgumentParser
import Foundation
import Testing
import TidemillOperations

@testable import TidemillApp

/// Commands that ask a server by `--url`.
struct RemoteCommandTests {
    @Test func `a command by its url answers what it answers beside the store`() throws {
        let served = try ServedMill()
        let url = ["--url", "http://127.0.0.1:\(served.port)"]
        var remote = Program(config: "/nonexistent/config.toml")
        remote.environment["TIDEMILL_KEY"] = "operator-\(ServedMill.key)"
        func run(_ arguments: String...) throws -> Program.Ended { try remote.run(arguments + ["--json"] + url) }

        let made = try run("call", "provisionCustomer", #"{"id":"acme","name":"Acme"}"#, "--reason", "für Ärger")
        #expect(made.status == 0 && made.text.contains("Acme"), "\(made.err)")
        for id in ["b", "c"] { #expect(try run("call", "provisionCustomer", #"{"id":"\#(id)"}"#).status == 0) }
        #expect(
            try run("call", "getCustomer", #"{"id":"acme"}"#).json()
                == served.mill.json("call", "getCustomer", #"{"id":"acme"}"#))
        let audit = try run("audit", "--limit", "10").json()
        let local10 = try served.mill.json("audit", "--limit", "10")
        #expect(audit == local10 && audit.items.count >= 3)
        #expect(audit.items.contains { $0["reason"] == "für Ärger" && $0["actor"] == "operator" })
        #expect(try run("pause", "ingest", "--reason", "test").status == 0)
        #expect(try run("status").status == 1)
        #expect(try served.mill.json("call", "listPauses").items.count == 1)
        // Errors and exit codes are the command's own.
        let unknown = try run("call", "getCustomer", #"{"id":"nobody"}"#)
        #expect(unknown.status == 1 && unknown.text.contains("CustomerNotFound"))
        let local = try run("check")
        #expect(local.status == 2 && local.text.contains("leave --url out"))
        remote.environment["TIDEMILL_KEY"] = "wrong"
        let stranger = try run("call", "listCustomers")
        #expect(stranger.status == 1 && stranger.text.contains("Unauthenticated"))
        remote.environment["TIDEMILL_KEY"] = ""
        #expect(try run("call", "listCustomers").status == 2)
        served.killWorker()
        remote.environment["TIDEMILL_KEY"] = ServedMill.key
        #expect(try run("call", "listCustomers").status == 1)
    }

    /// What the commands need that need something.
    private static let needed: [String: [String]] = [
        "call": ["listCustomers"], "pause": ["ingest", "--reason", "r"], "resume": ["ingest"], "fire": ["j"],
        "schedule": ["0 0 * * *"], "ingest": ["FOLDER/none.ndjson"], "backup": ["FOLDER/copy.db"],
        "init": ["FOLDER/new"], "demo": ["--store", "FOLDER/new"], "trigger": ["run.failed"], "stubs": ["FOLDER/new"],
        "schemas": ["FOLDER/new"], "reference": ["FOLDER/new"], "test": [],
        "serve": ["--memory", "--listen", "127.0.0.1:0"], "apply": ["--yes"],
        "deliveries show": ["d"], "deliveries void": ["d", "--reason", "r"], "deliveries fail": ["d", "--reason", "r"],
        "rejected show": ["r"], "rejected retry": ["--all"], "rejected drop": ["--all"], "reprocess show": ["r"],
        "events": ["--customer", "c"],
        "runs show": ["r"], "runs retry": ["r"], "runs resolve": ["r", "--done"],
        "runs cancel": ["r", "--reason", "r"],
        "invoices show": ["i"], "invoices paid": ["i"], "invoices void": ["i", "--rebill", "false", "--reason", "r"],
        "invoices list": ["--customer", "c"], "customer": ["c"],
        "invoices late accept": ["i", "--reason", "r"], "invoices late waive": ["i", "--reason", "r"],
        "completions": ["bash"], "complete": ["codes"], "keys add": ["k", "--scope", "read"], "keys revoke": ["k"],
    ]

    /// Every command without commands of its own, by its words.
    private static func leaves(
        _ command: any ParsableCommand.Type, _ path: [String] = []
    ) -> [(path: [String], command: any ParsableCommand.Type)] {
        let parts = command.configuration.subcommands
        return parts.isEmpty ? [(path, command)] : parts.flatMap { leaves($0, path + [$0._commandName]) }
    }

    @Test func `each command of the table asks by its url, or refuses it and writes nothing`() throws {
        let served = try ServedMill()
        let folder = try TemporaryFolder()
        var program = Program(config: folder.path("config.toml"))
        program.environment["TIDEMILL_KEY"] = "a-wrong-key"
        let commands = Self.leaves(Tidemill.self)
        #expect(commands.count >= 35)
        for (path, command) in commands {
            let more = (Self.needed[path.joined(separator: " ")] ?? []).map {
                $0.replacing("FOLDER", with: folder.path(""))
            }
            let ended = try program.run(path + more + ["--url", "http://127.0.0.1:\(served.port)"])
            if command is any AskingCommand.Type {
                #expect(ended.status == 1 && ended.err.contains("the key is not known here"), "\(path): \(ended.err)")
            } else {
                #expect(ended.status == 2 && ended.err.contains("leave --url out"), "\(path): \(ended.err)")
            }
        }
        #expect(try folder.names(in: "") == [])
        #expect(try served.mill.json("runs").items == [])
    }

    @Test func `a job that is fired by its url is performed there`() throws {
        let served = try ServedMill(scripts: [
            "j.lua": "job { name = \"j\", run = function(run) return run.trigger.event.n end }"
        ])
        // A prefix of the base URL is not looked at, on any path.
        let url = ["--url", "http://127.0.0.1:\(served.port)/behind/a/proxy"]
        var remote = Program(config: "/nonexistent/config.toml")
        remote.environment["TIDEMILL_KEY"] = "operator-\(ServedMill.key)"
        let fired = try remote.run(["fire", "j", "--event", "-", "--json"] + url, input: #"{"n":7}"#)
        let id = try #require(try fired.json()["id"]?.text, "\(fired.err)")
        try wait(for: "the worker to perform it") {
            let run = try remote.run(["runs", "show", id, "--json"] + url).json()
            return run["state"] == "done" && run["result"] == 7
        }
        let trial = try remote.run(["fire", "j", "--dry-run"] + url)
        #expect(trial.status == 2 && trial.err.contains("leave --url out"))
        #expect(try remote.run(["fire", "nobody"] + url).status == 2)
        let link = try remote.run(["keys", "link"] + url)
        #expect(link.text.hasPrefix("http://127.0.0.1:\(served.port)/behind/a/proxy/enter#"), "\(link.err)")
    }
}
