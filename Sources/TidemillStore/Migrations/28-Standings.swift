/// Schema 28: who is near a limit, and which wallets run low, by an index each. Earlier schemas are released and stay as
/// they are.
let standings = Migration(
    number: 28, name: "standings",
    statements: [
        // When the period ends in which the share was reached; the largest number for one that never ends. 0 in rows of
        // before: they are seen with their next usage.
        "ALTER TABLE usage_alerts ADD COLUMN period_end BIGINT NOT NULL DEFAULT 0",
        // Of the periods that are not over, those in which a share was reached: `listNearLimits`.
        """
        CREATE INDEX usage_alerts_reached
          ON usage_alerts(threshold, period_end, bucket, customer_id, feature_id, resource_id) WHERE threshold > 0
        """,
        // What is left of the grants in effect, of a hundred, rounded down: 0 in overdraft, 101 where none is in effect.
        "ALTER TABLE credit_wallets ADD COLUMN percent_left BIGINT NOT NULL DEFAULT 101",
        // To the percent; exact with the next change.
        """
        UPDATE credit_wallets SET percent_left = CASE
          WHEN granted_units <= consumed_units THEN
            CASE WHEN consumed_units > 0 OR consumed_nanos > 0 THEN 0
              WHEN granted_nanos > 0 THEN 100 ELSE 101 END
          WHEN granted_units < 1000000 THEN (granted_units - consumed_units) * 100 / granted_units
          ELSE MIN(100, (granted_units - consumed_units) / (granted_units / 100)) END
        """,
        // Those with little left: `listLowWallets`.
        """
        CREATE INDEX credit_wallets_low ON credit_wallets(percent_left, changed_at DESC) WHERE percent_left <= 20
        """,
    ])
