/// Schema 18: credits that are asked for in vain, and usage that is taken back. Earlier schemas are released and stay as they are.
let wantedCredits = Migration(
    number: 18, name: "wanted credits",
    statements: [
        // Whether the wallet is noted as credits were asked for and denied: until it is looked at, which remembers it.
        "ALTER TABLE wallet_changes ADD COLUMN is_wanted BIGINT NOT NULL DEFAULT 0",
        // Usage of a billing period that was taken back, in credits. With the delivery '': how far the period's usage stands
        // below nothing, so that as much of it burns nothing. With another: what voiding it gives back, or burns where it
        // is below zero, beside its own rows of the ledger.
        """
        CREATE TABLE credit_offsets(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          feature_id TEXT NOT NULL,
          period_at BIGINT NOT NULL,
          period_end BIGINT,
          delivery TEXT NOT NULL,
          amount_units BIGINT NOT NULL,
          amount_nanos BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, currency_id, resource_id, feature_id, period_at, delivery))
        """,
        "CREATE INDEX credit_offsets_delivery ON credit_offsets(delivery) WHERE delivery <> ''",
    ])
