public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Forgets idempotency keys that nobody will repeat any more, in steps that let other writers in between.
public struct KeyRetention: StoreMaintenance {
    private let store: any Store
    private let keepSeconds: Int64
    private let stepKeys: Int64

    /// Keys are kept as long as a retry may come: by default as long as the identities of events.
    public init(store: any Store, keepSeconds: Int64 = EventBounds.dedupeWindow, stepKeys: Int64 = 2000) {
        self.store = store
        self.keepSeconds = keepSeconds
        self.stepKeys = stepKeys
    }

    public func runMaintenance(now: Timestamp) throws {
        let oldest = now.advanced(bySeconds: -keepSeconds)
        let isDue = try store.read { connection in
            try connection.first("SELECT MIN(created_at) FROM idempotency_keys") {
                !$0.isNull(0) && $0.integer(0) < oldest.microseconds
            }
        }
        guard isDue == true else { return }
        while try store.write({ try IdempotencyKeys.prune(before: oldest, limit: stepKeys, on: $0) }) == stepKeys {}
    }
}
