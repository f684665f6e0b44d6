import TidemillCore
import TidemillStore

/// The wallets whose balance fell, as the credits note them (`WalletChanges`).
struct RechargeChanges {
    let connection: any SQLConnection

    func wallets(limit: Int) throws -> [RechargedWallet] {
        try connection.rows(
            """
            SELECT customer_id, currency_id FROM wallet_changes AS noted
             WHERE NOT EXISTS (
               SELECT 1 FROM reprocess_wallets
                WHERE bucket = noted.bucket AND customer_id = noted.customer_id AND currency_id = noted.currency_id)
             ORDER BY bucket, customer_id LIMIT $1
            """, [.integer(limit)]
        ) { RechargedWallet(customer: CustomerID($0.text(0)), currency: $0.text(1)) }
    }

    /// Whether credits were asked for and denied since it was looked at.
    func isWanted(_ wallet: RechargedWallet) throws -> Bool {
        try connection.hasRows(
            """
            SELECT 1 FROM wallet_changes
             WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND is_wanted <> 0
            """, wallet.key)
    }

    /// Takes the note away, in the transaction that looks at the wallet.
    func take(_ wallet: RechargedWallet) throws {
        try WalletChanges.take(wallet.customer, wallet.currency, on: connection)
    }
}
