public import TidemillCore
import TidemillStore

/// Whose turn it is. A run with a turn stands in a row: behind the earlier runs of its customer, of its schedule, or of
/// its job. One that is behind another is marked so when it is entered, and whoever ends a run takes the mark from the
/// one that is first then. So a look at what is due sees the first of each row, however many stand behind it, and
/// nothing that has ended.
extension RunTable {
    /// Whether a run of `runs` has to wait for another: an earlier one of its row that has not ended, or any that runs,
    /// as beside one that a person tries again. This is what counts; `is_behind` only spares the question.
    static let mustWait = """
        CASE turn WHEN '' THEN FALSE
          WHEN 'customer' THEN \(another(isOfCustomer: true) { "\($0).customer_id = runs.customer_id" })
          WHEN 'slot' THEN \(another { "\($0).trigger_kind = 'schedule'" })
          ELSE \(another { _ in "TRUE" }) END
        """

    /// - Parameter isInRow: which runs of the name stand in the row.
    private static func earlier(_ isInRow: (String) -> String) -> String {
        """
        EXISTS (SELECT 1 FROM runs AS earlier WHERE earlier.name = runs.name AND \(isInRow("earlier"))
            AND earlier.ended_at IS NULL AND earlier.sequence < runs.sequence)
        """
    }

    /// Of a job's runs under way there are few, of its history many: without a customer the sequence is no column to
    /// search by (`+`), or SQLite would go over the history.
    private static func another(isOfCustomer: Bool = false, _ isInRow: (String) -> String) -> String {
        let after = isOfCustomer ? "other.sequence" : "+other.sequence"
        return """
            (\(earlier(isInRow))
              OR EXISTS (SELECT 1 FROM runs AS other WHERE other.name = runs.name AND \(isInRow("other"))
                AND other.state = 'running' AND \(after) > runs.sequence))
            """
    }

    /// Runs that wait, are due, and whose turn it is, the earliest first, but for those of the names given.
    public func due(until now: Timestamp, except names: [String], limit: Int64) throws -> [Run] {
        try connection.rows(
            Self.dueQuery(except: names.count),
            [.integer(now.microseconds), .integer(limit)] + names.map { .text($0) }, Self.read)
    }

    static func dueQuery(except names: Int) -> String {
        let marks = (0..<names).map { "$\($0 + 3)" }.joined(separator: ", ")
        return """
            SELECT \(columns) FROM runs WHERE state = 'waiting' AND is_behind = 0 AND due_at <= $1
              AND \(names == 0 ? "TRUE" : "name NOT IN (\(marks))") AND NOT \(mustWait)
             ORDER BY due_at, sequence LIMIT $2
            """
    }

    /// When the next one is due after an instant; nil when none is. What was due by then waits for something else than
    /// time: its turn, room, or whoever paused its job.
    public func nextDue(after instant: Timestamp) throws -> Timestamp? {
        try connection.first(Self.nextQuery, [.integer(instant.microseconds)]) { $0.optionalInteger(0) }
            .flatMap { $0 }.map { Timestamp(microseconds: $0) }
    }

    static let nextQuery =
        "SELECT MIN(due_at) FROM runs WHERE state = 'waiting' AND is_behind = 0 AND due_at > $1"

    /// Whether a new run has to stand behind another: every run that there is is earlier.
    func isAnyoneBefore(_ new: New) throws -> Bool {
        guard let row = Self.row(new.turn) else { return false }
        return try connection.first(
            Self.beforeQuery(row), Self.place(new.name, new.customer, new.turn)
        ) { _ in true } ?? false
    }

    static func beforeQuery(_ row: String) -> String {
        "SELECT 1 FROM runs WHERE name = $1 AND \(row) AND ended_at IS NULL LIMIT 1"
    }

    /// A run has ended: those that are first in its rows now stand behind nobody.
    func passTurn(of run: Run) throws {
        for turn in Run.Turn.allCases {
            guard let row = Self.row(turn), turn != .slot || run.trigger.kind == .schedule else { continue }
            _ = try connection.execute(
                Self.passingStatement(row, turn), Self.place(run.name, run.customer, turn))
        }
    }

    /// A run waits again: where others of its row were before it, it stands behind.
    func markIfBehind(_ id: RunID) throws { try connection.execute(Self.behindStatement, [.text(id.text)]) }

    static let behindStatement = """
        UPDATE runs SET is_behind = 1 WHERE id = $1
          AND CASE turn WHEN 'customer' THEN \(earlier { "\($0).customer_id = runs.customer_id" })
            WHEN 'slot' THEN \(earlier { "\($0).trigger_kind = 'schedule'" })
            WHEN 'all' THEN \(earlier { _ in "TRUE" }) ELSE FALSE END
        """

    /// The run that is first in the row that a run stood in, if it waits in the same kind of row.
    func first(inRowOf run: Run) throws -> Run? {
        guard let row = Self.row(run.turn) else { return nil }
        let first = try connection.first(
            Self.firstQuery(row), Self.place(run.name, run.customer, run.turn), Self.read)
        return first.flatMap { $0.state == .waiting && $0.turn == run.turn ? $0 : nil }
    }

    static func firstQuery(_ row: String) -> String {
        "SELECT \(columns) FROM runs WHERE name = $1 AND \(row) AND ended_at IS NULL ORDER BY sequence LIMIT 1"
    }

    static func passingStatement(_ row: String, _ turn: Run.Turn) -> String {
        """
        UPDATE runs SET is_behind = 0 WHERE turn = '\(turn.rawValue)' AND is_behind = 1 AND id =
          (SELECT id FROM runs WHERE name = $1 AND \(row) AND ended_at IS NULL ORDER BY sequence LIMIT 1)
        """
    }

    /// The runs of one name that stand in one row, by `place`.
    static func row(_ turn: Run.Turn) -> String? {
        switch turn {
        case .none: nil
        case .customer: "customer_id = $2"
        case .slot: "trigger_kind = 'schedule'"
        case .all: "TRUE"
        }
    }

    private static func place(_ name: String, _ customer: CustomerID?, _ turn: Run.Turn) -> [SQLValue] {
        [.text(name)] + (turn == .customer ? [.text(customer?.text ?? "")] : [])
    }

    // MARK: - Slots

    /// The runs of a schedule's slots that have not ended, the earliest first.
    func unfinishedSlots(_ name: String, limit: Int64) throws -> [Run] {
        try connection.rows(Self.slotsQuery, [.text(name), .integer(limit)], Self.read)
    }

    static let slotsQuery = """
        SELECT \(columns) FROM runs WHERE name = $1 AND trigger_kind = 'schedule' AND ended_at IS NULL
         ORDER BY sequence LIMIT $2
        """

    /// The first of them that has not begun.
    func slotThatWaits(_ name: String) throws -> Run? {
        try connection.first(Self.waitingSlotQuery, [.text(name)], Self.read)
    }

    static let waitingSlotQuery = """
        SELECT \(columns) FROM runs WHERE name = $1 AND trigger_kind = 'schedule' AND ended_at IS NULL
          AND state = 'waiting' AND attempt = 0 ORDER BY sequence LIMIT 1
        """
}
