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
            customer.key + [.text(currency)])
    }

    /// Notes that credits were asked for and denied for want of them: demand, which a wallet that only expires has none of.
    /// Nothing is written where nobody is recharged, or where it is known.
    static func noteDenied(_ wallet: Wallet, in scope: CallScope) throws {
        guard wallet.resourceID == nil else { return }
        let key: [SQLValue] =
            wallet.customerID.key + [
                .text(wallet.currencyID)
            ]
        let isNews = try scope.connection.hasRows(
            """
            SELECT 1 FROM recharge_wallets AS wallets JOIN recharge_settings AS settings
                ON settings.bucket = wallets.bucket AND settings.customer_id = wallets.customer_id
               AND settings.currency_id = wallets.currency_id
             WHERE wallets.bucket = $1 AND wallets.customer_id = $2 AND wallets.currency_id = $3
               AND settings.is_enabled <> 0 AND wallets.has_demand = 0 AND wallets.recharged_entry IS NOT NULL
               AND NOT EXISTS (
               SELECT 1 FROM wallet_changes
                WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND is_wanted <> 0)
            """, key)
        guard isNews else { return }
        // A check is a read until it has something to write.
        guard scope.mayWrite else { throw WriteNeeded.customer(wallet.customerID) }
        try scope.connection.execute(
            """
            INSERT INTO wallet_changes(bucket, customer_id, currency_id, resource_id, noted_at, is_wanted)
            VALUES ($1, $2, $3, '', $4, 1)
            ON CONFLICT (bucket, customer_id, currency_id, resource_id)
            DO UPDATE SET noted_at = excluded.noted_at, is_wanted = 1
            """, key + [.integer(scope.recordedAt.microseconds)])
    }

    /// Notes a wallet whose state a higher balance ends: its purchase was declined, or it is idle.
    static func noteRisen(_ wallet: Wallet, in scope: CallScope) throws {
        try noteDeclined(of: wallet.customerID, wallet.currencyID, in: scope)
        try noteWaiting(for: .idle, of: wallet.customerID, wallet.currencyID, in: scope)
    }

    /// Notes the customer's wallets, or the one, whose purchase was declined and waits for its next attempt.
    static func noteDeclined(of customer: CustomerID, _ currency: String? = nil, in scope: CallScope) throws {
        try scope.connection.execute(
            """
            INSERT INTO wallet_changes(bucket, customer_id, currency_id, resource_id, noted_at)
            SELECT bucket, customer_id, currency_id, '', $3 FROM recharge_episodes
             WHERE bucket = $1 AND customer_id = $2 AND ended_at IS NULL AND state = 'declined'
               AND ($4 = '' OR currency_id = $4)
            ON CONFLICT (bucket, customer_id, currency_id, resource_id) DO UPDATE SET noted_at = excluded.noted_at
            """,
            customer.key + [
                .integer(scope.recordedAt.microseconds),
                .text(currency ?? ""),
            ])
    }

    /// Notes the customer's wallets, or the one, that are in this state, and for which auto-recharge is enabled.
    static func noteWaiting(
        for state: AutoRechargeSettings.State, of customer: CustomerID, _ currency: String? = nil, in scope: CallScope
    ) throws {
        try scope.connection.execute(
            """
            INSERT INTO wallet_changes(bucket, customer_id, currency_id, resource_id, noted_at)
            SELECT wallets.bucket, wallets.customer_id, wallets.currency_id, '', $3
              FROM recharge_wallets AS wallets JOIN recharge_settings AS settings
                ON settings.bucket = wallets.bucket AND settings.customer_id = wallets.customer_id
               AND settings.currency_id = wallets.currency_id
             WHERE wallets.bucket = $1 AND wallets.customer_id = $2 AND wallets.state = $4
               AND settings.is_enabled <> 0 AND ($5 = '' OR wallets.currency_id = $5)
            ON CONFLICT (bucket, customer_id, currency_id, resource_id) DO UPDATE SET noted_at = excluded.noted_at
            """,
            customer.key + [
                .integer(scope.recordedAt.microseconds),
                .text(state.rawValue), .text(currency ?? ""),
            ])
    }
}
