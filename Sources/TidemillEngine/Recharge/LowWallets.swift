public import TidemillCore
public import TidemillStore

/// Wallets with little left of their grants in effect.
public enum LowWallets {
    /// Of a hundred: more is not low.
    public static let percentMax: Int64 = 20

    public struct Entry: Sendable, Hashable {
        public let customerID: CustomerID
        public let currencyID: String
        public let resourceID: String?
        public let balance: Amount
        public let granted: Amount
        public let percentLeft: Int64
        public let changedAt: Timestamp
        /// Consumed within the 24 hours before now.
        public let burned: Amount

        /// How long the balance lasts at that pace; nil where nothing was consumed.
        public var lastsSeconds: Int64? {
            guard burned > .zero else { return nil }
            guard balance > .zero else { return 0 }
            return balance.times(86_400)?.divided(by: burned, rounding: .down)?.units
        }
    }

    /// The lowest share first, and of one what changed last.
    public static func list(
        atMost percent: Int64, now: Timestamp, limit: Int, on connection: any SQLConnection
    ) throws -> [Entry] {
        let found = try connection.rows(query, [.integer(percent), .integer(Int64(limit))]) { row in
            (
                wallet: Wallet(
                    customerID: CustomerID(row.text(0)), currencyID: row.text(1),
                    resourceID: row.text(2).isEmpty ? nil : row.text(2)),
                granted: row.amount(3), consumed: row.amount(5), changedAt: row.integer(7), percent: row.integer(8)
            )
        }
        return try found.map { found in
            Entry(
                customerID: found.wallet.customerID, currencyID: found.wallet.currencyID,
                resourceID: found.wallet.resourceID, balance: found.granted - found.consumed, granted: found.granted,
                percentLeft: found.percent, changedAt: Timestamp(microseconds: found.changedAt),
                burned: try WalletHistory.consumed(
                    by: found.wallet, after: now.advanced(bySeconds: -86_400), until: now, on: connection))
        }
    }

    static let query = """
        SELECT customer_id, currency_id, resource_id, granted_units, granted_nanos, consumed_units, consumed_nanos,
          changed_at, percent_left
          FROM credit_wallets WHERE percent_left <= 20 AND percent_left <= $1
         ORDER BY percent_left, changed_at DESC LIMIT $2
        """
}
