public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// One decision about a wallet, as it is stored: what was seen, what came of it, and why.
public struct RechargeRecord: Sendable, Hashable {
    /// Counts all decisions of the store.
    public let sequence: Int64
    public let customerID: CustomerID
    public let currencyID: String
    public let at: Timestamp
    /// Such as RECHARGE, CHARGED, REFUSED or NOTHING.
    public let result: String
    /// In words, or the code of a refusal.
    public let reason: String
    public let inputs: Payload
    /// The purchase that it belongs to.
    public let episode: String?
    /// How often the same followed.
    public let repeats: Int64
    public let lastAt: Timestamp
    /// Whose decision it was; nil for the customer's own numbers.
    public let policy: String?
    public let scriptVersion: String?
}

/// The decisions about recharges, for reading.
public enum RechargeDecisionLog {
    /// What a reader may ask for; nil for all.
    public struct Filter: Sendable {
        public var customer: CustomerID?
        public var currency: String?
        public var result: String?
        public var from: Timestamp?
        public var to: Timestamp?
        /// Only those behind this one, by its number.
        public var after: (at: Timestamp, sequence: Int64)?

        public init(
            customer: CustomerID? = nil, currency: String? = nil, result: String? = nil, from: Timestamp? = nil,
            to: Timestamp? = nil
        ) {
            self.customer = customer
            self.currency = currency
            self.result = result
            self.from = from
            self.to = to
        }
    }

    /// The results that there are.
    public static var results: [String] { RechargeDecisions.Result.allCases.map(\.rawValue) }

    /// The newest first. A repeated decision is where it was first made.
    public static func list(
        _ filter: Filter, limit: Int, on connection: any SQLConnection
    ) throws -> [RechargeRecord] {
        var conditions = ["1 = 1"]
        var arguments: [SQLValue] = []
        func require(_ condition: String, _ value: SQLValue?) {
            guard let value else { return }
            arguments.append(value)
            conditions.append("\(condition) $\(arguments.count)")
        }
        require("bucket =", filter.customer.map { .integer(Bucket($0).number) })
        require("customer_id =", filter.customer.map { .text($0.text) })
        require("currency_id =", filter.currency.map { .text($0) })
        require("result =", filter.result.map { .text($0) })
        require("last_at >=", filter.from.map { .instant($0) })
        require("at <", filter.to.map { .instant($0) })
        if let after = filter.after {
            arguments += [.instant(after.at), .integer(after.sequence)]
            conditions.append("(at, sequence) < ($\(arguments.count - 1), $\(arguments.count))")
        }
        arguments.append(.integer(limit))
        return try rows(
            """
            FROM recharge_decisions
             WHERE \(conditions.joined(separator: " AND ")) ORDER BY at DESC, sequence DESC LIMIT $\(arguments.count)
            """, arguments, on: connection)
    }

    /// What a policy decided last, as far as it is among the newest decisions of all.
    public static func newest(of policy: String, on connection: any SQLConnection) throws -> RechargeRecord? {
        try rows(
            """
            FROM (SELECT * FROM recharge_decisions ORDER BY at DESC LIMIT \(lookedThrough)) AS newest
             WHERE policy = $1 ORDER BY last_at DESC, sequence DESC LIMIT 1
            """, [.text(policy)], on: connection
        ).first
    }

    private static let lookedThrough = 10_000

    private static func rows(
        _ rest: String, _ arguments: [SQLValue], on connection: any SQLConnection
    ) throws -> [RechargeRecord] {
        try connection.rows(
            """
            SELECT sequence, customer_id, currency_id, at, result, reason, inputs, episode, repeats, last_at, policy,
                   script_version
              \(rest)
            """, arguments
        ) { row in
            RechargeRecord(
                sequence: row.integer(0), customerID: CustomerID(row.text(1)), currencyID: row.text(2),
                at: row.instant(3), result: row.text(4), reason: row.text(5), inputs: try Payload(json: row.text(6)),
                episode: row.optionalText(7), repeats: row.integer(8), lastAt: row.instant(9),
                policy: row.optionalText(10), scriptVersion: row.optionalText(11))
        }
    }
}
