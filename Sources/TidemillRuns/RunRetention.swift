public import TidemillCore
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
        try inSteps { connection in
            try connection.execute(
                """
                DELETE FROM webhooks WHERE dedup_key IN
                  (SELECT dedup_key FROM webhooks WHERE state <> 'waiting' AND received_at < $1 LIMIT $2)
                """, [.integer(causes.microseconds), .integer(Self.stepRows)])
        }
        try inSteps { connection in
            try connection.execute(
                "DELETE FROM outbox WHERE sequence IN (\(Self.spentEvents))",
                [.integer(causes.microseconds), .integer(Self.stepRows)])
        }
    }

    /// The one rule by which events leave the outbox: old, and looked at for what they trigger. Whoever has no worker for
    /// months finds them all when it runs again. They are written in the order of time, so the oldest tell.
    private static let spentEvents = """
        SELECT sequence FROM (SELECT sequence, created_at FROM outbox ORDER BY sequence LIMIT $2) AS oldest
         WHERE created_at < $1 AND sequence <= (SELECT outbox_sequence FROM trigger_progress)
        """

    private func inSteps(_ prune: (any SQLConnection) throws -> Int) throws {
        while try store.write(prune) == Self.stepRows {}
    }
}
