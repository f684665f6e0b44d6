public import TidemillCore
public import TidemillStore

/// One attempt at a run, ended: a row of `run_attempts`.
public struct RunAttempt: Sendable, Hashable {
    public enum Outcome: String, Sendable, CaseIterable {
        case done
        case failed
        case timeout
        case memory
        case cancelled
        /// The worker shut down, or the store was in trouble: it does not count as an attempt that failed.
        case handedBack = "handed_back"
        /// Its process ended.
        case crashed
        /// The script asks for something else than the journal says.
        case scriptChanged = "script_changed"
    }

    /// What an attempt's end adds to failures, and what crashes come to.
    struct Counts {
        var failures: Int64 = 0
        var crashes: Int64 = 0
    }

    public var attempt: Int64
    public var startedAt: Timestamp
    public var endedAt: Timestamp
    public var outcome: Outcome
    public var code: String?
    public var message: String?
    public var scriptVersion: ScriptVersionID?

    /// The attempts of a run, in order.
    public static func list(of id: RunID, on connection: any SQLConnection) throws -> [RunAttempt] {
        try connection.rows(
            """
            SELECT attempt, started_at, ended_at, outcome, code, message, script_version FROM run_attempts
             WHERE run_id = $1 ORDER BY attempt
            """, [.text(id.text)]
        ) { row in
            RunAttempt(
                attempt: row.integer(0), startedAt: Timestamp(microseconds: row.integer(1)),
                endedAt: Timestamp(microseconds: row.integer(2)), outcome: Outcome(rawValue: row.text(3)) ?? .failed,
                code: row.optionalText(4), message: row.optionalText(5),
                scriptVersion: row.optionalText(6).map { ScriptVersionID($0) })
        }
    }
}
