import Foundation
import Testing
import TidemillOperations

/// A file that is cut between its claim and its end, on the boundary of a line: what was cut off is in no count, so it
/// is said.
struct CutFileTests {
    private static let line =
        #"{"customerId":"c","eventName":"llm.inference","dimensions":{"contextTokens":1,"generatedTokens":0}}"# + "\n"

    @Test(.enabled(if: FaultLibrary.isPossible, "needs a C compiler"))
    func `what was cut off before it was read is said in result, log and status`() throws {
        let mill = try Mill(configuration: "level = \"notice\"")
        try mill.runOnce()
        let library = try FaultLibrary()
        var program = mill.program
        // Its first read waits until the file is cut.
        program.environment = try library.environment(FaultLibrary.Fault(call: "read", error: 0, path: "__cut.ndjson"))
        try mill.deliver("cut.ndjson", String(repeating: Self.line, count: 100))
        try mill.folder.write("log", "")
        let log = try FileHandle(forWritingTo: URL(filePath: mill.folder.path("log")))
        let worker = try program.start(["run", "--once"], err: log)
        defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
        let deadline = ContinuousClock.now + .seconds(60)
        var claimed: String?
        while claimed == nil, worker.isRunning, ContinuousClock.now < deadline {
            claimed = try mill.folder.names(in: "spool/work").first { $0.hasSuffix("__cut.ndjson") }
            sched_yield()
        }
        let path = mill.folder.path("spool/work/\(try #require(claimed))")
        let length = Int64(Self.line.utf8.count)
        #expect(truncate(path, 40 * Int(length)) == 0)
        try library.mend()
        worker.waitUntilExit()

        #expect(try mill.usage("feature-requests") == ["c": "40"])
        let result = try mill.acknowledgement("cut.ndjson")
        #expect(result["records"] == 40 && result["unreadBytes"] == .integer(-60 * length))
        #expect(try mill.folder.read("log").contains("it was cut by \(60 * length) bytes after it had been taken"))
        let warnings = try mill.json("status", status: 1)["warnings"]?.json ?? ""
        #expect(warnings.contains("cut.ndjson: it was cut by \(60 * length) bytes"))
    }
}
