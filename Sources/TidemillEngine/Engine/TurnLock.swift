import Foundation

/// A lock that is handed over in the order in which it was asked for. Whoever has it must not ask again: what happens
/// inside a turn is handed what it needs.
///
/// A plain lock goes to whoever comes next, and a thread that commits batch after batch is there again before one that
/// sleeps has woken: jobs would not end while files are taken in.
final class TurnLock: @unchecked Sendable {  // Everything is reached under `condition`.
    private let condition = NSCondition()
    private var drawn: UInt64 = 0
    private var serving: UInt64 = 0
    private var owner: pthread_t?

    func lock() {
        condition.lock()
        defer { condition.unlock() }
        // It would wait for itself for ever.
        precondition(owner.map { pthread_equal($0, pthread_self()) == 0 } ?? true, "asked for a turn within a turn")
        let ticket = drawn
        drawn += 1
        while serving != ticket { condition.wait() }
        owner = pthread_self()
    }

    func unlock() {
        condition.lock()
        defer { condition.unlock() }
        precondition(owner != nil, "unlocked by nobody who has it")
        owner = nil
        serving += 1
        condition.broadcast()
    }

    /// How many wait for it.
    var waiting: Int {
        condition.lock()
        defer { condition.unlock() }
        return Int(drawn - serving) - (owner != nil ? 1 : 0)
    }
}
