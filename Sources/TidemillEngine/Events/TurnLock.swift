import Foundation

/// A lock that is handed over in the order in which it was asked for. Whoever has it may ask again.
///
/// A plain lock goes to whoever comes next, and a thread that commits batch after batch is there again before one that
/// sleeps has woken: jobs would not end while files are taken in.
final class TurnLock: @unchecked Sendable {  // Everything is reached under `condition`.
    private let condition = NSCondition()
    private var drawn: UInt64 = 0
    private var serving: UInt64 = 0
    private var depth = 0
    private var owner: pthread_t?

    func lock() {
        condition.lock()
        defer { condition.unlock() }
        if let owner, pthread_equal(owner, pthread_self()) != 0 {
            depth += 1
            return
        }
        let ticket = drawn
        drawn += 1
        while serving != ticket { condition.wait() }
        owner = pthread_self()
        depth = 1
    }

    func unlock() {
        condition.lock()
        defer { condition.unlock() }
        precondition(depth > 0, "unlocked by nobody who has it")
        depth -= 1
        guard depth == 0 else { return }
        owner = nil
        serving += 1
        condition.broadcast()
    }

    /// How many wait for it.
    var waiting: Int {
        condition.lock()
        defer { condition.unlock() }
        return Int(drawn - serving) - (depth > 0 ? 1 : 0)
    }
}
