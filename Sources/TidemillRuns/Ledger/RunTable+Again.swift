public import TidemillCore
import TidemillStore

/// Runs that start again: because a person wants it, or because the script that they failed by has changed.
extension RunTable {
    /// A person wants it tried again now, from where its journal ends: one that came to nothing with all its retries, one
    /// that waits for its next attempt without waiting. False when it is not one that can be.
    public func retry(_ id: RunID, now: Timestamp) throws -> Bool {
        try connection.execute(
            """
            UPDATE runs SET state = 'waiting', due_at = $2, ended_at = NULL, is_behind = 0, script_print = NULL,
              failures = CASE WHEN state = 'waiting' THEN failures ELSE 0 END,
              crashes = CASE WHEN state = 'waiting' THEN crashes ELSE 0 END
             WHERE id = $1 AND state IN ('waiting', 'failed', 'quarantined', 'cancelled') AND attempt > 0
            """, [.text(id.text), .integer(now.microseconds)]) > 0
    }

    /// Jobs and rules with runs that failed because of what their script says.
    func unscripted() throws -> [String] {
        try connection.rows("SELECT DISTINCT name FROM runs WHERE script_print IS NOT NULL ORDER BY name") {
            $0.text(0)
        }
    }

    /// Which of the runs of a name start again, now that its script is another.
    struct Restart {
        /// What the script says now.
        var print: String
        /// The oldest slot that is still worth a run; nil: none is.
        var oldestSlot: Timestamp?
        /// When the oldest run of a trigger failed that starts again by itself.
        var oldestFailure: Timestamp
        /// Whether a slot's run waits for those of other slots.
        var slotsWait: Bool
    }

    /// Starts them again, in the order in which they came; the others are left to a person. Returns how many start.
    func startAgain(_ name: String, _ restart: Restart, now: Timestamp) throws -> Int {
        let changed = "name = $1 AND script_print IS NOT NULL AND script_print <> $2 AND state = 'failed'"
        let again = """
            state = 'waiting', due_at = $3, ended_at = NULL, failures = 0, crashes = 0, script_print = NULL
            """
        var started = 0
        if let oldest = restart.oldestSlot {
            started += try connection.execute(
                """
                UPDATE runs SET \(again), turn = CASE WHEN turn = '' AND $5 = 1 THEN 'slot' ELSE turn END
                 WHERE id = (SELECT id FROM runs WHERE \(changed) AND trigger_kind = 'schedule' AND scheduled_at >= $4
                   ORDER BY scheduled_at DESC, sequence DESC LIMIT 1)
                """,
                [
                    .text(name), .text(restart.print), .integer(now.microseconds), .integer(oldest.microseconds),
                    .integer(restart.slotsWait ? 1 : 0),
                ])
        }
        started += try connection.execute(
            "UPDATE runs SET \(again) WHERE \(changed) AND trigger_kind <> 'schedule' AND ended_at >= $4",
            [
                .text(name), .text(restart.print), .integer(now.microseconds),
                .integer(restart.oldestFailure.microseconds),
            ])
        _ = try connection.execute(
            "UPDATE runs SET script_print = NULL WHERE \(changed)", [.text(name), .text(restart.print)])
        if started > 0 { try markThoseBehind(name) }
        return started
    }

    /// Slots that came to nothing because of what their script said, and that a later one stands for since.
    public func overtakenSlots() throws -> Int64 {
        try connection.first(
            """
            SELECT COUNT(*) FROM runs WHERE state = 'failed' AND code = 'needs_scripts' AND script_print IS NULL
              AND trigger_kind = 'schedule'
            """
        ) { $0.integer(0) } ?? 0
    }
}
