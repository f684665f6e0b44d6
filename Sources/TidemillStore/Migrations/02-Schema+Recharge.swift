extension Schema {
    /// Auto-recharge: what customers agreed to, what the guards remember, every purchase and every decision.
    static let recharge = [
        // What the customer agreed to, one row a wallet. `max_spend_…`: NULL for no cap. `disabled_reason`: why the
        // engine disabled it; NULL when a person did or nobody.
        """
        CREATE TABLE recharge_settings(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency_id TEXT NOT NULL,
          id TEXT NOT NULL,
          is_enabled BIGINT NOT NULL,
          threshold_type TEXT NOT NULL,
          threshold_units BIGINT NOT NULL,
          threshold_nanos BIGINT NOT NULL,
          target_units BIGINT NOT NULL,
          target_nanos BIGINT NOT NULL,
          max_spend_units BIGINT,
          max_spend_nanos BIGINT,
          grant_expiration_period TEXT NOT NULL,
          disabled_reason TEXT,
          created_at BIGINT NOT NULL,
          updated_at BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, currency_id))
        """,
        "CREATE INDEX recharge_settings_enabled ON recharge_settings(customer_id, currency_id) WHERE is_enabled = 1",
        // What the guards remember of a wallet. `state`: what holds it, such as CAPPED, else READY, and `reason` in words.
        // `next_at`: evaluate again then, although nothing changes. `declines` and `retry_at`: the back-off after declined
        // charges. `warned_…`: the last warning about the cap, and of which month.
        """
        CREATE TABLE recharge_wallets(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency_id TEXT NOT NULL,
          state TEXT NOT NULL,
          reason TEXT,
          next_at BIGINT,
          cool_until BIGINT,
          declines BIGINT NOT NULL DEFAULT 0,
          retry_at BIGINT,
          warned_month BIGINT,
          warned_percent BIGINT NOT NULL DEFAULT 0,
          PRIMARY KEY (bucket, customer_id, currency_id))
        """,
        "CREATE INDEX recharge_wallets_next ON recharge_wallets(next_at) WHERE next_at IS NOT NULL",
        // One row a purchase, opened in the transaction of a positive decision. States: charging, pending, declined,
        // stopped are open; succeeded, refunded, disabled, withdrawn, settled have ended. `month`: the start of the month
        // whose cap it counts toward. `key_used_at`: since when the key of this attempt may be known to the gateway; NULL
        // when it was never sent; `payment_method`: what it charges, the same in
        // every repeat. `tries`: answers in a row that told nothing. `next_at`: when the worker has something to
        // do; NULL while it waits for somebody else.
        """
        CREATE TABLE recharge_episodes(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency_id TEXT NOT NULL,
          id TEXT NOT NULL,
          state TEXT NOT NULL,
          opened_at BIGINT NOT NULL,
          ended_at BIGINT,
          reason TEXT,
          credits_units BIGINT NOT NULL,
          credits_nanos BIGINT NOT NULL,
          cost_units BIGINT,
          cost_nanos BIGINT,
          cost_currency TEXT,
          expiration TEXT NOT NULL,
          month BIGINT NOT NULL,
          attempt BIGINT NOT NULL,
          key_used_at BIGINT,
          tries BIGINT NOT NULL DEFAULT 0,
          next_at BIGINT,
          lease_owner TEXT,
          lease_until BIGINT,
          payment_method TEXT,
          payment_id TEXT,
          grant_id TEXT,
          detail TEXT,
          PRIMARY KEY (bucket, customer_id, currency_id, id))
        """,
        """
        CREATE UNIQUE INDEX recharge_episodes_open ON recharge_episodes(bucket, customer_id, currency_id)
          WHERE ended_at IS NULL
        """,
        "CREATE INDEX recharge_episodes_next ON recharge_episodes(next_at) WHERE ended_at IS NULL",
        "CREATE INDEX recharge_episodes_month ON recharge_episodes(bucket, customer_id, currency_id, month)",
        "CREATE INDEX recharge_episodes_opened ON recharge_episodes(opened_at)",
        // Where a payment belongs that names itself alone: 'key:' and the gateway key of an attempt, or 'payment:' and
        // the gateway's id.
        """
        CREATE TABLE recharge_payments(
          reference TEXT PRIMARY KEY,
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency_id TEXT NOT NULL,
          episode TEXT NOT NULL,
          attempt BIGINT NOT NULL)
        """,
        // Every evaluation that did something, was refused or wanted nothing: with what it saw, and why. The same again moves
        // `last_at` and `repeats` of its row.
        """
        CREATE TABLE recharge_decisions(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency_id TEXT NOT NULL,
          sequence BIGINT NOT NULL,
          at BIGINT NOT NULL,
          result TEXT NOT NULL,
          reason TEXT NOT NULL,
          inputs TEXT NOT NULL,
          episode TEXT,
          repeats BIGINT NOT NULL DEFAULT 0,
          last_at BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, currency_id, sequence))
        """,
        "CREATE INDEX recharge_decisions_at ON recharge_decisions(at)",
        // What guards all recharges together. `counted_from`: recharges before count no more toward `max_per_hour`.
        // What it knew of the clock is in `clock_trust` since schema 12.
        """
        CREATE TABLE recharge_guard(
          singleton BIGINT PRIMARY KEY CHECK (singleton = 1),
          counted_from BIGINT NOT NULL DEFAULT 0,
          last_at BIGINT NOT NULL DEFAULT 0,
          accepted_until BIGINT NOT NULL DEFAULT 0,
          doubt TEXT)
        """,
        "INSERT INTO recharge_guard(singleton) VALUES (1)",
    ]
}
