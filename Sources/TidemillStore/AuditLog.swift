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

/// The table `audit`, for reading: the engine writes it in the transaction of each change.
public enum AuditLog {
    private static let columns = "sequence, at, customer_id, actor_kind, actor, action, details, reason"

    /// The rows after a sequence number, the oldest first.
    public static func list(
        after sequence: Int64, limit: Int, on connection: any SQLConnection
    ) throws -> [AuditRow] {
        try connection.rows(
            "SELECT \(columns) FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2",
            [.integer(sequence), .integer(limit)], row)
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
            """
            SELECT \(columns) FROM audit
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY sequence DESC LIMIT $\(arguments.count)
            """, arguments, row)
    }

    private static func row(_ row: any SQLRow) -> AuditRow {
        AuditRow(
            sequence: row.integer(0), at: Timestamp(microseconds: row.integer(1)),
            customer: row.text(2).isEmpty ? nil : CustomerID(row.text(2)), actorKind: row.text(3), actor: row.text(4),
            action: row.text(5), details: row.text(6), reason: row.optionalText(7))
    }
}
