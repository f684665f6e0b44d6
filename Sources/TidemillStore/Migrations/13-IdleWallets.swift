/// Schema 13: idle wallets, declines that are counted over purchases, and usage below zero. Earlier schemas are released and stay as they
/// are.
let idleWallets = Migration(
    number: 13, name: "idle wallets",
    statements: [
        // The number of the wallet's last row in the ledger when its last purchase was decided, and when that was of the
        // last one that brought credits: consumption since is demand. NULL before this schema.
        "ALTER TABLE recharge_wallets ADD COLUMN decided_entry BIGINT",
        "ALTER TABLE recharge_wallets ADD COLUMN recharged_entry BIGINT",
        // Whether there was demand since that is no consumption: a check that was denied, settings that were saved.
        "ALTER TABLE recharge_wallets ADD COLUMN has_demand BIGINT NOT NULL DEFAULT 0",
        // The instants of the last definite declines, a JSON list; and the payment method that was declined last.
        "ALTER TABLE recharge_wallets ADD COLUMN declined_at TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE recharge_wallets ADD COLUMN declined_method TEXT",
        // Attempts to charge on the day that begins at `attempts_day`.
        "ALTER TABLE recharge_wallets ADD COLUMN attempts_day BIGINT",
        "ALTER TABLE recharge_wallets ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0",
        // Usage of which more was taken back than reported, as it stood when it was reported last: for a day.
        """
        CREATE TABLE negative_usage(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          feature_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          usage_units BIGINT NOT NULL,
          usage_nanos BIGINT NOT NULL,
          at BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, feature_id, resource_id))
        """,
        "CREATE INDEX negative_usage_at ON negative_usage(at)",
    ])
