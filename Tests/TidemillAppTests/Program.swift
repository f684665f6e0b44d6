import Foundation
import TidemillOperations

/// The real program, as built beside the tests.
struct Program {
    struct Ended {
        var status: Int32
        var out: Data
        var err: String

        var text: String { String(decoding: out, as: UTF8.self) }
        /// What `--json` printed: exactly one document.
        func json() throws -> Payload { try Payload(json: out) }
    }

    let config: String
    var environment: [String: String] = [:]

    /// The folder that holds the test bundle holds the program, too.
    static let path: String = {
        let folder = Bundle.allBundles.map(\.bundlePath).first { $0.hasSuffix(".xctest") }
            .map { URL(filePath: $0).deletingLastPathComponent() }
        let beside = (folder ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent())
            .appending(path: "tidemill").path
        return FileManager.default.isExecutableFile(atPath: beside)
            ? beside : projectRoot.appending(path: ".build/debug/tidemill").path
    }()

    static let projectRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Starts the program; the caller ends it.
    func start(_ arguments: [String], out: Any = FileHandle.nullDevice, err: Any = FileHandle.nullDevice) throws
        -> Process
    {
        let process = Process()
        process.executableURL = URL(filePath: Self.path)
        process.arguments = arguments + ["--config", config]
        var variables = ProcessInfo.processInfo.environment
        variables["TIDEMILL_CONFIG"] = nil
        process.environment = variables.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = out
        process.standardError = err
        try process.run()
        return process
    }

    /// Runs it to its end. Output goes through files: a pipe nobody reads would block it.
    func run(_ arguments: String..., input: String? = nil) throws -> Ended {
        try run(arguments, input: input)
    }

    /// `command` is what starts the program, with its own arguments: strace, for example.
    func run(_ arguments: [String], input: String? = nil, under command: [String] = []) throws -> Ended {
        let line = command + [Self.path] + arguments + ["--config", config]
        return try run(line[0], Array(line.dropFirst()), input: input)
    }

    /// Runs it from a shell that sets limits or streams first: `ulimit -n 16; exec "$0" "$@"`.
    func run(by script: String, _ arguments: [String]) throws -> Ended {
        try run("/bin/bash", ["-c", script, Self.path] + arguments + ["--config", config], input: nil)
    }

    func run(_ executable: String, _ arguments: [String], input: String?) throws -> Ended {
        let folder = try TemporaryFolder()
        for name in ["in", "out", "err"] { try folder.write(name, name == "in" ? input ?? "" : "") }
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = try FileHandle(forReadingFrom: URL(filePath: folder.path("in")))
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: folder.path("out")))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: folder.path("err")))
        try process.run()
        process.waitUntilExit()
        return Ended(
            status: process.terminationStatus, out: try Data(contentsOf: URL(filePath: folder.path("out"))),
            err: String(decoding: try Data(contentsOf: URL(filePath: folder.path("err"))), as: UTF8.self))
    }
}
