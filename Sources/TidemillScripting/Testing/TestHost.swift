import CLuaSupport
import TidemillCore
import TidemillOperations

/// Runs the tests of one file, in a Lua state of its own on a thread of its own. A test is a coroutine as a job is, under
/// the limits of jobs: it ends as a failure, whatever it does. Tests that are to share nothing take a host each.
public actor TestHost {
    public nonisolated let tests: [ScriptTest]
    private let file: TestFile
    private let log: TestFileLog
    private let executor: ThreadExecutor

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Loads a test file; blocks the caller.
    /// - Parameter libraries: the scripts; those below `lib/` may be required.
    public init(_ source: ScriptSource, libraries: [ScriptSource], _ loader: ScriptLoader) throws(ScriptLoadError) {
        let executor = ThreadExecutor(name: "tidemill-tests")
        let log = TestFileLog(loading: loader.log)
        let sources = libraries.filter { $0.isLibrary && !$0.isTest } + [source]
        do {
            file = try executor.thread.wait { try TestFile(sources, loader) { log.append($0) } }
        } catch let error as ScriptLoadError {
            throw error
        } catch {
            throw ScriptLoadError(
                problems: [ScriptProblem(file: source.name, line: 0, message: "the tests cannot be loaded: \(error)")],
                version: ScriptVersionID(of: sources))
        }
        tests = file.tests.map(\.test)
        self.log = log
        self.executor = executor
    }

    /// Runs a test to its end. `control` stops it.
    public func run(_ test: ScriptTest, in world: any TestWorld, control: RunControl = RunControl()) async -> RunEnd {
        guard let function = file.tests.first(where: { $0.test == test })?.function else {
            return .failed(ScriptFailure(.error, "there is no test \"\(test.name)\" in \(test.file)"))
        }
        guard let lua = LuaRun() else {
            return .outOfMemory(ScriptFailure(.memory, "not enough memory", file: test.file, line: test.line))
        }
        let task = Task { await self.drive(lua, test, function, world, control) }
        control.onStop {
            lua.stop()
            task.cancel()
        }
        let end = await task.value
        control.forget()
        return end
    }

    private func drive(
        _ lua: LuaRun, _ test: ScriptTest, _ function: Int64, _ world: any TestWorld, _ control: RunControl
    ) async -> RunEnd {
        if let failure = lua.startTest(in: file.state, function: function, seed: 1) {
            return .failed(placed(failure, test))
        }
        var reply: Result<Payload, EffectError>?
        while true {
            if let reason = control.reason {
                cls_run_end(file.state, lua.pointer)
                return reason == .timedOut ? .timedOut(nil) : .cancelled
            }
            switch step(lua, reply, world) {
            case .effect(let name, let arguments):
                do throws(EffectError) {
                    reply = .success(try await world.perform(try TestRequest(name, arguments)))
                } catch {
                    if case .abandoned(let why) = error, control.reason == nil {
                        cls_run_end(file.state, lua.pointer)
                        return .abandoned(why)
                    }
                    reply = .failure(error)
                }
            case .paused:
                reply = nil
                await Task.yield()
            case .finished(let value): return .finished(value)
            case .failed(let failure):
                let failure = placed(failure, test)
                switch failure.kind {
                case .error, .answer: return .failed(failure)
                case .timeout: return .timedOut(failure)
                case .memory: return .outOfMemory(failure)
                case .stopped: return control.reason == .timedOut ? .timedOut(failure) : .cancelled
                }
            }
        }
    }

    private func step(_ lua: LuaRun, _ reply: Result<Payload, EffectError>?, _ world: any TestWorld) -> LuaRun.Step {
        log.current = world
        defer { log.current = nil }
        return lua.step(in: file.state, reply)
    }

    private func placed(_ failure: ScriptFailure, _ test: ScriptTest) -> ScriptFailure {
        guard failure.line == 0 else { return failure }
        var failure = failure
        failure.file = test.file
        failure.line = test.line
        return failure
    }
}

/// A test file, loaded.
///
/// Sendable by this proof: `state` is used on its host's thread only; everything else is immutable.
private final class TestFile: @unchecked Sendable {
    let state: OpaquePointer
    let tests: [(test: ScriptTest, function: Int64)]
    private let callbacks: HostCallbacks

    init(_ sources: [ScriptSource], _ loader: ScriptLoader, log: @escaping ScriptLog) throws(ScriptLoadError) {
        let version = ScriptVersionID(of: sources)
        let callbacks = HostCallbacks(log: log, clock: loader.clock, lookup: loader.lookup)
        guard let state = callbacks.open(loader.limits, runsTests: true) else {
            let problem = ScriptProblem(file: "", line: 0, message: "a Lua state does not fit into limits.memory")
            throw ScriptLoadError(problems: [problem], version: version)
        }
        var loading = ScriptLoading(state: state, folderName: loader.folderName, isTestFile: true)
        loading.load(sources, vars: loader.vars)
        guard loading.problems.isEmpty else {
            cls_close(state)
            throw ScriptLoadError(problems: loading.sortedProblems, version: version)
        }
        self.state = state
        self.callbacks = callbacks
        tests = loading.tests
    }

    deinit {
        cls_close(state)
    }
}

/// Where the lines of the test at work go.
///
/// Sendable by this proof: `current` is used on the state's thread only.
private final class TestFileLog: @unchecked Sendable {
    var current: (any TestWorld)?
    private let loading: ScriptLog

    init(loading: @escaping ScriptLog) {
        self.loading = loading
    }

    func append(_ line: ScriptLogLine) {
        if let current { current.log(line) } else { loading(line) }
    }
}
