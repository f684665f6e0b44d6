import Synchronization
import TidemillTriggers

/// The request to end in good order: no new claims, what runs stops between two batches.
final class StopSignal: Sendable {
    private let requested = Mutex(false)
    /// Wakes whoever waits beside a running batch.
    let beside = WakeUp()
    /// Wakes the loop itself.
    let wake: WakeUp

    init(wake: WakeUp) {
        self.wake = wake
    }

    var isRequested: Bool { requested.withLock { $0 } }

    func request() {
        requested.withLock { $0 = true }
        beside.signal()
        wake.signal()
    }
}
