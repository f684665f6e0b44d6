import Foundation
import Testing
import TidemillOperations

/// A mill whose worker serves HTTP on a free port of loopback, until the test ends.
final class ServedMill {
    static let key = "test-key-0123456789abcdef"

    let mill: Mill
    private(set) var worker: Process
    private(set) var port: UInt16 = 0
    /// What the worker writes to stderr.
    private(set) var log = ""
    private let environment: [String: String]

    init(
        scripts: [String: String] = [:], http: String = "", configuration: String = "",
        accept: String = "\"event\", \"usage\", \"webhook\"", environment: [String: String] = [:],
        listen: String = "127.0.0.1:0"
    ) throws {
        self.environment = environment
        mill = try Mill(
            scripts: scripts.isEmpty ? ["empty.lua": "-- nothing"] : scripts,
            configuration: """
                \(configuration)
                [http]
                listen = "\(listen)"
                \(http)
                [[http.key]]
                name = "full"
                scope = "full"
                key = "\(Self.key)"
                [[http.key]]
                name = "operator"
                scope = "operator"
                key = "operator-\(Self.key)"
                [[http.key]]
                name = "reader"
                scope = "read"
                key = "read-\(Self.key)"
                [[http.key]]
                name = "meter"
                scope = "ingest"
                key = "ingest-\(Self.key)"
                """, accept: accept)
        worker = Process()
        try start()
    }

    deinit {
        if worker.isRunning { kill(worker.processIdentifier, SIGKILL) }
    }

    /// Starts the worker, and waits until it says where it listens.
    func start() throws {
        log = "log-\(UUID().uuidString)"
        try mill.folder.write(log, "")
        let file = try FileHandle(forWritingTo: URL(filePath: mill.folder.path(log)))
        var program = mill.program
        program.environment = environment
        worker = try program.start(["run"], err: file)
        try wait(for: "the line that says where it listens") {
            let text = try mill.folder.read(log)
            guard let found = text.firstMatch(of: #/listening on (?:unix:|http:\/\/127\.0\.0\.1:([0-9]+))/#) else {
                try #require(worker.isRunning, "\(text)")
                return false
            }
            port = found.1.flatMap { UInt16($0) } ?? 0
            return true
        }
    }

    func killWorker() {
        kill(worker.processIdentifier, SIGKILL)
        worker.waitUntilExit()
    }

    /// Ends it in good order; its exit code.
    func stop() -> Int32 {
        worker.terminate()
        worker.waitUntilExit()
        return worker.terminationStatus
    }

    // MARK: - Requests

    @discardableResult
    func send(
        _ method: String, _ path: String, _ body: Payload? = nil, key: String? = ServedMill.key,
        _ headers: [(String, String)] = []
    ) throws -> WireClient.Answer {
        var headers = headers
        if let key { headers.append(("X-API-KEY", key)) }
        return try WireClient.ask(
            port, method, path, headers: headers, body: body.map { Array($0.json.utf8) })
    }

    func get(_ path: String) throws -> Payload { try send("GET", path).expect(200) }

    @discardableResult
    func post(_ path: String, _ body: Payload = [:]) throws -> Payload { try send("POST", path, body).expect(200) }
}
