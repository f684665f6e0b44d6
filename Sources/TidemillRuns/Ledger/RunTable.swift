public import TidemillCore
import TidemillEngine
import TidemillOperations
public import TidemillStore

/// The table `runs`. Functions take the connection, so that they can be part of a larger transaction.
public struct RunTable {
    let connection: any SQLConnection

    public init(_ connection: any SQLConnection) {
        self.connection = connection
    }

    /// What makes a run, before it is one.
    public struct New: Sendable {
        public var kind: Run.Kind
        public var name: String
        public var customer: CustomerID?
        public var trigger: RunTrigger
        public var dueAt: Timestamp
        public var turn: Run.Turn
        public var laterKey: String?

        public init(
            _ kind: Run.Kind, _ name: String, customer: CustomerID? = nil, trigger: RunTrigger, dueAt: Timestamp,
            turn: Run.Turn = .none, laterKey: String? = nil
        ) {
            self.kind = kind
            self.name = name
            self.customer = customer
            self.trigger = trigger
            self.dueAt = dueAt
            self.turn = turn
            self.laterKey = laterKey
        }
    }

    /// Enters a run; false when its cause has started this job or rule before.
    @discardableResult
    public func insert(_ new: New, id: RunID, state: Run.State = .waiting, message: String? = nil, now: Timestamp)
        throws
        -> Bool
    {
        let changed = try connection.execute(
            """
            INSERT INTO runs(id, sequence, kind, name, customer_id, trigger_kind, cause, payload, depth, scheduled_at,
              caused_at, state, due_at, turn, later_key, created_at, ended_at, message, file, is_behind)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
            ON CONFLICT(name, cause) DO NOTHING
            """,
            [
                .text(id.text), .integer(try Sequences.next("runs", on: connection)), .text(new.kind.rawValue),
                .text(new.name), .text(new.customer?.text ?? ""), .text(new.trigger.kind.rawValue),
                .text(new.trigger.cause), .text(new.trigger.event.json), .integer(new.trigger.depth),
                .integer(new.trigger.scheduledAt.microseconds), .integer(new.trigger.causedAt.microseconds),
                .text(state.rawValue), .integer(new.dueAt.microseconds), .text(new.turn.rawValue),
                .text(new.laterKey), .integer(now.microseconds), state.isEnded ? .integer(now.microseconds) : .null,
                .text(message), .text(new.trigger.file),
                .integer(try !state.isEnded && isAnyoneBefore(new) ? 1 : 0),
            ])
        if changed > 0, state.isEnded { countEnd(of: new.name, state) }
        return changed > 0
    }

    static let table = Columns<Run>(
        "runs", .key("id", \.id), .once("sequence", \.sequence), .once("kind", \.kind), .once("name", \.name),
        Column<Run, CustomerID?>.own("customer_id", { .text($0.customer?.text ?? "") }) { row, column in
            row.text(column).isEmpty ? nil : CustomerID(row.text(column))
        },
        .once("trigger", \.trigger), Column("state", \.state), Column("due_at", \.dueAt), Column("turn", \.turn),
        Column("later_key", \.laterKey), Column("attempt", \.attempt), Column("failures", \.failures),
        Column("crashes", \.crashes), Column("segment", \.segment),
        Column<Run, Payload>.own("saved", { .text($0.saved.json) }) { row, column in
            try row.optionalText(column).map { try Payload(json: $0) } ?? .null
        },
        Column("steps", \.steps), Column("owner", \.owner), Column("script_version", \.scriptVersion),
        .once("created_at", \.createdAt), Column("started_at", \.startedAt), Column("ended_at", \.endedAt),
        Column("code", \.code), Column("message", \.message), Column("result", \.result), make: Run.init)

    static var columns: String { table.list }
    static func read(_ row: any SQLRow) throws -> Run { try table.read(row) }

    public func find(_ id: RunID) throws -> Run? {
        try connection.first(Self.table, "WHERE id = $1", [.text(id.text)])
    }

    /// Runs whose id begins so: what a person types. At most two: one is the answer.
    public func find(prefix: String) throws -> [Run] {
        try connection.rows(
            Self.table, "WHERE id >= $1 AND id < $2 ORDER BY id LIMIT 2",
            [.text(prefix), .text(prefix + "\u{10FFFF}")])
    }

    /// Runs, the newest first: those before one, by its number.
    public func list(
        name: String? = nil, customer: CustomerID? = nil, state: Run.State? = nil, before sequence: Int64? = nil,
        limit: Int64 = 50
    ) throws -> [Run] {
        var conditions: [String] = []
        var arguments: [SQLValue] = []
        if let name {
            arguments.append(.text(name))
            conditions.append("name = $\(arguments.count)")
        }
        if let customer {
            arguments.append(.text(customer.text))
            // So that the index of runs with a customer serves.
            conditions.append("customer_id = $\(arguments.count) AND customer_id <> ''")
        }
        if let state {
            arguments.append(.text(state.rawValue))
            conditions.append("state = $\(arguments.count)")
        }
        if let sequence {
            arguments.append(.integer(sequence))
            conditions.append("sequence < $\(arguments.count)")
        }
        arguments.append(.integer(limit))
        let filter = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        return try connection.rows(Self.table, "\(filter) ORDER BY sequence DESC LIMIT $\(arguments.count)", arguments)
    }

    public func running(owner: String) throws -> [Run] {
        try connection.rows(Self.runningQuery, [.text(owner)], Self.read)
    }

    /// By no index of all runs: those under way are few.
    static let runningQuery =
        "SELECT \(columns) FROM runs WHERE state = 'running' AND owner = $1 ORDER BY +sequence"

    /// Which runs a worker holds.
    func held(by owner: String) throws -> Set<RunID> {
        Set(try connection.values(Self.heldQuery, [.text(owner)]))
    }

    static let heldQuery = "SELECT id FROM runs WHERE state = 'running' AND owner = $1"

    /// Who holds runs.
    public func owners() throws -> [String] {
        try connection.values(Self.ownersQuery)
    }

    static let ownersQuery =
        "SELECT DISTINCT owner FROM runs WHERE state = 'running' AND owner IS NOT NULL ORDER BY owner"

    /// How many runs have not ended, at most `limit`.
    func unfinished(limit: Int64) throws -> Int64 {
        try connection.value(Self.unfinishedQuery, [.integer(limit)]) ?? 0
    }

    static let unfinishedQuery =
        "SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE ended_at IS NULL LIMIT $1) AS unfinished"

    /// How many runs are in each state, of one name or of all.
    public func counts(name: String? = nil) throws -> [Run.State: Int64] {
        let filter = name == nil ? "" : "WHERE name = $1"
        let rows = try connection.rows(
            "SELECT state, COUNT(*) FROM runs \(filter) GROUP BY state", name.map { [.text($0)] } ?? []
        ) { (Run.State(rawValue: $0.text(0)), $0.integer(1)) }
        var counts: [Run.State: Int64] = [:]
        for (state, count) in rows { if let state { counts[state] = count } }
        return counts
    }

    // MARK: - Changes

    /// Takes a waiting run: false when somebody else was faster, or it is not its turn. Its attempt counts one more.
    public func claim(_ run: Run, owner: String, scriptVersion: ScriptVersionID, now: Timestamp) throws -> Bool {
        let taken =
            try connection.execute(
                """
                UPDATE runs SET state = 'running', owner = $2, attempt = attempt + 1, script_version = $3, started_at = $4,
                  steps_at_start = steps, later_key = NULL
                 WHERE id = $1 AND state = 'waiting' AND attempt = $5 AND NOT \(Self.mustWait)
                """,
                [
                    .text(run.id.text), .text(owner), .text(scriptVersion.text), .integer(now.microseconds),
                    .integer(run.attempt),
                ]) > 0
        if taken {
            connection.note(
                MetricNote(.runDelay, [run.kind.rawValue], .observe(Self.duration(from: run.dueAt, to: now))))
        }
        return taken
    }

    /// For the metrics. A clock that went back has taken no time.
    private static func duration(from start: Timestamp, to end: Timestamp) -> Duration {
        .microseconds(max(0, end.microseconds - start.microseconds))
    }

    private func countEnd(of name: String, _ state: Run.State) {
        connection.count(.runsEnded, [name, state.rawValue])
    }

    /// When a job or rule was done last, of its last `limit` runs.
    public func lastDone(_ name: String, limit: Int64 = 100) throws -> Timestamp? {
        try connection.value(
            """
            SELECT MAX(ended_at) FROM (SELECT state, ended_at FROM runs WHERE name = $1 ORDER BY sequence DESC LIMIT $2)
             AS newest WHERE state = 'done'
            """, [.text(name), .integer(limit)])
    }

    /// Whether this attempt still holds its run; and counts the steps that the same transaction writes.
    public func holds(_ run: Run, adding steps: Int64 = 0) throws -> Bool {
        try connection.execute(
            """
            UPDATE runs SET steps = steps + $4 WHERE id = $1 AND state = 'running' AND owner = $2 AND attempt = $3
            """, [.text(run.id.text), .text(run.owner), .integer(run.attempt), .integer(steps)]) > 0
    }

    /// Whether a running run's journal has grown since its attempt began.
    func hasNewSteps(_ run: Run) throws -> Bool {
        try connection.first("SELECT 1 FROM runs WHERE id = $1 AND steps <> steps_at_start", [.text(run.id.text)]) {
            _ in
            true
        } ?? false
    }

    /// Begins a new segment after a checkpoint.
    func beginSegment(of run: Run, saved: Payload) throws {
        try connection.execute(
            "UPDATE runs SET segment = segment + 1, saved = $2, steps = 0, steps_at_start = -1 WHERE id = $1",
            [.text(run.id.text), .text(saved.json)])
    }

    /// The journal of a run's segment was cut behind this step.
    func setSteps(_ steps: Int64, of id: RunID) throws {
        try connection.execute("UPDATE runs SET steps = $2 WHERE id = $1", [.text(id.text), .integer(steps)])
    }

    /// Ends the attempt, and with it the run or not.
    func settle(
        _ run: Run, _ outcome: RunAttempt.Outcome, state: Run.State, dueAt: Timestamp? = nil, code: String? = nil,
        message: String? = nil, result: Payload? = nil, counts: RunAttempt.Counts = .init(),
        scriptPrint: String? = nil, now: Timestamp
    ) throws -> Bool {
        let changed = try connection.execute(
            """
            UPDATE runs SET state = $4, owner = NULL, due_at = COALESCE($5, due_at), ended_at = $6, code = $7,
              message = $8, result = $9, failures = failures + $10, crashes = $11,
              script_print = $12
             WHERE id = $1 AND state = 'running' AND owner = $2 AND attempt = $3
            """,
            [
                .text(run.id.text), .text(run.owner), .integer(run.attempt), .text(state.rawValue),
                .integer(dueAt?.microseconds), state.isEnded ? .integer(now.microseconds) : .null, .text(code),
                .text(message), .text(result?.json), .integer(counts.failures), .integer(counts.crashes),
                .text(scriptPrint),
            ])
        guard changed > 0 else { return false }
        try RunAttempt(
            run: run.id, attempt: run.attempt, startedAt: run.startedAt ?? now, endedAt: now, outcome: outcome,
            code: code, message: message, scriptVersion: run.scriptVersion
        ).keep(on: connection)
        if let startedAt = run.startedAt {
            connection.note(
                MetricNote(.runDuration, [run.kind.rawValue], .observe(Self.duration(from: startedAt, to: now))))
        }
        if state.isEnded {
            countEnd(of: run.name, state)
            try passTurn(of: run)
        }
        try FailingJobs(connection).note(outcome, of: run, code: code, message: message, now: now)
        return true
    }

    /// Ends a run that waits: a slot that is not needed any more, a later request that was cancelled.
    @discardableResult
    public func cancel(_ id: RunID, because message: String, now: Timestamp) throws -> Bool {
        let cancelled = try connection.execute(
            """
            UPDATE runs SET state = 'cancelled', ended_at = $2, message = $3, later_key = NULL
             WHERE id = $1 AND state = 'waiting'
            """, [.text(id.text), .integer(now.microseconds), .text(message)])
        guard cancelled > 0 else { return false }
        if let run = try find(id) {
            countEnd(of: run.name, .cancelled)
            try passTurn(of: run)
        }
        return true
    }

    /// The waiting run of a `later` with this key.
    public func later(_ key: String) throws -> Run? {
        try connection.first(Self.table, "WHERE later_key = $1 AND state = 'waiting'", [.text(key)])
    }

    /// Forgets runs that ended before an instant, with their journals, the longest ones in several calls; returns how many
    /// rows went, `limit` while there may be more.
    func prune(before instant: Timestamp, failedBefore failed: Timestamp, limit: Int64) throws -> Int {
        let ids: [String] = try connection.values(
            """
            SELECT id FROM runs WHERE ended_at IS NOT NULL AND ended_at < $1
              AND (state NOT IN ('failed', 'quarantined', 'parked') OR ended_at < $2)
             ORDER BY ended_at LIMIT $3
            """, [.integer(instant.microseconds), .integer(failed.microseconds), .integer(limit)])
        var left = Int(limit)
        for id in ids where left > 0 {
            left -= try RunSteps(connection).prune(of: RunID(id), limit: left)
            guard left > 0 else { break }
            try RunAttempt.forget(RunID(id), on: connection)
            left -= try connection.execute("DELETE FROM runs WHERE id = $1", [.text(id)])
        }
        return Int(limit) - left
    }
}

extension RunID: ColumnValue {}
extension Run.Kind: ColumnValue {}
extension Run.State: ColumnValue {}
extension Run.Turn: ColumnValue {}

extension RunTrigger: ColumnValue {
    public static func columns(_ name: String) -> [String] {
        ["trigger_kind", "cause", "payload", "depth", "scheduled_at", "caused_at", "file"]
    }
    public init(_ row: any SQLRow, at column: Int) throws {
        self.init(
            try Kind(row, at: column), cause: row.text(column + 1), event: try Payload(row, at: column + 2),
            depth: row.integer(column + 3), scheduledAt: Timestamp(row, at: column + 4),
            causedAt: Timestamp(row, at: column + 5))
        file = row.optionalText(column + 6)
    }
    public func bind(to values: inout [SQLValue]) {
        values += [
            .text(kind.rawValue), .text(cause), .text(event.json), .integer(depth),
            .integer(scheduledAt.microseconds), .integer(causedAt.microseconds), .text(file),
        ]
    }
}

extension RunTrigger.Kind: ColumnValue {}
