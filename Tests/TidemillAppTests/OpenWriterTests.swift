import Foundation
import Testing
import TidemillOperations

/// Users and rights that a test gives to the programs it starts.
enum OtherUsers {
    static let canBeTaken = geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")
}

/// Producers of another user that keep a file open and pause for longer than `settle`, as the real program meets them:
/// as an unprivileged worker, and as root without the right to ask the kernel for leases. Each line is one event without
/// a key; what must be counted is what the producer wrote.
@Suite(.enabled(if: OtherUsers.canBeTaken, "needs root and setpriv"))
struct OpenWriterTests {
    private static let line =
        #"{"customerId":"c","eventName":"llm.inference","dimensions":{"contextTokens":1,"generatedTokens":0}}"#

    /// How the worker runs.
    enum Worker: String, CaseIterable, CustomTestStringConvertible {
        case unprivileged = "--reuid 65534 --regid 65534 --clear-groups"
        case rootWithoutLease = "--bounding-set=-lease --inh-caps=-lease"
        case rootWithoutLeaseAndSetUID = "--bounding-set=-lease,-setuid --inh-caps=-lease,-setuid"

        var testDescription: String { "\(self)" }
    }

    private func start(
        _ arguments: [String], log: FileHandle? = nil, out: FileHandle? = nil, environment: [String: String] = [:]
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = out ?? FileHandle.nullDevice
        process.standardError = log ?? FileHandle.nullDevice
        try process.run()
        return process
    }

    /// A producer of user 1001 that runs `script` with the mill's folder as its own, and waits at `gate NAME`.
    private func producer(_ mill: Mill, _ script: String) throws -> Process {
        let text =
            "umask 022; gate() { while [ ! -e gate-$1 ]; do sleep 0.02; done; }; cd '\(mill.folder.root)'; \(script)"
        return try start(["--reuid", "1001", "--regid", "1001", "--clear-groups", "/bin/sh", "-c", text])
    }

    private func worker(
        _ mill: Mill, _ kind: Worker, environment: [String: String] = [:]
    ) throws -> Process {
        try mill.folder.write("log", "")
        let log = try FileHandle(forWritingTo: URL(filePath: mill.folder.path("log")))
        return try start(
            kind.rawValue.split(separator: " ").map { String($0) }
                + [Program.path, "run", "--config", mill.program.config], log: log, environment: environment)
    }

    /// A mill whose spool and store belong to the worker, and whose inbox and tmp are open to all.
    private func mill(_ kind: Worker) throws -> Mill {
        let mill = try Mill(configuration: "level = \"notice\"")
        try mill.runOnce()
        if kind == .unprivileged { _ = try shell("chown -R 65534:65534 '\(mill.folder.root)'") }
        _ = try shell("cd '\(mill.folder.root)' && chmod 755 . spool && chmod 1777 . spool/inbox spool/tmp")
        return mill
    }

    private func shell(_ command: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    private func isDone(_ mill: Mill, _ name: String) throws -> Bool {
        try mill.folder.names(in: "spool/done").contains {
            try mill.folder.names(in: "spool/done/\($0)").contains("\(name).result.json")
        }
    }

    /// Returns when the worker has taken a file that was written in place, and closed, after all before it.
    private func mark(_ mill: Mill, _ name: String) throws {
        // Written in place by this user: it has to be quiet as long as the others.
        let file = FileManager.default.createFile(
            atPath: mill.folder.path("spool/inbox/\(name)"), contents: Data("[]".utf8))
        #expect(file)
        _ = try shell("chmod 644 '\(mill.folder.path("spool/inbox/\(name)"))'")
        try wait(for: "\(name) is done") { try isDone(mill, name) }
    }

    private func end(_ worker: Process, _ mill: Mill) throws {
        kill(worker.processIdentifier, SIGTERM)
        worker.waitUntilExit()
        let log = try mill.folder.read("log")
        #expect(worker.terminationStatus == 0, "\(log)")
    }

    @Test(arguments: Worker.allCases)
    func `a file that its producer has open is left until it is closed`(kind: Worker) throws {
        let mill = try mill(kind)
        let worker = try worker(mill, kind)
        defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
        try mark(mill, "first.json")
        let producer = try producer(
            mill,
            """
            exec 3>spool/inbox/late.ndjson; echo '\(Self.line)' >&3; touch wrote-1; gate 1
            echo '\(Self.line)' >&3; touch wrote-2; gate 2; echo '\(Self.line)' >&3; exec 3>&-
            """)
        for step in 1...2 {
            try wait(for: "the producer writes") {
                FileManager.default.fileExists(atPath: mill.folder.path("wrote-\(step)"))
            }
            // Two files one after the other: each had to be quiet for as long as the open one has been by then.
            try mark(mill, "mark-\(step)a.json")
            try mark(mill, "mark-\(step)b.json")
            let log = try mill.folder.read("log")
            #expect(try mill.folder.names(in: "spool/inbox") == ["late.ndjson"], "\(log)")
            try mill.folder.write("gate-\(step)", "")
        }
        producer.waitUntilExit()
        try wait(for: "late.ndjson is done") { try isDone(mill, "late.ndjson") }
        try end(worker, mill)
        #expect(try mill.usage("feature-requests") == ["c": "3"])
        #expect(try mill.acknowledgement("late.ndjson")["records"] == 3)
        // Nothing is said of the file but that its events have no keys.
        let warnings = try mill.json("status", status: 1)["warnings"]?.items.compactMap(\.text) ?? []
        #expect(warnings.count == 1 && warnings[0].contains("have no idempotencyKey"), "\(warnings)")
    }

    @Test func `a file renamed in from tmp while it is open is left until it is closed`() throws {
        let mill = try mill(.unprivileged)
        let worker = try worker(mill, .unprivileged)
        defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
        try mark(mill, "first.json")
        let producer = try producer(
            mill,
            """
            exec 3>spool/tmp/x; echo '\(Self.line)' >&3; mv spool/tmp/x spool/inbox/late.ndjson; touch wrote-1; gate 1
            echo '\(Self.line)' >&3; exec 3>&-
            """)
        try wait(for: "the producer renames") { FileManager.default.fileExists(atPath: mill.folder.path("wrote-1")) }
        try mark(mill, "mark-a.json")
        try mark(mill, "mark-b.json")
        #expect(try mill.folder.names(in: "spool/inbox") == ["late.ndjson"])
        try mill.folder.write("gate-1", "")
        producer.waitUntilExit()
        try wait(for: "late.ndjson is done") { try isDone(mill, "late.ndjson") }
        try end(worker, mill)
        #expect(try mill.usage("feature-requests") == ["c": "2"])
    }

    @Test(.enabled(if: FaultLibrary.isPossible, "needs a C compiler"))
    func `half a line of a writer that nobody sees is waited for, and the rest is the same delivery's`() throws {
        let mill = try mill(.unprivileged)
        let half = Self.line.count / 2
        // Opened before the worker starts: no event tells of it.
        let producer = try producer(
            mill,
            """
            exec 3>spool/inbox/late.ndjson; printf '%s\\n%s' '\(Self.line)' '\(Self.line.prefix(half))' >&3; touch wrote-1
            gate 1; printf '%s\\n%s\\n' '\(Self.line.dropFirst(half))' '\(Self.line)' >&3; exec 3>&-
            """)
        try wait(for: "the producer writes") { FileManager.default.fileExists(atPath: mill.folder.path("wrote-1")) }
        // The first look takes two reads, one that finds the end; the second look waits until the rest is there.
        let library = try FaultLibrary()
        try library.openToAll()
        let worker = try worker(
            mill, .unprivileged,
            environment: library.environment(
                FaultLibrary.Fault(call: "read", error: 0, path: "__late.ndjson", after: 2)))
        defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
        try wait(for: "it waits for the end") { try mill.folder.read("log").contains("is still being written") }
        #expect(try mill.delivery("late.ndjson")?["applied"] == 1)
        try mill.folder.write("gate-1", "")
        producer.waitUntilExit()
        try library.mend()
        try wait(for: "late.ndjson is done") { try isDone(mill, "late.ndjson") }
        try end(worker, mill)
        #expect(try mill.usage("feature-requests") == ["c": "3"])
        let result = try mill.acknowledgement("late.ndjson")
        #expect(result["records"] == 3 && result["rejected"] == 0)
    }

    @Test func `what a writer that nobody sees adds after the end is said in result, log and status`() throws {
        let mill = try mill(.unprivileged)
        let producer = try producer(
            mill,
            """
            exec 3>spool/inbox/late.ndjson; echo '\(Self.line)' >&3; touch wrote-1; gate 1
            echo '\(Self.line)' >&3; exec 3>&-
            """)
        try wait(for: "the producer writes") { FileManager.default.fileExists(atPath: mill.folder.path("wrote-1")) }
        let worker = try worker(mill, .unprivileged)
        defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
        try wait(for: "late.ndjson is done") { try isDone(mill, "late.ndjson") }
        try mill.folder.write("gate-1", "")
        producer.waitUntilExit()
        let bytes = Int64(Self.line.utf8.count + 1)
        try wait(for: "the result says so") {
            try mill.acknowledgement("late.ndjson")["unreadBytes"] == .integer(bytes)
        }
        try end(worker, mill)
        #expect(try mill.folder.read("log").contains("\(bytes) bytes were written to it after it had been taken"))
        let warnings = try mill.json("status", status: 1)["warnings"]?.json ?? ""
        #expect(warnings.contains("late.ndjson: \(bytes) bytes were written to it"))
        #expect(try mill.usage("feature-requests") == ["c": "1"])
    }

    @Test(.enabled(if: FaultLibrary.isPossible, "needs a C compiler"))
    func `where nothing tells, the log says so once and check too`() throws {
        let library = try FaultLibrary()
        let mill = try mill(.unprivileged)
        let blind = try library.environment(FaultLibrary.Fault(call: "inotify", error: EMFILE, path: "inotify"))
        try library.openToAll()
        let worker = try worker(mill, .unprivileged, environment: blind)
        defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
        for name in ["a.json", "b.json"] { try mark(mill, name) }
        try end(worker, mill)
        let log = try mill.folder.read("log")
        #expect(log.split(separator: "\n").count { $0.contains("neither leases nor events") } == 1, "\(log)")

        try mill.folder.write("out", "")
        let check = try start(
            Worker.unprivileged.rawValue.split(separator: " ").map { String($0) }
                + [Program.path, "check", "--config", mill.program.config],
            out: FileHandle(forWritingTo: URL(filePath: mill.folder.path("out"))), environment: blind)
        check.waitUntilExit()
        #expect(check.terminationStatus == 0)
        #expect(try mill.folder.read("out").contains("warning: inbox inbox: nothing tells whether a file is still"))
    }
}
