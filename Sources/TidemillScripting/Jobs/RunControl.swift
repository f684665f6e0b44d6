import Synchronization

/// Stops a run from outside, at any time and from any thread: one that waits is dropped at once, one that computes
/// within a few thousand instructions. A stopped run is never resumed.
public final class RunControl: Sendable {
    public enum Reason: Sendable, Hashable {
        /// The job's `timeout` is over.
        case timedOut
        case cancelled
    }

    private struct State {
        var reason: Reason?
        var action: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    public init() {}

    /// Nil: it has not been stopped.
    public var reason: Reason? { state.withLock { $0.reason } }

    /// The first call counts.
    public func stop(_ reason: Reason = .cancelled) {
        let action = state.withLock { state in
            guard state.reason == nil else { return nil as (@Sendable () -> Void)? }
            state.reason = reason
            defer { state.action = nil }
            return state.action
        }
        action?()
    }

    /// Has `action` done once it is stopped: at once, when it is already.
    func onStop(_ action: @escaping @Sendable () -> Void) {
        let isStopped = state.withLock { state in
            if state.reason == nil { state.action = action }
            return state.reason != nil
        }
        if isStopped { action() }
    }

    func forget() {
        state.withLock { $0.action = nil }
    }
}
