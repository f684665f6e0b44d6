import ArgumentParser
import Foundation
import TidemillCore
import TidemillOperations
import TidemillScripting

/// `tidemill test [PATH]`: the scripts' own tests.
struct TestCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Runs the scripts' own tests: *_test.lua, beside the scripts.",
        discussion: """
            Each test has a store in memory, the scripts loaded anew, and a clock that it moves; nobody is charged. \
            docs/testing.md shows what tests can say.
            """)

    @Argument(
        help: "A folder of scripts with their tests, or one test file (default: scripts.path of the configuration).",
        completion: .file())
    var path: String?

    @Option(help: ArgumentHelp("Only tests whose name or file contains this.", valueName: "text"))
    var filter: String?

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) async throws {
        var config = try config()
        var only: String?
        if let path { only = try choose(path, &config) }
        let runner = TestRunner(config: config, only: only, filter: filter)
        let terminal = output.terminal
        let results = await runner.run { result in
            if !output.isJSON { Output.write(Self.lines(result, terminal), to: .standardOutput) }
        }
        guard !results.isEmpty else {
            let wanted = filter.map { " with \"\($0.escapingControls)\" in their name" } ?? ""
            throw CommandFailure(
                .wrongUse, code: "no_tests",
                "there are no tests\(wanted) in \(config.scripts.path.escapingControls); a test file is named …_test.lua"
            )
        }
        let failed = results.count { $0.failure != nil }
        output.show(.array(results.map(\.payload))) {
            let passed = terminal.styled("\(results.count - failed) passed", .green)
            return failed == 0 ? passed : "\(passed), \(terminal.styled("\(failed) failed", .red))"
        }
        if failed > 0 { throw CommandFailure.reported }
    }

    /// A folder of scripts can be tested without a configuration.
    private func config() throws -> AppConfig {
        let isNamed = options.config != nil || ProcessInfo.processInfo.environment["TIDEMILL_CONFIG"]?.isEmpty == false
        guard isNamed || path == nil || FileManager.default.fileExists(atPath: options.configPath) else {
            var config = AppConfig()
            config.file = URL(filePath: options.configPath).path
            return config
        }
        return try options.loadConfig()
    }

    /// Points the configuration at what is to be tested; returns the name of a single test file.
    private func choose(_ path: String, _ config: inout AppConfig) throws -> String? {
        let chosen = URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: chosen.path, isDirectory: &isFolder) else {
            throw CommandFailure(.wrongUse, code: "usage", "\(path.escapingControls): there is no such file or folder")
        }
        if isFolder.boolValue {
            config.scripts.path = chosen.path
            return nil
        }
        guard chosen.lastPathComponent.hasSuffix("_test.lua") else {
            throw CommandFailure(
                .wrongUse, code: "usage", "\(path.escapingControls): expected a folder, or a file named …_test.lua")
        }
        let scripts = URL(filePath: config.scripts.path).resolvingSymlinksInPath().standardizedFileURL.path + "/"
        if chosen.path.hasPrefix(scripts) { return String(chosen.path.dropFirst(scripts.count)) }
        config.scripts.path = chosen.deletingLastPathComponent().path
        return chosen.lastPathComponent
    }

    private static func lines(_ result: TestRunner.Result, _ terminal: Terminal) -> String {
        let subject = "\(result.file)\(result.name.isEmpty ? "" : ": \(result.name)")".escapingControls
        guard let failure = result.failure else { return "\(terminal.styled("✓", .green)) \(subject)\n" }
        var lines = ["\(terminal.styled("✗", .red)) \(subject)"]
        let place = result.failedAt.map { "\($0.escapingControls): " } ?? ""
        let text = failure.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).escapingControls }
        lines.append("    " + place + text.joined(separator: "\n    "))
        lines += result.logged.map { terminal.styled("    logged \($0.escapingControls)", .dim) }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension TestRunner.Result {
    fileprivate var payload: Payload {
        var members: TextMap<Payload> = [
            "file": .string(file), "line": .integer(Int64(line)), "name": .string(name), "ok": .boolean(failure == nil),
            "milliseconds": .integer(milliseconds),
        ]
        if let failure { members["message"] = .string(failure) }
        if let failedAt { members["at"] = .string(failedAt) }
        return .object(members)
    }
}
