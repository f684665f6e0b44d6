/// Schema 5: the end of a wallet's recurring credits is found without a look at its other grants.
let recurringCredits = Migration(
    number: 5, name: "recurring credits",
    statements: [
        // Every answer about credits tells when recurring ones end; a wallet may have 100,000 grants of other types.
        """
        CREATE INDEX credit_grants_recurring
          ON credit_grants(bucket, customer_id, currency_id, resource_id, expire_at)
         WHERE type = 'RECURRING' AND state = 'ACTIVE'
        """
    ])
