import Synchronization
import TidemillCore
import TidemillOperations
import TidemillStore

/// What was resolved since the last commit of anybody. A check that finds its answer here asks the store one thing:
/// whether there was a commit since. So it is never older than the last commit before it began.
final class EntitlementCache: Sendable {
    struct Key: Hashable, Sendable {
        let customer: CustomerID
        @ComparedByBytes var resource: String?
        let feature: FeatureID
    }

    /// More are not kept; some hundred bytes each.
    private static let statesMax = 200_000

    private struct Kept {
        var stamp: Int64 = .min
        var states: [Key: EntitlementState] = [:]
    }

    private let kept = Mutex(Kept())

    func state(_ key: Key, stamp: Int64, at now: Timestamp) -> EntitlementState? {
        kept.withLock { kept in
            guard kept.stamp == stamp, let state = kept.states[key], state.holds(at: now) else { return nil }
            return state
        }
    }

    /// `stamp` was read before the state was resolved.
    func keep(_ state: EntitlementState, _ key: Key, stamp: Int64) {
        kept.withLock { kept in
            if kept.stamp != stamp || kept.states.count >= Self.statesMax {
                kept.states.removeAll(keepingCapacity: true)
                kept.stamp = stamp
            }
            kept.states[key] = state
        }
    }
}
