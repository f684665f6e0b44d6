public import TidemillCore

/// One row of the audit: who changed what, and why.
public struct AuditRow: Sendable {
    public var sequence: Int64
    public var at: Timestamp
    public var customer: CustomerID?
    /// person, delivery, catalog, run or engine.
    public var actorKind: String
    /// The login name; delivery and record; run and step.
    public var actor: String
    /// An operation's name, or what the engine did.
    public var action: String
    /// What it was done with, as JSON.
    public var details: String
    public var reason: String?
}

/// The table `audit`: each row is written in the transaction of the change that it tells of.
public enum AuditLog {
    private static let columns = Columns<AuditRow>(
        "audit", .key("sequence", \.sequence), Column("at", \.at), .owner(\.customer),
        Column("actor_kind", \.actorKind), Column("actor", \.actor), Column("action", \.action),
        Column("details", \.details), Column("reason", \.reason), make: AuditRow.init)

    public static func add(
        _ action: String, customer: CustomerID?, details: String, byA kind: String, _ actor: String, reason: String?,
        at instant: Timestamp, on connection: any SQLConnection
    ) throws {
        let row = AuditRow(
            sequence: try Sequences.next("audit", on: connection), at: instant, customer: customer, actorKind: kind,
            actor: actor, action: action, details: details, reason: reason)
        try connection.insert(row, into: columns)
    }

    /// The rows after a sequence number, the oldest first.
    public static func list(
        after sequence: Int64, limit: Int, on connection: any SQLConnection
    ) throws -> [AuditRow] {
        try connection.rows(
            columns, "WHERE sequence > $1 ORDER BY sequence LIMIT $2", [.integer(sequence), .integer(limit)])
    }

    /// The newest rows first: of one customer or all, of one action or all, those before a sequence number.
    public static func list(
        customer: CustomerID? = nil, action: String? = nil, before sequence: Int64? = nil, limit: Int,
        on connection: any SQLConnection
    ) throws -> [AuditRow] {
        var conditions = ["1 = 1"]
        var arguments: [SQLValue] = []
        func require(_ condition: String, _ value: SQLValue) {
            arguments.append(value)
            conditions.append("\(condition) $\(arguments.count)")
        }
        if let customer {
            require("bucket =", .integer(Bucket(customer).number))
            require("customer_id =", .text(customer.text))
        }
        if let action { require("action =", .text(action)) }
        if let sequence { require("sequence <", .integer(sequence)) }
        arguments.append(.integer(limit))
        return try connection.rows(
            columns,
            "WHERE \(conditions.joined(separator: " AND ")) ORDER BY sequence DESC LIMIT $\(arguments.count)", arguments
        )
    }

    /// The rows before `$1` among the oldest ones. They are written in the order of time: where the oldest stays, all do.
    private static let old = """
        SELECT sequence FROM (SELECT sequence, at FROM audit ORDER BY sequence LIMIT 500) AS oldest WHERE at < $1
        """

    public static func isOld(before instant: Timestamp, on connection: any SQLConnection) throws -> Bool {
        try connection.hasRows(old, [.integer(instant.microseconds)])
    }

    /// Forgets some rows from before `instant`; returns how many.
    public static func prune(before instant: Timestamp, on connection: any SQLConnection) throws -> Int {
        try connection.execute("DELETE FROM audit WHERE sequence IN (\(old))", [.integer(instant.microseconds)])
    }
}
