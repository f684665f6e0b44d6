import Synchronization

/// A wake-up that is kept until somebody waits for it. One waiter at a time.
public final class WakeUp: Sendable {
    private struct State {
        var isPending = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    public init() {}

    public func signal() {
        let waiter = state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            state.isPending = waiter == nil
            return waiter
        }
        waiter?.resume()
    }

    /// Returns at the next signal, at once if there was one since the last wait, and when the task is cancelled.
    public func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    if state.isPending || Task.isCancelled {
                        state.isPending = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }

    /// As `wait`, for no longer than `duration` as `sleep` measures it.
    public func wait(
        atMost duration: Duration?, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) async {
        guard let duration else { return await wait() }
        guard duration > .zero else { return }
        await withTaskGroup { group in
            group.addTask { await self.wait() }
            // Cancelled by the wake-up: nothing is lost with the error.
            group.addTask { try? await sleep(duration) }
            await group.next()
            group.cancelAll()
        }
    }
}
