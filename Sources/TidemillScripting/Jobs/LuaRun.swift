import CLuaSupport
import Synchronization
import TidemillOperations

/// The C side of one run.
///
/// Sendable by this proof: the pointer never changes and lives as long as this object; `stop` is atomic; everything
/// else is called by the state's actor.
final class LuaRun: @unchecked Sendable {
    let pointer: OpaquePointer

    init?() {
        guard let pointer = cls_run_new() else { return nil }
        self.pointer = pointer
    }

    deinit {
        cls_run_free(pointer)
    }

    func stop() { cls_run_stop(pointer) }

    enum Step {
        case effect(name: String, arguments: Payload)
        case paused
        case finished(Payload)
        case failed(ScriptFailure)
    }

    /// Nil: it has started.
    func start(in state: OpaquePointer, function: Int64, run: Payload, seed: UInt64) -> ScriptFailure? {
        var failure = cls_failure()
        let started = run.json.withText { cls_run_start(state, pointer, function, $0, seed, &failure) }
        return started ? nil : ScriptFailure(failure)
    }

    /// The same for a test.
    func startTest(in state: OpaquePointer, function: Int64, seed: UInt64) -> ScriptFailure? {
        var failure = cls_failure()
        return cls_run_start_test(state, pointer, function, seed, &failure) ? nil : ScriptFailure(failure)
    }

    /// Runs the next segment; without a reply for the first and after a pause.
    func step(in state: OpaquePointer, _ reply: Result<Payload, EffectError>?) -> Step {
        var step = cls_step()
        var answer = cls_reply()
        switch reply {
        case nil: cls_run_step(state, pointer, nil, &step)
        case .success(let value):
            value.json.withText { json in
                answer.json = json
                cls_run_step(state, pointer, &answer, &step)
            }
        case .failure(let error):
            error.code.withText { code in
                error.message.withText { message in
                    error.faults.withFaults { faults in
                        answer.failed = true
                        answer.code = code
                        answer.message = message
                        answer.faults = faults.baseAddress
                        answer.fault_count = UInt32(faults.count)
                        cls_run_step(state, pointer, &answer, &step)
                    }
                }
            }
        }
        // What the step names lives until the next call.
        switch cls_run_outcome(UInt32(step.outcome)) {
        case CLS_RUN_EFFECT:
            return .effect(name: String(step.name), arguments: Payload(step.nodes, count: step.node_count))
        case CLS_RUN_PAUSED: return .paused
        case CLS_RUN_FINISHED: return .finished(Payload(step.nodes, count: step.node_count))
        default: return .failed(ScriptFailure(step.failure))
        }
    }
}

/// The end of one run, for the one who waits for it. The first end counts.
final class RunOutcome: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<RunEnd, Never>)
        case ended(RunEnd)
    }

    private let state = Mutex(State.open)

    var isOver: Bool {
        state.withLock { if case .ended = $0 { true } else { false } }
    }

    func finish(_ end: RunEnd) {
        let waiting = state.withLock { state -> CheckedContinuation<RunEnd, Never>? in
            switch state {
            case .open:
                state = .ended(end)
                return nil
            case .awaited(let continuation):
                state = .ended(end)
                return continuation
            case .ended: return nil
            }
        }
        waiting?.resume(returning: end)
    }

    /// Called once.
    var value: RunEnd {
        get async {
            await withCheckedContinuation { continuation in
                let end = state.withLock { state -> RunEnd? in
                    if case .ended(let end) = state { return end }
                    state = .awaited(continuation)
                    return nil
                }
                if let end { continuation.resume(returning: end) }
            }
        }
    }
}
