import Foundation
import Testing
import TidemillOperations

/// The real program, whose system calls fail on a claimed file for reasons that are not the file's. Records without keys:
/// what is taken twice counts twice.
@Suite(.enabled(if: FaultLibrary.isPossible, "needs a C compiler"))
struct ReadFaultTests {
    private static let line =
        #"{"customerId":"c","eventName":"llm.inference","dimensions":{"contextTokens":1,"generatedTokens":0}}"#
    private static let count = 40_000
    private static let text = String(repeating: line + "\n", count: count)

    private func check(_ mill: Mill) throws {
        #expect(try mill.usage("feature-requests") == ["c": "\(Self.count)"])
        #expect(try mill.json("deliveries").items.map { $0["state"] } == ["done"])
        #expect(try mill.json("verify")["ok"] == true)
        #expect(try mill.folder.names(in: "spool/work").isEmpty)
        #expect(try mill.folder.names(in: "spool/failed").isEmpty)
    }

    @Test(arguments: [
        FaultLibrary.Fault(call: "read", error: EIO, path: "__big.ndjson", after: 2),
        FaultLibrary.Fault(call: "read", error: ESTALE, path: "__big.ndjson", after: 1),
        FaultLibrary.Fault(call: "open", error: EMFILE, path: "__big.ndjson"),
        FaultLibrary.Fault(call: "open", error: ENOMEM, path: "__big.ndjson"),
        FaultLibrary.Fault(call: "open", error: EIO, path: "__big.ndjson"),
    ])
    func `a worker waits until the file can be read again, and goes on where it was`(fault: FaultLibrary.Fault) throws {
        let library = try FaultLibrary()
        let mill = try Mill(configuration: "level = \"warning\"")
        try mill.runOnce()
        try mill.deliver("big.ndjson", Self.text)
        var program = mill.program
        program.environment = try library.environment(fault)
        try mill.folder.write("log", "")
        let log = try FileHandle(forWritingTo: URL(filePath: mill.folder.path("log")))
        let worker = try program.start(["run"], err: log)
        defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
        let words = String(cString: strerror(fault.error))
        try wait(for: "the log says \(words)") { try !worker.isRunning || mill.folder.read("log").contains(words) }
        #expect(worker.isRunning)
        #expect(try mill.delivery("big.ndjson")?["state"] == "claimed")
        let applied = try mill.delivery("big.ndjson")?["applied"]?.count ?? 0
        #expect(fault.after < 2 || applied > 0)
        #expect(applied < Int64(Self.count))

        try library.mend()
        try wait(for: "big.ndjson is done") {
            try !worker.isRunning || mill.delivery("big.ndjson")?["state"] != "claimed"
        }
        kill(worker.processIdentifier, SIGTERM)
        worker.waitUntilExit()
        #expect(worker.terminationStatus == 0)
        try check(mill)
    }

    @Test func `a file that cannot be read to its end is held, said by status, and goes on later`() throws {
        let library = try FaultLibrary()
        let mill = try Mill(configuration: "level = \"error\"")
        try mill.runOnce()
        try mill.deliver("big.ndjson", Self.text)
        var program = mill.program
        program.environment = try library.environment(
            FaultLibrary.Fault(call: "read", error: EIO, path: "__big.ndjson", after: 2))
        let ended = try program.run("run", "--once", "--json")
        #expect(ended.status == 1)
        #expect(try ended.json()["held"] == 1 && ended.json()["failed"] == 0)
        let row = try #require(try mill.delivery("big.ndjson"))
        #expect(row["state"] == "held" && row["code"] == "unreachable")
        #expect((row["applied"]?.count ?? 0) > 0)
        #expect(try mill.json("status", status: 1)["warnings"]?.json.contains("Input/output error") == true)
        try mill.runOnce()
        try check(mill)
    }

    @Test func `an ingest by command goes on where it was when it is repeated`() throws {
        let library = try FaultLibrary()
        let mill = try Mill()
        try mill.runOnce()
        try mill.folder.write("big.ndjson", Self.text)
        let path = mill.folder.path("big.ndjson")
        var program = mill.program
        program.environment = try library.environment(
            FaultLibrary.Fault(call: "read", error: EIO, path: "/big.ndjson", after: 2))
        let ended = try program.run("ingest", path, "--json")
        #expect(ended.status == 1)
        #expect(try ended.json().items.map { $0["state"] } == ["unfinished"])
        #expect((try mill.delivery("big.ndjson")?["applied"]?.count ?? 0) > 0)
        #expect(try mill.program.run("ingest", path).status == 0)
        try check(mill)
    }
}
