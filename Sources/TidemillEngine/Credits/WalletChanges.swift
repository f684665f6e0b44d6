import TidemillCore
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
}
