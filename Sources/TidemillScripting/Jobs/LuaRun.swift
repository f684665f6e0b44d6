import CLuaSupport
import Synchronization

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
