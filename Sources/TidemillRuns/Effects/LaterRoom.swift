import Synchronization
import TidemillCore

/// How many more runs `later` may enter before those that wait are counted anew: counting takes as long as there are
/// many, so it is not done for each.
final class LaterRoom: Sendable {
    /// Runs that may wait, over all jobs.
    static let runsMax: Int64 = 1_000_000
    /// Runs entered after one count. What others enter meanwhile, other processes and triggers, may exceed the bound by as
    /// many: it keeps a job that starts itself from filling the disk, and needs not be exact.
    static let entriesMax: Int64 = 10_000
    /// While there is no room it is counted once in so many seconds, however often a job asks.
    static let fullSeconds: Int64 = 1

    private struct State {
        var left: Int64 = 0
        var fullAt: Timestamp?
    }

    private let state = Mutex(State())

    /// Takes the place of one run; false when there is none.
    /// - Parameter count: counts the runs that wait, up to the number given.
    func take(now: Timestamp, count: (Int64) throws -> Int64) throws -> Bool {
        try state.withLock { state in
            if state.left == 0 {
                if let fullAt = state.fullAt, fullAt <= now, now < fullAt.advanced(bySeconds: Self.fullSeconds) {
                    return false
                }
                let room = Self.runsMax - (try count(Self.runsMax))
                state.fullAt = room > 0 ? nil : now
                state.left = max(0, min(room, Self.entriesMax))
            }
            guard state.left > 0 else { return false }
            state.left -= 1
            return true
        }
    }
}
