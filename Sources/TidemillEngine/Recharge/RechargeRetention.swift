public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Forgets decisions about recharges that nobody asks about any more, in steps that let other writers in between.
/// Episodes are kept: they are what was charged.
public struct RechargeRetention: StoreMaintenance {
    /// `decisions.keep_policies`: as long as raw events.
    public static let keepSeconds = EventBounds.keep

    private let store: any Store
    private let keepSeconds: Int64
    private let stepRows: Int64

    public init(store: any Store, keepSeconds: Int64 = Self.keepSeconds, stepRows: Int64 = 2000) {
        self.store = store
        self.keepSeconds = keepSeconds
        self.stepRows = stepRows
    }

    public func runMaintenance(now: Timestamp) throws {
        let oldest = now.advanced(bySeconds: -keepSeconds)
        let isDue = try store.read { connection in
            try connection.first("SELECT MIN(at) FROM recharge_decisions") { ($0.optionalInstant(0) ?? now) < oldest }
        }
        guard isDue == true else { return }
        while try store.write({ try RechargeDecisions(connection: $0).prune(before: oldest, limit: stepRows) })
            == stepRows
        {}
    }
}
