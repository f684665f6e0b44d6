extension Schema {
    /// Credit wallets, their grants, the append-only ledger, and reservations. A wallet is (customer, currency,
    /// resource); `resource_id` is '' for none.
    static let credits = [
        // What the ledger of a wallet comes to, and the numbers of its last grant and ledger row. `granted`, `consumed`
        // and `held` are those of the grants in effect; `consumed` includes the overdraft.
        """
        CREATE TABLE credit_wallets(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          grants BIGINT NOT NULL,
          entries BIGINT NOT NULL,
          granted_units BIGINT NOT NULL,
          granted_nanos BIGINT NOT NULL,
          consumed_units BIGINT NOT NULL,
          consumed_nanos BIGINT NOT NULL,
          held_units BIGINT NOT NULL,
          held_nanos BIGINT NOT NULL,
          held_closed_units BIGINT NOT NULL,
          held_closed_nanos BIGINT NOT NULL,
          overdraft_units BIGINT NOT NULL,
          overdraft_nanos BIGINT NOT NULL,
          overdraft_grant BIGINT NOT NULL,
          changed_at BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, currency_id, resource_id)) WITHOUT ROWID
        """,
        // One row a grant, with what is decided about it. What a grant in effect has consumed stands in the wallet's
        // pages while something is left; a grant in effect that is in no page is used up. `consumed` and `held` are kept
        // here once it has ended. `due_at` is when time alone changes it next.
        """
        CREATE TABLE credit_grants(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          sequence BIGINT NOT NULL,
          id TEXT NOT NULL,
          state TEXT NOT NULL,
          type TEXT NOT NULL,
          priority BIGINT NOT NULL,
          effective_at BIGINT NOT NULL,
          expire_at BIGINT,
          created_at BIGINT NOT NULL,
          amount_units BIGINT NOT NULL,
          amount_nanos BIGINT NOT NULL,
          consumed_units BIGINT NOT NULL,
          consumed_nanos BIGINT NOT NULL,
          held_units BIGINT NOT NULL,
          held_nanos BIGINT NOT NULL,
          due_at BIGINT,
          source TEXT,
          subscription_id TEXT,
          body TEXT NOT NULL,
          PRIMARY KEY (bucket, customer_id, currency_id, resource_id, sequence))
        """,
        // The id carries the bucket in its text.
        "CREATE UNIQUE INDEX credit_grants_id ON credit_grants(bucket, id)",
        "CREATE INDEX credit_grants_list ON credit_grants(bucket, customer_id, resource_id, created_at, id)",
        "CREATE INDEX credit_grants_due ON credit_grants(bucket, customer_id, due_at) WHERE due_at IS NOT NULL",
        // One grant for each source: a subscription's entitlement and period. NULL conflicts with nothing.
        "CREATE UNIQUE INDEX credit_grants_source ON credit_grants(bucket, customer_id, source)",
        """
        CREATE INDEX credit_grants_subscription ON credit_grants(bucket, customer_id, subscription_id)
         WHERE subscription_id IS NOT NULL
        """,
        // The grants in effect that are not used up, packed in burn order: a page holds those from `first_key` to the
        // next page's. A burn-down of very many grants drops whole pages.
        """
        CREATE TABLE credit_pages(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          first_key BLOB NOT NULL,
          positions BLOB NOT NULL,
          PRIMARY KEY (bucket, customer_id, currency_id, resource_id, first_key))
        """,
        // Append-only. `amount` is the row's effect on the balance, `parts` what it did to which grant: one burn-down is
        // one row, however many grants it takes from. `at` is the instant of effect. `reverses` is the row that a
        // compensating row undoes.
        """
        CREATE TABLE credit_ledger(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          sequence BIGINT NOT NULL,
          type TEXT NOT NULL,
          at BIGINT NOT NULL,
          recorded_at BIGINT NOT NULL,
          amount_units BIGINT NOT NULL,
          amount_nanos BIGINT NOT NULL,
          parts BLOB NOT NULL,
          events BIGINT NOT NULL,
          feature_id TEXT,
          event_id TEXT,
          reservation_id TEXT,
          idempotency_key TEXT,
          delivery TEXT,
          reverses BIGINT,
          details TEXT,
          PRIMARY KEY (bucket, customer_id, currency_id, resource_id, sequence))
        """,
        """
        CREATE UNIQUE INDEX credit_ledger_key
          ON credit_ledger(bucket, customer_id, currency_id, resource_id, idempotency_key)
         WHERE idempotency_key IS NOT NULL
        """,
        """
        CREATE INDEX credit_ledger_recorded
          ON credit_ledger(bucket, customer_id, resource_id, recorded_at, currency_id, sequence)
        """,
        "CREATE INDEX credit_ledger_delivery ON credit_ledger(delivery) WHERE delivery IS NOT NULL",
        """
        CREATE UNIQUE INDEX credit_ledger_reverses
          ON credit_ledger(bucket, customer_id, currency_id, resource_id, reverses) WHERE reverses IS NOT NULL
        """,
        // Holds on credits. `parts` names the grants behind a hold; `request` and `answer` serve a repeat of the same id.
        """
        CREATE TABLE credit_reservations(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          id TEXT NOT NULL,
          currency_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          state TEXT NOT NULL,
          amount_units BIGINT NOT NULL,
          amount_nanos BIGINT NOT NULL,
          consumed_units BIGINT,
          consumed_nanos BIGINT,
          expires_at BIGINT NOT NULL,
          created_at BIGINT NOT NULL,
          parts BLOB NOT NULL,
          request TEXT NOT NULL,
          answer TEXT NOT NULL,
          release TEXT,
          PRIMARY KEY (bucket, customer_id, id))
        """,
        """
        CREATE INDEX credit_reservations_due ON credit_reservations(bucket, customer_id, expires_at)
         WHERE state = 'ACTIVE'
        """,
        // Wallets whose balance may have fallen, and that recharge: the recharge service takes the rows away.
        """
        CREATE TABLE wallet_changes(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          noted_at BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, currency_id, resource_id))
        """,
    ]
}
