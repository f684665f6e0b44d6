import Synchronization
import TidemillTriggers

/// The request to end in good order: no new claims, what runs stops between two batches. Once made it stays, and ends
/// every wait, however many there are.
final class StopSignal: Sendable {
    private struct State {
        var isRequested = false
        var waits: [UInt64: WakeUp] = [:]
        var number: UInt64 = 0
    }

    private let state = Mutex(State())
    /// Wakes the loop where it waits for files.
    private let wake: WakeUp

    init(wake: WakeUp) {
        self.wake = wake
    }

    var isRequested: Bool { state.withLock { $0.isRequested } }

    func request() {
        let waits = state.withLock { state in
            state.isRequested = true
            return Array(state.waits.values)
        }
        for wait in waits { wait.signal() }
        wake.signal()
    }

    /// Waits for `duration`, or until the request is made, or the task is cancelled.
    func wait(atMost duration: Duration, sleep: @escaping @Sendable (Duration) async throws -> Void) async {
        let wait = WakeUp()
        let number: UInt64? = state.withLock { state in
            if state.isRequested { return nil }
            state.number += 1
            state.waits[state.number] = wait
            return state.number
        }
        guard let number else { return }
        await wait.wait(atMost: duration, sleep: sleep)
        _ = state.withLock { $0.waits.removeValue(forKey: number) }
    }
}
