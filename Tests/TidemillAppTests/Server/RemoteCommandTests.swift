import Foundation
import Testing
import TidemillOperations

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
}
