public import TidemillCore
public import TidemillStore

/// A job or grant rule whose last attempts failed.
public struct FailingJob: Sendable, Hashable {
    public var kind: Run.Kind
    public var name: String
    /// Failures in a row: of the job over all its runs, or of one run that is tried again and again beside others that
    /// succeed.
    public var failures: Int64
    /// The run that failed last.
    public var run: RunID
    public var code: String?
    public var message: String?
    /// When the first of its runs is tried again; nil where none waits for that.
    public var nextTry: Timestamp?
    /// Whether one that failed before is under way.
    public var isBeingTried = false

    /// Whether only another script helps.
    public var needsScripts: Bool { code == RunResult.needsScripts }
}

/// What fails and goes on failing: the table `failing_jobs`, and the runs that wait for their next attempt.
public struct FailingJobs {
    let connection: any SQLConnection

    public init(_ connection: any SQLConnection) {
        self.connection = connection
    }

    /// Notes how an attempt ended.
    func note(_ outcome: RunAttempt.Outcome, of run: Run, code: String?, message: String?, now: Timestamp) throws {
        switch outcome {
        case .done: try forget(run.name)
        case .failed, .timeout, .memory, .scriptChanged:
            try connection.execute(
                """
                INSERT INTO failing_jobs(name, kind, failures, run_id, code, message, failed_at)
                VALUES ($1, $2, 1, $3, $4, $5, $6)
                ON CONFLICT(name) DO UPDATE SET kind = excluded.kind, failures = failing_jobs.failures + 1,
                  run_id = excluded.run_id, code = excluded.code, message = excluded.message,
                  failed_at = excluded.failed_at
                """,
                [
                    .text(run.name), .text(run.kind.rawValue), .text(run.id.text), .text(code), .text(message),
                    .integer(now.microseconds),
                ])
        // A process that ended, a shutdown, and whoever ended it by hand say nothing about the job.
        // A service that does not answer says nothing about it either.
        case .handedBack, .cancelled, .crashed, .parked: break
        }
    }

    func forget(_ name: String) throws {
        try connection.execute("DELETE FROM failing_jobs WHERE name = $1", [.text(name)])
    }

    func names() throws -> [String] {
        try connection.values("SELECT name FROM failing_jobs ORDER BY name")
    }

    /// Those that have failed so often in a row, by name.
    public func list(atLeast failures: Int64 = 2) throws -> [FailingJob] {
        try read("1 = 1", []).filter { $0.failures >= failures }
    }

    public func find(_ name: String) throws -> FailingJob? { try read("name = $1", [.text(name)]).first }

    private func read(_ condition: String, _ arguments: [SQLValue]) throws -> [FailingJob] {
        let noted = try connection.rows(
            "SELECT kind, name, failures, run_id, code, message FROM failing_jobs WHERE \(condition)", arguments,
            Self.read)
        var jobs = Dictionary(noted.map { ($0.name, $0) }) { first, _ in first }
        let tried = try connection.rows(
            """
            SELECT name, MAX(failures), MIN(CASE WHEN state = 'waiting' THEN due_at END),
              MAX(CASE WHEN state = 'running' THEN 1 ELSE 0 END)
              FROM runs WHERE ended_at IS NULL AND failures > 0 AND \(condition) GROUP BY name
            """, arguments
        ) { row in
            (name: row.text(0), failures: row.integer(1), next: row.optionalInteger(2), isRunning: row.integer(3) != 0)
        }
        for one in tried {
            if one.failures > jobs[one.name]?.failures ?? 0 {
                jobs[one.name] = try connection.first(
                    """
                    SELECT kind, name, failures, id, code, message FROM runs
                     WHERE name = $1 AND ended_at IS NULL AND failures > 0 ORDER BY failures DESC, due_at LIMIT 1
                    """, [.text(one.name)], Self.read)
            }
            jobs[one.name]?.nextTry = one.next.map { Timestamp(microseconds: $0) }
            jobs[one.name]?.isBeingTried = one.isRunning
        }
        return jobs.values.sorted { $0.name < $1.name }
    }

    private static func read(_ row: any SQLRow) -> FailingJob {
        FailingJob(
            kind: Run.Kind(rawValue: row.text(0)) ?? .job, name: row.text(1), failures: row.integer(2),
            run: RunID(row.text(3)), code: row.optionalText(4), message: row.optionalText(5))
    }
}
