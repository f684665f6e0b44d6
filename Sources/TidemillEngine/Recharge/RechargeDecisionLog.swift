public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// One decision about a wallet, as it is stored: what was seen, what came of it, and why.
public struct RechargeRecord: Sendable, Hashable {
    /// Counts all decisions of the store.
    public let sequence: Int64
    let wallet: RechargedWallet
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

    public var customerID: CustomerID { wallet.customer }
    public var currencyID: String { wallet.currency }
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
        return try connection.rows(
            RechargeDecisions.columns,
            """
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY at DESC, sequence DESC LIMIT $\(arguments.count)
            """, arguments)
    }

    /// What a policy decided last, as far as it is among the newest decisions of all.
    public static func newest(of policy: String, on connection: any SQLConnection) throws -> RechargeRecord? {
        try connection.first(
            RechargeDecisions.columns,
            """
            WHERE policy = $1 AND at >= COALESCE(
              (SELECT at FROM recharge_decisions ORDER BY at DESC LIMIT 1 OFFSET \(lookedThrough)), 0)
             ORDER BY last_at DESC, sequence DESC LIMIT 1
            """, [.text(policy)])
    }

    private static let lookedThrough = 10_000
}
