public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// One step of a journal: what a run asked for and what it got.
public struct RunStep: Sendable, Hashable {
    public var run: RunID
    /// From 1 on within its segment.
    public var number: Int64
    public var segment: Int64
    /// As scripts write it: `client.grantCredits`, `state.set`, `time.now`.
    public var name: String
    public var arguments: Payload
    /// Whether it changed something. What was only read, or failed, may be asked anew by a retry until something that
    /// follows from it is done.
    public var isWrite: Bool
    /// Whether the answer is an error `{code, message}` that the script saw.
    public var raised: Bool
    public var answer: Payload
    public var attempt: Int64
    public var at: Timestamp
    /// When it was sent to a service elsewhere, of one that is not answered yet.
    public var sentAt: Timestamp?
}

/// The table `run_steps`.
public struct RunSteps {
    let connection: any SQLConnection

    public init(_ connection: any SQLConnection) {
        self.connection = connection
    }

    private static let columns = Columns<RunStep>(
        "run_steps", .key("run_id", \.run), .key("number", \.number), .key("segment", \.segment),
        Column("name", \.name), Column("arguments", \.arguments), Column("is_write", \.isWrite),
        Column("raised", \.raised), Column("answer", \.answer), Column("attempt", \.attempt), Column("at", \.at),
        Column("sent_at", \.sentAt), make: RunStep.init)

    func append(_ step: RunStep) throws { try connection.insert(step, into: Self.columns) }

    /// What came of a step that was sent.
    func answer(_ step: RunStep) throws { try connection.upsert(step, into: Self.columns) }

    /// The step of a run that was sent and is not answered.
    func sent(of id: RunID) throws -> RunStep? {
        try connection.first(Self.columns, "WHERE run_id = $1 AND sent_at IS NOT NULL LIMIT 1", [.text(id.text)])
    }

    /// Forgets what a run asked for after its last change: a retry asks anew, and what failed then may be well now.
    func forgetReads(of run: Run) throws {
        let last =
            try connection.first(
                """
                SELECT steps.segment, COALESCE(MAX(CASE WHEN is_write = 1 THEN number END), 0)
                  FROM runs JOIN run_steps AS steps ON steps.run_id = runs.id AND steps.segment = runs.segment
                 WHERE runs.id = $1 GROUP BY steps.segment
                """, [.text(run.id.text)]
            ) { (segment: $0.integer(0), number: $0.integer(1)) }
        guard let last else { return }
        guard try cut(run.id, segment: last.segment, after: last.number) > 0 else { return }
        try RunTable(connection).setSteps(last.number, of: run.id)
    }

    /// Forgets the first steps of a run, at most `limit`; returns how many.
    func prune(of id: RunID, limit: Int) throws -> Int {
        try connection.execute(
            """
            DELETE FROM run_steps WHERE run_id = $1 AND (segment, number) IN
              (SELECT segment, number FROM run_steps WHERE run_id = $1 ORDER BY segment, number LIMIT $2)
            """, [.text(id.text), .integer(limit)])
    }

    /// Forgets the steps of a segment after a number; returns how many.
    @discardableResult
    func cut(_ id: RunID, segment: Int64, after number: Int64) throws -> Int {
        try connection.execute(
            "DELETE FROM run_steps WHERE run_id = $1 AND segment = $2 AND number > $3",
            [.text(id.text), .integer(segment), .integer(number)])
    }

    /// Steps of a segment after a number, in order.
    func page(of id: RunID, segment: Int64, after number: Int64, limit: Int64) throws -> [RunStep] {
        try connection.rows(
            Self.columns, "WHERE run_id = $1 AND segment = $2 AND number > $3 ORDER BY number LIMIT $4",
            [.text(id.text), .integer(segment), .integer(number), .integer(limit)])
    }

    /// The whole journal, up to a bound.
    public func list(of id: RunID, limit: Int64 = 10_000) throws -> [RunStep] {
        try connection.rows(
            Self.columns, "WHERE run_id = $1 ORDER BY segment, number LIMIT $2", [.text(id.text), .integer(limit)])
    }
}
