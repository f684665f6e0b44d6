import Foundation
import Synchronization
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore

/// Carries out what one test asks for. Its world is made by the first thing that needs one, so that `t.at` may come first
/// and say when everything begins.
final class TestSteps: TestWorld {
    private let config: AppConfig
    /// The folder of the test file, and those that files may be dropped from.
    private let folder: URL
    private let roots: [URL]
    let log = TestLog()
    private let state = Mutex(State())

    private struct State {
        var mill: TestMill?
        var drops = 0
    }

    init(_ config: AppConfig, folder: URL, roots: [URL]) {
        self.config = config
        self.folder = folder
        self.roots = roots
    }

    func log(_ line: ScriptLogLine) { log.logger.log(line) }

    nonisolated(nonsending) func perform(_ request: TestRequest) async throws(EffectError) -> Payload {
        do {
            switch request {
            case .effect(let effect): return try await perform(effect)
            case .step(let name, let arguments): return try await step(TestArguments(name, arguments))
            }
        } catch let error as EffectError {
            throw error
        } catch let error as OperationError {
            throw EffectError(error)
        } catch is CancellationError {
            throw .abandoned("the test was stopped")
        } catch let error as CommandFailure {
            // The scripts under test are broken: no test can go on.
            throw .abandoned(error.messages.joined(separator: "\n"))
        } catch {
            throw .raised(code: "failed", message: "\(error)")
        }
    }

    private func mill(at start: Timestamp = TestClock.start) throws -> TestMill {
        if let mill = state.withLock({ $0.mill }) { return mill }
        let mill = try TestMill(config, at: start, logger: log.logger)
        state.withLock { $0.mill = mill }
        return mill
    }

    private nonisolated(nonsending) func perform(_ effect: EffectRequest) async throws -> Payload {
        let mill = try mill()
        switch effect {
        case .client(let id, let input):
            let answer = try await mill.operators.perform(id, input, in: CallContext(.person, now: mill.clock.now))
            try await mill.settle()
            return answer
        case .now: return Payload(mill.clock.now)
        case .lookup(let request): return try mill.runs.tools.lookup(request)
        case .stateGet, .stateSet, .stateUpdate, .stateReplace, .emit, .later, .cancelLater, .checkpoint: return .null
        }
    }

    private nonisolated(nonsending) func step(_ call: TestArguments) async throws -> Payload {
        switch call.name {
        case "test.at":
            let instant = try call.instant(0)
            let isNew = state.withLock { $0.mill == nil }
            let mill = try mill(at: instant)
            if isNew { try await mill.settle() }
            guard instant >= mill.clock.now else {
                throw call.wrong("the clock stands at \(mill.clock.now) and only goes forward")
            }
            try await mill.advance(to: instant)
            return Payload(mill.clock.now)
        case "test.advance":
            let mill = try mill()
            let seconds = try call.duration(0).components.seconds
            try await mill.advance(to: mill.clock.now.advanced(bySeconds: seconds))
            return Payload(mill.clock.now)
        case "test.drop": return try await drop(call)
        case "test.fire":
            let event = try call.options(1, ["event"])["event"] ?? .null
            return try await mill().fire(try call.text(0), event: event).map(TestAnswers.run) ?? .null
        case "test.payments.answer":
            let options = try call.options(1, ["code", "retryable"])
            let word = try call.text(0)
            guard let planned = TestGateway.Word(rawValue: word) else {
                throw call.wrong(
                    "the answer must be one of \(TestGateway.Word.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            try mill().gateway.plan(
                .init(word: planned, code: options["code"]?.text, isRetryable: options["retryable"] != .boolean(false)))
            return .null
        default: return try TestAnswers(mill: mill(), log: log).answer(call)
        }
    }

    // MARK: - Drops

    private nonisolated(nonsending) func drop(_ call: TestArguments) async throws -> Payload {
        let mill = try mill()
        let name = try call.options(1, ["name"])["name"]?.text
        let number = state.withLock { state in
            state.drops += 1
            return state.drops
        }
        if let name, name.isEmpty || name.contains("/") || name.hasPrefix(".") || name.utf8.count > 200 {
            throw call.wrong("'name' must be a file's name")
        }
        switch call[0] {
        case .string(let path):
            let found = try file(path, call)
            guard let name else { return try await mill.deliver(found) }
            let text = try String(contentsOf: found, encoding: .utf8)
            return try await mill.deliver(try mill.file(named: name, text, number: number))
        case .array(let records):
            let text = records.map { $0.json + "\n" }.joined()
            return try await mill.deliver(try mill.file(named: name ?? "drop.ndjson", text, number: number))
        case .object:
            return try await mill.deliver(try mill.file(named: name ?? "drop.json", call[0].json, number: number))
        default: throw call.wrong("expected a list of records, one record, or a file's name, got \(call[0].kind)")
        }
    }

    /// A file beside the scripts: nothing else of the machine can be read.
    private func file(_ path: String, _ call: TestArguments) throws -> URL {
        let file = folder.appending(path: path).resolvingSymlinksInPath().standardizedFileURL
        guard roots.contains(where: { file.path.hasPrefix($0.path + "/") }) else {
            throw call.wrong("\(path) is neither below the scripts folder nor below that of the configuration")
        }
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw call.wrong("there is no file \(path) beside the test")
        }
        return file
    }
}
