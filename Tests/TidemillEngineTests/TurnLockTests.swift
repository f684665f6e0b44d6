import Foundation
import Synchronization
import Testing

@testable import TidemillEngine

struct TurnLockTests {
    /// Asks for the lock on a thread of its own, and returns when it waits for it.
    private func wait(for lock: TurnLock, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread {
            lock.lock()
            body()
            lock.unlock()
        }
        thread.start()
        while lock.waiting == 0 { sched_yield() }
    }

    @Test func `who waits has the next turn, though the one before comes back at once`() {
        let lock = TurnLock()
        let order = Mutex<[String]>([])
        lock.lock()
        wait(for: lock) { order.withLock { $0.append("waiting") } }
        lock.unlock()
        lock.lock()
        order.withLock { $0.append("back") }
        lock.unlock()
        #expect(order.withLock { $0 } == ["waiting", "back"])
    }

    @Test func `who has it and asks again ends the process, and does not wait for itself for ever`() async {
        await #expect(processExitsWith: .failure) {
            let lock = TurnLock()
            lock.lock()
            lock.lock()
        }
    }
}
