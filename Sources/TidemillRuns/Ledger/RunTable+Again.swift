public import TidemillCore
public import TidemillOperations
import TidemillStore

/// Runs that start again: because a person wants it, or because the script that they failed by has changed.
extension RunTable {
    /// A person wants it tried again now, from where its journal ends: one that came to nothing with all its retries, one
    /// that waits for its next attempt without waiting. False when it is not one that can be.
    public func retry(_ id: RunID, now: Timestamp) throws -> Bool {
        try connection.execute(
            """
            UPDATE runs SET state = 'waiting', due_at = $2, ended_at = NULL, is_behind = 0, script_print = NULL,
              is_overtaken = 0, failures = CASE WHEN state = 'waiting' THEN failures ELSE 0 END,
              crashes = CASE WHEN state = 'waiting' THEN crashes ELSE 0 END
             WHERE id = $1 AND state IN ('waiting', 'failed', 'quarantined', 'cancelled') AND attempt > 0
            """, [.text(id.text), .integer(now.microseconds)]) > 0
    }

    /// A person knows what came of what a parked run asked a service for: with an answer it was done there, without it is
    /// asked for again. False when the run is not parked.
    public func resolve(_ run: Run, answer: Payload?, now: Timestamp) throws -> Bool {
        guard run.state == .parked else { return false }
        let steps = RunSteps(connection)
        if var step = try steps.sent(of: run.id) {
            step.sentAt = answer == nil ? now : nil
            step.answer = answer ?? .null
            try steps.answer(step)
        }
        for grant in try RuleGrants(connection).list(of: run.id) where grant.state == .sending {
            var grant = grant
            grant.madeAt = now
            grant.answer = answer
            if answer != nil { grant.state = .made }
            try RuleGrants(connection).save(grant)
        }
        return try connection.execute(
            """
            UPDATE runs SET state = 'waiting', due_at = $2, ended_at = NULL, is_behind = 0, failures = 0, crashes = 0
             WHERE id = $1 AND state = 'parked'
            """, [.text(run.id.text), .integer(now.microseconds)]) > 0
    }

    /// Jobs and rules with runs that failed because of what their script says.
    func unscripted() throws -> [String] {
        try connection.values("SELECT DISTINCT name FROM runs WHERE script_print IS NOT NULL ORDER BY name")
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

    /// A run that failed by what its script said before.
    private struct Unscripted {
        var id: RunID
        var sequence: Int64
        var isSlot: Bool
        var scheduledAt: Timestamp
        var endedAt: Timestamp
    }

    private static let changed = """
        FROM runs WHERE name = $1 AND script_print IS NOT NULL AND script_print <> $2 AND state = 'failed'
        """

    static let unscriptedQuery = """
        SELECT id, sequence, trigger_kind, scheduled_at, ended_at \(changed) ORDER BY sequence LIMIT $3
        """

    static let laterSlotQuery =
        "SELECT 1 \(changed) AND trigger_kind = 'schedule' AND sequence > $3 ORDER BY sequence LIMIT 1"

    /// Whether any failed by what the script of a name said before.
    func isUnscripted(_ name: String, since print: String) throws -> Bool {
        try connection.first(Self.unscriptedQuery, [.text(name), .text(print), .integer(1)]) { _ in true } ?? false
    }

    /// Decides about the earliest of them, at most `limit`: starts them again in the order in which they came, or leaves
    /// them to a person. Returns how many it looked at, and how many of them start.
    func startAgain(_ name: String, _ restart: Restart, limit: Int64, now: Timestamp) throws
        -> (looked: Int, started: Int)
    {
        let arguments: [SQLValue] = [.text(name), .text(restart.print)]
        let runs = try connection.rows(Self.unscriptedQuery, arguments + [.integer(limit)]) { row in
            Unscripted(
                id: RunID(row.text(0)), sequence: row.integer(1),
                isSlot: row.text(2) == RunTrigger.Kind.schedule.rawValue,
                scheduledAt: Timestamp(microseconds: row.integer(3)),
                endedAt: Timestamp(microseconds: row.optionalInteger(4) ?? 0))
        }
        var newestSlot = runs.last { $0.isSlot }
        if let slot = newestSlot {
            let isOvertaken = try connection.first(Self.laterSlotQuery, arguments + [.integer(slot.sequence)]) { _ in
                true
            }
            if isOvertaken ?? false { newestSlot = nil }
        }
        var started = 0
        for run in runs {
            let starts =
                run.isSlot
                ? run.id == newestSlot?.id && restart.oldestSlot.map { run.scheduledAt >= $0 } ?? false
                : run.endedAt >= restart.oldestFailure
            if starts {
                try startAgain(run, slotsWait: restart.slotsWait, now: now)
                started += 1
            } else {
                try connection.execute(
                    "UPDATE runs SET script_print = NULL, is_overtaken = $2 WHERE id = $1",
                    [.text(run.id.text), .integer(run.isSlot ? 1 : 0)])
            }
        }
        return (runs.count, started)
    }

    private func startAgain(_ run: Unscripted, slotsWait: Bool, now: Timestamp) throws {
        try connection.execute(
            """
            UPDATE runs SET state = 'waiting', due_at = $2, ended_at = NULL, failures = 0, crashes = 0, is_behind = 0,
              script_print = NULL, turn = CASE WHEN turn = '' AND $3 = 1 THEN 'slot' ELSE turn END
             WHERE id = $1
            """,
            [.text(run.id.text), .integer(now.microseconds), .integer(run.isSlot && slotsWait ? 1 : 0)])
        // Those before it are waiting again by now.
        try markIfBehind(run.id)
    }

    /// Slots that came to nothing because of what their script said, and that are left behind since it changed: a later
    /// one stands for them.
    public func overtakenSlots() throws -> Int64 {
        try connection.value(Self.overtakenQuery) ?? 0
    }

    static let overtakenQuery = "SELECT COUNT(*) FROM runs WHERE is_overtaken = 1"
}
