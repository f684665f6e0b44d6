import CLuaSupport
public import TidemillCore
public import TidemillOperations

/// Runs the jobs of one script version: one Lua state on a thread of its own, in which any number of runs wait at once
/// and take turns.
///
/// Same sources, same `run`, same seed, same answers: same effects in the same order. So a host that keeps the answers
/// can repeat a run. Time, reads and everything else from outside are effects; what is left is Lua.
public actor JobHost {
    public nonisolated let version: ScriptVersionID
    public nonisolated let jobs: [JobDeclaration]
    private let rules: RuleSet
    private let jobsByName: [String: JobDeclaration]
    private let log: RunLog
    private let executor: ThreadExecutor

    /// How many answers in a row may come at once before others get their turn.
    private static let answersInARow = 64

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Loads the scripts into a state of its own; blocks the caller, who must not be a run.
    /// - Parameter loader: its log takes what files say while they are loaded; runs log to their `RunEffects`.
    public init(_ sources: [ScriptSource], _ loader: ScriptLoader) throws(ScriptLoadError) {
        let log = RunLog(loading: loader.log)
        let executor = ThreadExecutor(name: "tidemill-jobs")
        var loader = loader
        loader.log = { log.append($0) }
        rules = try loader.load(sources, on: executor.thread)
        version = rules.version
        jobs = rules.jobs
        jobsByName = Dictionary(rules.jobs.map { ($0.name, $0) }) { first, _ in first }
        self.log = log
        self.executor = executor
    }

    /// Bytes that the state holds.
    public var memoryUsed: Int { cls_memory_used(rules.state) }

    /// Runs a job to its end. Cancelling the task that waits here stops the run.
    /// - Parameters:
    ///   - run: what the job's function gets, by the names of scripts.md; `saved` is the value of the last checkpoint.
    ///   - seed: of `math.random`; the same for every attempt of a run.
    public nonisolated func start(
        job name: String, run: Payload, seed: UInt64, effects: any RunEffects, control: RunControl = RunControl()
    ) async -> RunEnd {
        let start = JobStart(job: name, run: run, seed: seed, effects: effects, control: control)
        start.offer(to: self)
        return await start.end
    }

    /// Runs what is offered, unless another state was faster.
    func take(_ start: JobStart) async {
        guard !start.isTaken else { return }
        guard let job = jobsByName[start.job], let function = rules.functions[start.job] else {
            start.outcome.finish(
                .failed(ScriptFailure(.error, "there is no job \"\(start.job)\" in script version \(version)")))
            return
        }
        guard let lua = LuaRun() else {
            start.outcome.finish(
                .outOfMemory(
                    ScriptFailure(.memory, "not enough memory for a run", file: job.file, line: job.line)))
            return
        }
        guard start.begin(in: self, lua) else { return }
        let end = await drive(
            lua, job, function: function, run: start.run, seed: start.seed, effects: start.effects,
            control: start.control)
        start.outcome.finish(end)
    }

    // MARK: - One run

    private func drive(
        _ lua: LuaRun, _ job: JobDeclaration, function: Int64, run: Payload, seed: UInt64, effects: any RunEffects,
        control: RunControl
    ) async -> RunEnd {
        if let failure = lua.start(in: rules.state, function: function, run: run, seed: seed) {
            return end(of: failure, job, control)
        }
        var number: Int64 = 0
        var inARow = 0
        var reply: Result<Payload, EffectError>?
        while true {
            if let reason = control.reason {
                cls_run_end(rules.state, lua.pointer)
                return Self.end(stoppedFor: reason)
            }
            switch step(lua, reply, effects) {
            case .effect(let name, let arguments):
                do throws(EffectError) {
                    let request = try EffectRequest(
                        name, arguments, operations: job.operations, jobs: jobs.lazy.map(\.name))
                    number += 1
                    let effect = RunEffect(number: number, name: name, arguments: arguments, request: request)
                    reply = .success(try await effects.perform(effect))
                } catch {
                    if case .abandoned(let why) = error, control.reason == nil {
                        cls_run_end(rules.state, lua.pointer)
                        return .abandoned(why)
                    }
                    reply = .failure(error)
                }
                inARow += 1
                if inARow >= Self.answersInARow {
                    inARow = 0
                    await Task.yield()
                }
            case .paused:
                reply = nil
                await Task.yield()
            case .finished(let value): return .finished(value)
            case .failed(let failure): return end(of: failure, job, control)
            }
        }
    }

    private func step(_ lua: LuaRun, _ reply: Result<Payload, EffectError>?, _ effects: any RunEffects) -> LuaRun.Step {
        log.current = effects
        defer { log.current = nil }
        return rules.timed("job") { lua.step(in: rules.state, reply) }
    }

    /// Ends a stopped run for the one who waits for it. On the actor, so no segment of it is at work.
    func drop(_ lua: LuaRun, _ outcome: RunOutcome, _ control: RunControl) {
        guard !outcome.isOver, let reason = control.reason else { return }
        cls_run_end(rules.state, lua.pointer)
        outcome.finish(Self.end(stoppedFor: reason))
    }

    static func end(stoppedFor reason: RunControl.Reason) -> RunEnd {
        switch reason {
        case .timedOut: .timedOut(nil)
        case .cancelled: .cancelled
        }
    }

    private func end(of failure: ScriptFailure, _ job: JobDeclaration, _ control: RunControl) -> RunEnd {
        var failure = failure
        if failure.line == 0 {
            failure.file = job.file
            failure.line = job.line
        }
        switch failure.kind {
        case .error, .answer: return .failed(failure)
        case .timeout: return .timedOut(failure)
        case .memory: return .outOfMemory(failure)
        case .stopped: return control.reason == .timedOut ? .timedOut(failure) : .cancelled
        }
    }
}

/// Where the lines of the run at work go.
///
/// Sendable by this proof: `current` is used on the state's thread only, by the actor and by the log of its state.
private final class RunLog: @unchecked Sendable {
    var current: (any RunEffects)?
    private let loading: ScriptLog

    init(loading: @escaping ScriptLog) {
        self.loading = loading
    }

    func append(_ line: ScriptLogLine) {
        if let current { current.log(line) } else { loading(line) }
    }
}
