import ArgumentParser
import Foundation
import Testing
import TidemillOperations

@testable import TidemillApp

/// What a shell is told while a command is typed.
struct CompletionTests {
    private func mill() throws -> Mill {
        try Mill(scripts: [
            "a.lua": """
            job { name = "nightly", run = function() end }
            job { name = "night-watch", run = function() end }
            job { name = "other", run = function() end }
            """
        ])
    }

    private func names(_ kind: CompletedName, _ prefix: String, of mill: Mill) -> [String] {
        NameCompletion(configPath: mill.folder.path("config.toml")).names(kind, beginning: prefix)
    }

    /// As the scripts of the shells ask, with what has been typed; nil where the parser knows nothing to complete there.
    private func asked(_ argument: String, of command: String, _ words: [String]) -> [String]? {
        let call = ["---completion", command, "--", argument, "\(words.count - 1)", "\(words.last?.count ?? 0)"]
        do {
            _ = try Tidemill.parseAsRoot(call + words)
            return nil
        } catch {
            guard Tidemill.exitCode(for: error) == .success else { return nil }
            return Tidemill.fullMessage(for: error).split(separator: "\n").map(String.init)
        }
    }

    @Test func `operations, jobs and parts come from the table and the scripts, where there is no store`() throws {
        let mill = try mill()
        #expect(names(.operations, "reportU", of: mill) == ["reportUsage", "reportUsageBulk"])
        #expect(names(.jobs, "night", of: mill).sorted() == ["night-watch", "nightly"])
        #expect(names(.pauses, "", of: mill).sorted().prefix(3) == ["billing", "clock", "grants"])
        #expect(names(.pauses, "o", of: mill) == ["other"])
        #expect(names(.codes, "ingest_p", of: mill) == ["ingest_paused"])
        #expect(names(.customers, "", of: mill) == [])
        #expect(try mill.folder.names(in: "") == ["config.toml", "scripts"])
    }

    @Test func `customers are found by how they begin, fifty at most`() throws {
        let mill = try mill()
        let records = ((0..<120).map { "acme-\($0)" } + ["globex"]).map { id in
            Payload.object(["operation": "provisionCustomer", "input": .object(["id": .string(id)])]).json
        }
        try mill.folder.write("customers.ndjson", records.joined(separator: "\n") + "\n")
        _ = try mill.json("ingest", mill.folder.path("customers.ndjson"))
        #expect(names(.customers, "g", of: mill) == ["globex"])
        #expect(names(.customers, "acme-119", of: mill) == ["acme-119"])
        #expect(names(.customers, "acmee", of: mill) == [])
        let many = names(.customers, "acme-", of: mill)
        #expect(Set(many).count == 50 && many.allSatisfy { $0.hasPrefix("acme-") })
    }

    @Test(arguments: [
        "bad$(reboot)", "bad`reboot`", "bad name", "bad;x", "bad'", "bad\"", "bad\\x", "bad\u{1B}[2J", "bad*", "bad\nx",
        "",
        "~root", "a!b", "a{b,c}", "a>b", "a\u{A0}b", "a\u{202E}b",
    ])
    func `a name that a shell would take apart is not offered`(name: String) {
        #expect(!NameCompletion.isPlain(name))
    }

    @Test(arguments: ["acme", "Ärger", "客户", "a.b-c_d:e@f/g+h=i%2", "42"])
    func `any other is`(name: String) {
        #expect(NameCompletion.isPlain(name))
    }

    @Test func `deliveries, runs and groups of rejected records are found`() throws {
        let mill = try mill()
        try mill.deliver("a.ndjson", "{\"nonsense\":1}\n")
        try mill.runOnce(expecting: 1)
        _ = try mill.json("fire", "nightly")
        let delivery = try #require(try mill.delivery("a.ndjson")?["delivery"]?.text)
        let run = try #require(try mill.json("runs").items.first?["id"]?.text)
        let code = try #require(try mill.json("rejected").items.first?["code"]?.text)
        #expect(names(.deliveries, String(delivery.prefix(4)), of: mill) == [delivery])
        #expect(names(.runs, "", of: mill) == [run])
        #expect(names(.groups, "", of: mill) == [code])
    }

    @Test func `the program says nothing of what fails, and makes nothing`() throws {
        let folder = try TemporaryFolder()
        try folder.write("broken.toml", "[[[")
        for config in ["none.toml", "broken.toml"] {
            for what in ["customers", "jobs", "runs", "groups"] {
                let ended = try Program(config: folder.path(config)).run("complete", what, "a")
                #expect(ended.status == 0 && ended.text.allSatisfy(\.isNewline) && ended.err.isEmpty, "\(ended)")
            }
        }
        #expect(try folder.names(in: "") == ["broken.toml"])
    }

    @Test func `shells ask for the arguments of a command, by the configuration that was typed`() throws {
        let mill = try mill()
        let config = mill.folder.path("config.toml")
        #expect(
            asked("positional@0", of: "fire", ["tidemill", "fire", "--config", config, "nightl"]) == ["nightly"])
        #expect(asked("positional@0", of: "fire", ["tidemill", "fire", "--config=\(config)", "ot"]) == ["other"])
        #expect(asked("positional@0", of: "call", ["tidemill", "call", "provisionC"]) == ["provisionCustomer"])
        #expect(asked("--job", of: "schedule", ["tidemill", "schedule", "--job", "n"]) == nil)
    }

    @Test(arguments: [CompletionShell.bash, .zsh, .fish])
    func `the script of a shell has every command that help shows`(shell: CompletionShell) {
        let script = Tidemill.completionScript(for: shell)
        for command in Tidemill.configuration.subcommands where command.configuration.shouldDisplay {
            for part in [command] + command.configuration.subcommands {
                #expect(script.contains(part._commandName), "\(part)")
            }
        }
        #expect(!script.contains("'complete'"))
    }
}
