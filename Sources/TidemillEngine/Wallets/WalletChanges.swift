import TidemillCore
import TidemillOperations
import TidemillStore

/// Wallets that the recharge service has to look at.
enum WalletChanges {
    /// Notes the wallet where auto-recharge is enabled for it. Called by every change that lowers the balance, and when
    /// settings are saved.
    static func note(_ wallet: Wallet, in scope: CallScope) throws {
        // Settings speak of the credits without a resource.
        guard wallet.resourceID == nil else { return }
        try scope.connection.execute(
            """
            INSERT INTO wallet_changes(bucket, customer_id, currency_id, resource_id, noted_at)
            SELECT $1, $2, $3, $4, $5 WHERE EXISTS (
              SELECT 1 FROM recharge_settings
               WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND is_enabled <> 0)
            ON CONFLICT (bucket, customer_id, currency_id, resource_id) DO UPDATE SET noted_at = excluded.noted_at
            """, wallet.key + [.integer(scope.recordedAt.microseconds)])
    }

    /// Takes the notes about a currency of a customer away.
    static func take(_ customer: CustomerID, _ currency: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM wallet_changes WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3",
            [.integer(Bucket(customer).number), .text(customer.text), .text(currency)])
    }

    /// Notes the customer's wallets that are in this state, and for which auto-recharge is enabled.
    static func noteWaiting(
        for state: AutoRechargeSettings.State, of customer: CustomerID, in scope: CallScope
    ) throws {
        try scope.connection.execute(
            """
            INSERT INTO wallet_changes(bucket, customer_id, currency_id, resource_id, noted_at)
            SELECT wallets.bucket, wallets.customer_id, wallets.currency_id, '', $3
              FROM recharge_wallets AS wallets JOIN recharge_settings AS settings
                ON settings.bucket = wallets.bucket AND settings.customer_id = wallets.customer_id
               AND settings.currency_id = wallets.currency_id
             WHERE wallets.bucket = $1 AND wallets.customer_id = $2 AND wallets.state = $4
               AND settings.is_enabled <> 0
            ON CONFLICT (bucket, customer_id, currency_id, resource_id) DO UPDATE SET noted_at = excluded.noted_at
            """,
            [
                .integer(Bucket(customer).number), .text(customer.text), .integer(scope.recordedAt.microseconds),
                .text(state.rawValue),
            ])
    }
}
