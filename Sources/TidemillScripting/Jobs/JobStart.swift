import Synchronization
public import TidemillOperations

/// A run on its way into a state: it may be offered to several, and begins in the first that has a turn for it. So a
/// state whose turn does not end, because a script is inside one long call, holds up no run that has not begun in it.
public final class JobStart: Sendable {
    let job: String
    let run: Payload
    let seed: UInt64
    let effects: any RunEffects
    let control: RunControl
    let outcome = RunOutcome()

    private struct State {
        /// Where it has begun.
        var begun: (host: JobHost, lua: LuaRun)?
        /// Whether it begins nowhere any more.
        var isClosed = false
        var offered: Set<ObjectIdentifier> = []
        var tasks: [Task<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// - Parameters:
    ///   - run: what the job's function gets, by the names of scripts.md; `saved` is the value of the last checkpoint.
    ///   - seed: of `math.random`; the same for every attempt of a run.
    public init(
        job: String, run: Payload, seed: UInt64, effects: any RunEffects, control: RunControl = RunControl()
    ) {
        self.job = job
        self.run = run
        self.seed = seed
        self.effects = effects
        self.control = control
    }

    /// Whether nobody needs to offer it any more.
    public var isTaken: Bool { state.withLock { $0.isClosed } }

    /// The state that it has begun in.
    public var host: JobHost? { state.withLock { $0.begun?.host } }

    /// Offers it to a state, which begins it when it has a turn, unless another one was faster.
    public func offer(to host: JobHost) {
        let isNew = state.withLock { !$0.isClosed && $0.offered.insert(ObjectIdentifier(host)).inserted }
        guard isNew else { return }
        let task = Task { await host.take(self) }
        let isStopped = state.withLock { state in
            state.tasks.append(task)
            return control.reason != nil
        }
        if isStopped { task.cancel() }
    }

    /// How it ended; called once. Cancelling the task that waits here stops the run.
    public var end: RunEnd {
        get async {
            control.onStop { [self] in stop() }
            let end = await withTaskCancellationHandler {
                await outcome.value
            } onCancel: {
                control.stop(.cancelled)
            }
            control.forget()
            return end
        }
    }

    /// Whether it is this state's to begin.
    func begin(in host: JobHost, _ lua: LuaRun) -> Bool {
        let isOurs = state.withLock { state in
            guard !state.isClosed else { return false }
            state.isClosed = true
            state.begun = (host, lua)
            return true
        }
        // Stopped in between: its first look at the control ends it.
        if isOurs, control.reason != nil { lua.stop() }
        return isOurs
    }

    /// A run that is stopped ends for its caller at once, while the effect that it waited for may take its time to notice.
    private func stop() {
        guard let reason = control.reason else { return }
        let (begun, tasks) = state.withLock { state in
            state.isClosed = true
            return (state.begun, state.tasks)
        }
        begun?.lua.stop()
        for task in tasks { task.cancel() }
        if let begun {
            Task { await begun.host.drop(begun.lua, outcome, control) }
        } else {
            outcome.finish(JobHost.end(stoppedFor: reason))
        }
    }
}
