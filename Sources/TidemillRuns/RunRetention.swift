public import TidemillCore
import TidemillEngine
import TidemillOperations
public import TidemillStore

/// Forgets what is over: runs with their journals, expired state, written messages, and the causes that have been looked
/// at. In steps that let other writers in between.
public struct RunRetention: StoreMaintenance {
    private static let stepRows: Int64 = 1000
    /// How long webhooks and events are kept: as long as a repeat of one is known (semantics.md, "Webhooks").
    private static let causesSeconds = EventBounds.webhookWindow
    /// `decisions.keep_runs`.
    public static let keepSeconds: Int64 = 30 * 86_400

    private let store: any Store
    private let keepSeconds: Int64

    /// - Parameter keepSeconds: how long a run is kept after its end; one that failed waits three times as long for a
    ///   person.
    public init(store: any Store, keepSeconds: Int64 = Self.keepSeconds) {
        self.store = store
        self.keepSeconds = keepSeconds
    }

    public func runMaintenance(now: Timestamp) throws {
        let oldest = now.advanced(bySeconds: -keepSeconds)
        let causes = now.advanced(bySeconds: -Self.causesSeconds)
        try inSteps {
            try RunTable($0).prune(
                before: oldest, failedBefore: now.advanced(bySeconds: -3 * keepSeconds), limit: Self.stepRows)
        }
        try inSteps { try JobState(connection: $0).prune(now: now, limit: Self.stepRows) }
        try inSteps { try Emissions($0).prune(before: oldest, limit: Self.stepRows) }
        try inSteps { try WebhookInbox.prune(before: causes, limit: Self.stepRows, on: $0) }
        try inSteps { try Outbox.prune(before: causes, limit: Self.stepRows, on: $0) }
    }

    private func inSteps(_ prune: (any SQLConnection) throws -> Int) throws {
        while try store.write(prune) == Self.stepRows {}
    }
}
