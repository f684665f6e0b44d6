/// Schema 11: credits by INVOICE come to an end. Earlier schemas are released and stay as they are.
let invoicedCredits = Migration(
    number: 11, name: "invoiced credits",
    statements: [
        // Of a grant by INVOICE: when its payment is due. NULL for others.
        "ALTER TABLE credit_grants ADD COLUMN payment_due_at BIGINT",
        // What waited under an earlier schema waited for ever: it is due a month after it was made, and ends with its time.
        """
        UPDATE credit_grants SET payment_due_at = created_at + 2592000000000, due_at = expire_at
         WHERE state = 'PAYMENT_PENDING'
        """,
        """
        INSERT INTO due(bucket, customer_id, kind, at)
        SELECT bucket, customer_id, 'wallet', MIN(expire_at) FROM credit_grants
         WHERE state = 'PAYMENT_PENDING' AND expire_at IS NOT NULL GROUP BY bucket, customer_id
        ON CONFLICT (bucket, customer_id, kind) DO UPDATE SET
          at = CASE WHEN excluded.at < due.at THEN excluded.at ELSE due.at END
        """,
        // `status` asks which are overdue.
        "CREATE INDEX credit_grants_unpaid ON credit_grants(payment_due_at) WHERE state = 'PAYMENT_PENDING'",
        // Which payment paid for which grant by INVOICE. Payments name themselves alone: a repeat, a second payment and a
        // refund are told by this.
        """
        CREATE TABLE credit_grant_payments(
          payment TEXT PRIMARY KEY,
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          grant_id TEXT NOT NULL,
          noted_at BIGINT NOT NULL)
        """,
    ])
