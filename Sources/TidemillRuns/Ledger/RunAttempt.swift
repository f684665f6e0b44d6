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
        /// What it asked a service elsewhere for was never answered, and would be done twice by a repeat.
        case parked
    }

    /// What an attempt's end adds to failures, and what crashes come to.
    struct Counts {
        var failures: Int64 = 0
        var crashes: Int64 = 0
    }

    public var run: RunID
    public var attempt: Int64
    public var startedAt: Timestamp
    public var endedAt: Timestamp
    public var outcome: Outcome
    public var code: String?
    public var message: String?
    public var scriptVersion: ScriptVersionID?

    private static let columns = Columns<RunAttempt>(
        "run_attempts", .key("run_id", \.run), .key("attempt", \.attempt), Column("started_at", \.startedAt),
        Column("ended_at", \.endedAt), Column("outcome", \.outcome), Column("code", \.code),
        Column("message", \.message), Column("script_version", \.scriptVersion), make: RunAttempt.init)

    /// The attempts of a run, in order.
    public static func list(of id: RunID, on connection: any SQLConnection) throws -> [RunAttempt] {
        try connection.rows(columns, "WHERE run_id = $1 ORDER BY attempt", [.text(id.text)])
    }

    func keep(on connection: any SQLConnection) throws {
        try connection.insert(self, into: Self.columns, "ON CONFLICT(run_id, attempt) DO NOTHING")
    }

    static func forget(_ run: RunID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM run_attempts WHERE run_id = $1", [.text(run.text)])
    }
}

extension RunAttempt.Outcome: ColumnValue {}
