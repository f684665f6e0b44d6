extension Schema {
    /// Policies in Lua: who decided about a recharge and by which scripts, when a wallet's policy was asked last, and how
    /// it failed.
    static let decisions = [
        // NULL where the customer's own threshold and target decided.
        "ALTER TABLE recharge_decisions ADD COLUMN policy TEXT",
        "ALTER TABLE recharge_decisions ADD COLUMN script_version TEXT",
        // `asked_about`: what the policy saw when it was asked last, and by which script version: nobody is asked the same
        // twice. `tick_at`: a `next_at` that is worth a question only where something changed since.
        "ALTER TABLE recharge_wallets ADD COLUMN asked_at BIGINT",
        "ALTER TABLE recharge_wallets ADD COLUMN asked_about TEXT",
        "ALTER TABLE recharge_wallets ADD COLUMN tick_at BIGINT",
        // A policy that could not decide: NULL again once it could. `announced_version`: the script version whose failure
        // was announced.
        "ALTER TABLE recharge_wallets ADD COLUMN failed_at BIGINT",
        "ALTER TABLE recharge_wallets ADD COLUMN failed_policy TEXT",
        "ALTER TABLE recharge_wallets ADD COLUMN failed_version TEXT",
        "ALTER TABLE recharge_wallets ADD COLUMN failed_message TEXT",
        "ALTER TABLE recharge_wallets ADD COLUMN announced_version TEXT",
        "CREATE INDEX recharge_wallets_failed ON recharge_wallets(failed_at) WHERE failed_at IS NOT NULL",
        // What was consumed in a window, without reading a wallet's whole ledger.
        """
        CREATE INDEX credit_ledger_used
          ON credit_ledger(bucket, customer_id, currency_id, resource_id, at, type, amount_units, amount_nanos)
         WHERE type IN ('CREDITS_CONSUMED', 'CREDITS_RESERVATION_RELEASED')
        """,
    ]
}
