public import TidemillCore
public import TidemillOperations
import TidemillScripting
public import TidemillStore

/// What a grant rule has granted: once per rule, customer and key, for ever. A row of `rule_grants`.
public struct RuleGrant: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable {
        /// For the customer to be provisioned.
        case waiting
        case made
        /// A live grant of that feature stayed.
        case kept
        /// It cannot be made; a retry of its run tries again.
        case failed
    }

    public var customer: CustomerID
    public var rule: String
    public var key: String
    public var state: State
    public var kind: String
    public var fields: Payload
    public var existing: String
    public var run: RunID
    public var answer: Payload?
    public var message: String?
    public var createdAt: Timestamp
    public var madeAt: Timestamp?
}

/// The table `rule_grants`.
public struct RuleGrants {
    let connection: any SQLConnection

    public init(_ connection: any SQLConnection) {
        self.connection = connection
    }

    private static let columns = """
        customer_id, rule, key, state, kind, fields, existing, run_id, answer, message, created_at, made_at
        """

    /// The cause of a run that makes what waited for a customer.
    static func provisionedCause(_ sequence: Int64) -> String { "provisioned:\(sequence)" }
    static func isProvisioned(_ cause: String) -> Bool { cause.hasPrefix("provisioned:") }

    func find(_ customer: CustomerID, rule: String, key: String) throws -> RuleGrant? {
        try connection.first(
            "SELECT \(Self.columns) FROM rule_grants WHERE bucket = $1 AND customer_id = $2 AND rule = $3 AND key = $4",
            Self.owner(customer) + [.text(rule), .text(key)], Self.read)
    }

    func save(_ grant: RuleGrant, scriptVersion: ScriptVersionID) throws {
        try connection.execute(
            """
            INSERT INTO rule_grants(bucket, customer_id, rule, key, state, kind, fields, existing, run_id,
              script_version, answer, message, created_at, made_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            ON CONFLICT(bucket, customer_id, rule, key) DO UPDATE SET state = excluded.state, fields = excluded.fields,
              run_id = excluded.run_id, answer = excluded.answer, message = excluded.message, made_at = excluded.made_at
            """,
            Self.owner(grant.customer) + [
                .text(grant.rule), .text(grant.key), .text(grant.state.rawValue), .text(grant.kind),
                .text(grant.fields.json), .text(grant.existing), .text(grant.run.text), .text(scriptVersion.text),
                .text(grant.answer?.json), .text(grant.message), .integer(grant.createdAt.microseconds),
                .integer(grant.madeAt?.microseconds),
            ])
    }

    func waiting(for customer: CustomerID, rule: String) throws -> [RuleGrant] {
        try connection.rows(
            """
            SELECT \(Self.columns) FROM rule_grants
             WHERE customer_id = $1 AND state = 'waiting' AND rule = $2 ORDER BY created_at, key
            """, [.text(customer.text), .text(rule)], Self.read)
    }

    func rulesWaiting(for customer: CustomerID) throws -> [String] {
        try connection.rows(
            "SELECT DISTINCT rule FROM rule_grants WHERE customer_id = $1 AND state = 'waiting' ORDER BY rule",
            [.text(customer.text)]
        ) { $0.text(0) }
    }

    /// What a run granted, in order.
    public func list(of run: RunID) throws -> [RuleGrant] {
        try connection.rows(
            "SELECT \(Self.columns) FROM rule_grants WHERE run_id = $1 ORDER BY created_at, customer_id, key",
            [.text(run.text)], Self.read)
    }

    /// Grants that wait for their customer.
    public func waitingCount() throws -> Int64 {
        try connection.first("SELECT COUNT(*) FROM rule_grants WHERE state = 'waiting'") { $0.integer(0) } ?? 0
    }

    private static func owner(_ customer: CustomerID) -> [SQLValue] {
        [.integer(Bucket(customer).number), .text(customer.text)]
    }

    private static func read(_ row: any SQLRow) throws -> RuleGrant {
        RuleGrant(
            customer: CustomerID(row.text(0)), rule: row.text(1), key: row.text(2),
            state: RuleGrant.State(rawValue: row.text(3)) ?? .failed, kind: row.text(4),
            fields: try Payload(json: row.text(5)), existing: row.text(6), run: RunID(row.text(7)),
            answer: try row.optionalText(8).map { try Payload(json: $0) }, message: row.optionalText(9),
            createdAt: Timestamp(microseconds: row.integer(10)),
            madeAt: row.optionalInteger(11).map { Timestamp(microseconds: $0) })
    }
}
