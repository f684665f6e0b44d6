import Foundation
import Testing
import TidemillOperations

/// The forms in which the real program takes records: tables, compressed files, standard input.
struct InputFormTests {
    private static let header = "customerId,eventName,idempotencyKey,contextTokens,generatedTokens"

    private static func table(rows: Int, pad: String = "") -> String {
        ([header + ",pad"] + (0..<rows).map { "c,llm.inference,k-\($0),1,0,\(pad)" }).joined(separator: "\r\n") + "\r\n"
    }

    private func compress(_ path: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/gzip")
        process.arguments = ["-n", path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test func `an inbox takes tables and compressed files under their own names`() throws {
        let mill = try Mill()
        try mill.runOnce()
        try mill.folder.write("a.csv", Self.table(rows: 40) + "c,llm.inference\r\n")
        try mill.folder.write(
            "b.ndjson",
            #"{"customerId":"c","eventName":"llm.inference","dimensions":{"contextTokens":1,"generatedTokens":0}}"#)
        try compress(mill.folder.path("a.csv"))
        try compress(mill.folder.path("b.ndjson"))
        for name in ["a.csv.gz", "b.ndjson.gz"] {
            try mill.deliver(name, Data(contentsOf: URL(filePath: mill.folder.path(name))))
        }
        try mill.runOnce(expecting: 1)
        #expect(try mill.usage("feature-requests") == ["c": "41"])
        let result = try mill.acknowledgement("a.csv.gz")
        #expect(result["records"] == 41 && result["applied"] == 40 && result["rejected"] == 1)
        #expect(result["rejections"]?.items.first?["line"] == 42)
        #expect(result["rejections"]?.items.first?["message"] == "expected 6 cells as in the header, got 2")
        #expect(try mill.delivery("b.ndjson.gz")?["applied"] == 1)
    }

    @Test func `a compressed table goes on where kill -9 left it`() throws {
        let mill = try Mill()
        try mill.runOnce()
        try mill.folder.write("big.csv", Self.table(rows: 30_000, pad: String(repeating: "pad", count: 70)))
        try compress(mill.folder.path("big.csv"))
        try mill.ingestThroughKills("big.csv.gz")
        let delivery = try #require(try mill.delivery("big.csv.gz"))
        // A command that began anew would find its own records as duplicates.
        #expect(delivery["records"] == 30_000 && delivery["applied"] == 30_000 && delivery["duplicate"] == 0)
        #expect(try mill.usage("feature-requests") == ["c": "30000"])
    }

    @Test func `a table without a word about it is refused before any of it counts`() throws {
        let mill = try Mill()
        let refused = try mill.program.run("ingest", "-", input: Self.table(rows: 3))
        #expect(refused.status == 2)
        #expect(
            refused.err.contains(
                "standard input begins with \"\(Self.header),pad\", which looks like the header of a table; give --format csv, or --format ndjson if each line is a record. Nothing of it was applied"
            ))
        #expect(try copies(mill) == [])
        // Whoever says that these are records has them told one by one.
        let told = try mill.program.run("ingest", "-", "--format", "ndjson", input: "a,b\n")
        #expect(told.status == 1 && told.text.hasPrefix("stdin.ndjson: 1 record, 0 applied, 1 rejected"))
    }

    @Test(arguments: ["usage.txt", "usage", "usage.tar.gz", "usage.csv.xz"])
    func `other names are refused before anything is read`(name: String) throws {
        let mill = try Mill()
        let path = mill.folder.path(name)
        // It is not even looked at.
        #expect(
            try mill.json("ingest", path, status: 2)["error"]?["message"]?.text
                == "\(path): the name must end in .json, .ndjson, .jsonl or .csv, or in one of these with .gz or .zst behind it; rename it, or say what it holds: `tidemill ingest - --format ndjson < \(path)`"
        )
    }

    // MARK: - Standard input

    private static let line =
        #"{"customerId":"c","eventName":"llm.inference","dimensions":{"contextTokens":1,"generatedTokens":0}}"#

    private func copies(_ mill: Mill) throws -> [String] { try mill.folder.names(in: "var/input") }

    @Test func `standard input is told of as a file, and leaves none`() throws {
        let mill = try Mill()
        try mill.runOnce()
        let ended = try mill.program.run("ingest", "-", input: Self.line + "\n" + Self.line + "\n{\n")
        #expect(ended.status == 1)
        #expect(ended.text.hasPrefix("stdin.ndjson: 3 records, 2 applied, "))
        #expect(ended.text.hasSuffix("1 rejected; see `tidemill rejected`\n"))
        let table = try mill.program.run("ingest", "-", "--format", "csv", "--json", input: Self.table(rows: 3))
        #expect(table.status == 0)
        #expect(try table.json().items.first?["name"] == "stdin.csv")
        #expect(try mill.usage("feature-requests") == ["c": "5"])
        #expect(try copies(mill) == [])
    }

    @Test func `compressed input is known by its first bytes`() throws {
        let mill = try Mill()
        try mill.runOnce()
        try mill.folder.write("a.csv", Self.table(rows: 3))
        try compress(mill.folder.path("a.csv"))
        let ended = try mill.program.run(
            by: "exec \"$0\" \"$@\" < \(mill.folder.path("a.csv.gz"))", ["ingest", "-", "--format", "csv"])
        #expect(ended.status == 0 && ended.text.hasPrefix("stdin.csv.gz: 3 records, 3 applied"))
    }

    @Test func `what cannot be taken from standard input is said`() throws {
        let mill = try Mill(configuration: "")
        try mill.runOnce()
        let closed = try mill.program.run(by: "exec \"$0\" \"$@\" <&-", ["ingest", "-"])
        #expect(closed.status == 2 && closed.err.contains("standard input is closed; send records to it"))
        let empty = try mill.program.run("ingest", "-", input: "")
        #expect(empty.status == 1 && empty.text.contains("the file is empty"))
        let twice = try mill.program.run("ingest", "-", "-", input: "")
        #expect(twice.status == 2 && twice.err.contains("can be read once"))
        let named = try mill.program.run("ingest", mill.folder.path("a.csv"), "--format", "csv")
        #expect(named.status == 2 && named.err.contains("--format says what standard input (-) holds"))
        let failed = try mill.program.run("ingest", "-", "--format", "csv", input: "a,b\n")
        #expect(failed.status == 1 && failed.err.contains("standard input is kept in "))
        #expect(try copies(mill).count == 1)
        try mill.folder.write(
            "config.toml",
            try mill.folder.read("config.toml").replacing(
                "settle = \"20ms\"", with: "settle = \"20ms\"\nmax_file = \"1KiB\""))
        let large = try mill.program.run("ingest", "-", input: String(repeating: Self.line + "\n", count: 20))
        #expect(large.status == 1 && large.err.contains("standard input has more than 1024 bytes"))
        #expect(try copies(mill).count == 1)
        #expect(try mill.usage("feature-requests") == [:])
    }

    @Test func `an interrupt while input comes leaves nothing, and says so`() throws {
        let mill = try Mill()
        try mill.runOnce()
        try mill.folder.write("err", "")
        let pipe = Pipe()
        let process = Process()
        process.executableURL = URL(filePath: Program.path)
        process.arguments = ["ingest", "-", "--config", mill.program.config]
        process.standardInput = pipe
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: URL(filePath: mill.folder.path("err")))
        try process.run()
        let bytes = Data((Self.line + "\n").utf8)
        try pipe.fileHandleForWriting.write(contentsOf: bytes)
        // It has taken the line: from then on the interrupt is its own.
        func taken() -> Bool {
            let path = mill.folder.path("var/input/.reading-\(process.processIdentifier)")
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            return size == bytes.count
        }
        while process.isRunning, !taken() { sched_yield() }
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        #expect(
            try mill.folder.read("err").contains(
                "standard input was interrupted after \(bytes.count) bytes; nothing of it was applied"))
        #expect(try copies(mill) == [])
        #expect(try mill.json("deliveries").items == [])
    }

    /// The records have no keys: a second delivery of them would count twice.
    @Test(.enabled(if: FaultLibrary.isPossible, "needs a C compiler"))
    func `input whose command was killed is gone on with when the same bytes come again`() throws {
        let mill = try Mill()
        try mill.runOnce()
        let library = try FaultLibrary()
        var program = mill.program
        // Its copy cannot be read: the command waits there.
        program.environment = try library.environment(FaultLibrary.Fault(call: "read", error: 0, path: "/var/input/"))
        let input = String(repeating: Self.line + "\n", count: 50)
        try mill.folder.write("in", input)
        let process = Process()
        process.executableURL = URL(filePath: Program.path)
        process.arguments = ["ingest", "-", "--config", mill.program.config]
        process.environment = ProcessInfo.processInfo.environment.merging(program.environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: URL(filePath: mill.folder.path("in")))
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        while process.isRunning, try mill.delivery("stdin.ndjson") == nil {}
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(try copies(mill).count == 1)
        let first = try #require(try mill.delivery("stdin.ndjson")?["delivery"])

        let again = try mill.program.run("ingest", "-", "--json", input: input)
        #expect(again.status == 0)
        #expect(try again.json().items.first?["delivery"] == first)
        #expect(try mill.usage("feature-requests") == ["c": "50"])
        #expect(try copies(mill) == [])
    }
}
