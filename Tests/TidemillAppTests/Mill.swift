import Foundation
import Testing
import TidemillOperations

/// A configuration, scripts, a spool and a store of its own, driven through the real program only.
final class Mill {
    let folder: TemporaryFolder
    let program: Program

    /// The scripts of the project, as shipped.
    static let shippedScripts = Program.projectRoot.appending(path: "scripts").path

    init(
        scripts: [String: String]? = nil, scriptsFolder: String = Mill.shippedScripts, configuration: String = "",
        accept: String = "\"event\", \"usage\", \"webhook\"", root: String? = nil
    ) throws {
        folder = try TemporaryFolder()
        if let scripts {
            for (name, text) in scripts { try folder.write("scripts/\(name)", text) }
        } else {
            try FileManager.default.copyItem(atPath: scriptsFolder, toPath: folder.path("scripts"))
        }
        let place = root.map { "\($0)/" } ?? ""
        try folder.write(
            "config.toml",
            """
            environment = "test"
            [spool]
            path = "\(place)spool"
            settle = "20ms"
            rescan = "200ms"
            [[spool.inbox]]
            path = "inbox"
            accept = [\(accept)]
            [store]
            url = "sqlite:\(place)var/tidemill.db"
            [log]
            format = "json"
            \(configuration)
            """)
        program = Program(config: folder.path("config.toml"))
    }

    /// Puts a file into the inbox at once.
    func deliver(_ name: String, _ data: Data) throws { try folder.write("spool/inbox/\(name)", data) }
    func deliver(_ name: String, _ text: String) throws { try deliver(name, Data(text.utf8)) }

    /// Hard kills may leave a worker's program running only if a test failed; everything here ends by itself.
    @discardableResult
    func runOnce(expecting status: Int32? = 0, _ location: SourceLocation = #_sourceLocation) throws -> Payload {
        let ended = try program.run("run", "--once", "--json")
        if let status { #expect(ended.status == status, "\(ended.err)", sourceLocation: location) }
        return try ended.json()
    }

    /// What a command prints with `--json`.
    func json(_ arguments: String..., status: Int32 = 0, _ location: SourceLocation = #_sourceLocation) throws
        -> Payload
    {
        let ended = try program.run(arguments + ["--json"])
        #expect(ended.status == status, "\(arguments): \(ended.err)", sourceLocation: location)
        return try ended.json()
    }

    /// The delivery that a file became, by its name.
    func delivery(_ name: String) throws -> Payload? {
        try json("deliveries", "--limit", "1000").items.first { $0["name"]?.text == name }
    }

    /// Takes a file by `ingest`, killed up to three times as soon as it has committed something more, and then let come to
    /// its end with `status`.
    func ingestThroughKills(_ name: String, status: Int32 = 0) throws {
        func taken() throws -> Int64 { try delivery(name)?["applied"]?.count ?? 0 }
        var kills = 0
        var before: Int64 = 0
        for _ in 0..<3 {
            let command = try program.start(["ingest", folder.path(name)])
            // Between two transactions, or inside the next.
            while command.isRunning, try taken() <= before {}
            kill(command.processIdentifier, SIGKILL)
            command.waitUntilExit()
            // One that was faster than its kill is done: taken once more, records without keys count once more.
            if command.terminationReason == .exit { break }
            kills += 1
            before = try taken()
        }
        #expect(kills > 0)
        if try delivery(name)?["state"] != "done" {
            _ = try json("ingest", folder.path(name), status: status)
        }
    }

    /// The producer's acknowledgement of a file.
    func acknowledgement(_ name: String) throws -> Payload {
        if let failed = try? folder.read("spool/failed/\(name).error.json") { return try Payload(json: failed) }
        for day in try folder.names(in: "spool/done") {
            if let done = try? folder.read("spool/done/\(day)/\(name).result.json") { return try Payload(json: done) }
        }
        throw CocoaError(.fileNoSuchFile)
    }

    /// `usage --json` as text by key: `acme code → 123`.
    func usage(_ feature: String, groupBy: String? = nil, _ more: String...) throws -> [String: String] {
        let grouping = groupBy.map { ["--group-by", $0] } ?? []
        let ended = try program.run(["usage", "--feature", feature, "--json"] + grouping + more)
        #expect(ended.status == 0, "\(ended.err)")
        var values: [String: String] = [:]
        for row in try ended.json().items {
            var key = row["customerId"]?.text ?? ""
            for dimension in groupBy?.split(separator: ",") ?? [] {
                key += " " + (row["dimensions"]?[String(dimension)]?.text ?? "-")
            }
            values[key] = row["value"]?.json
        }
        return values
    }
}

extension Payload {
    var items: [Payload] { if case .array(let items) = self { items } else { [] } }
    var count: Int64? { if case .integer(let value) = self { value } else { nil } }
}
