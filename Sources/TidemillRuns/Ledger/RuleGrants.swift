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
        /// It was sent to a service elsewhere, which has not answered.
        case sending
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
    /// By which it was decided.
    public var scriptVersion: ScriptVersionID
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

    private static let columns = Columns<RuleGrant>(
        "rule_grants", .customer(\.customer), .key("rule", \.rule), .key("key", \.key), Column("state", \.state),
        .once("kind", \.kind), Column("fields", \.fields), .once("existing", \.existing), Column("run_id", \.run),
        .once("script_version", \.scriptVersion), Column("answer", \.answer), Column("message", \.message),
        .once("created_at", \.createdAt), Column("made_at", \.madeAt), make: RuleGrant.init)

    /// The cause of a run that makes what waited for a customer.
    static func provisionedCause(_ sequence: Int64) -> String { "provisioned:\(sequence)" }
    static func isProvisioned(_ cause: String) -> Bool { cause.hasPrefix("provisioned:") }

    func find(_ customer: CustomerID, rule: String, key: String) throws -> RuleGrant? {
        try connection.find(Self.columns, key: customer.key + [.text(rule), .text(key)])
    }

    func save(_ grant: RuleGrant) throws { try connection.upsert(grant, into: Self.columns) }

    func waiting(for customer: CustomerID, rule: String) throws -> [RuleGrant] {
        try connection.rows(
            Self.columns, "WHERE customer_id = $1 AND state = 'waiting' AND rule = $2 ORDER BY created_at, key",
            [.text(customer.text), .text(rule)])
    }

    func rulesWaiting(for customer: CustomerID) throws -> [String] {
        try connection.values(
            "SELECT DISTINCT rule FROM rule_grants WHERE customer_id = $1 AND state = 'waiting' ORDER BY rule",
            [.text(customer.text)])
    }

    /// What a run granted, in order.
    public func list(of run: RunID) throws -> [RuleGrant] {
        try connection.rows(
            Self.columns, "WHERE run_id = $1 ORDER BY created_at, customer_id, key", [.text(run.text)])
    }

    /// Grants that wait for their customer.
    public func waitingCount() throws -> Int64 {
        try connection.value("SELECT COUNT(*) FROM rule_grants WHERE state = 'waiting'") ?? 0
    }
}

extension RuleGrant.State: ColumnValue {}
