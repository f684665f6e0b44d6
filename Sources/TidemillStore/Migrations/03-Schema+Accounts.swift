extension Schema {
    /// What is kept of money between invoices, for whoever pays, in each currency.
    static let accounts = [
        // Only added to. `kind` credit: money of the customer's, above zero where it came and below where an invoice used
        // it. `kind` line: a line that waits for the next invoice, before tax, in `body`; the row that bills it has the
        // opposite amount and names it in `settles`. Balances are sums, units and 10⁻⁹ units apart.
        """
        CREATE TABLE account_entries(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency TEXT NOT NULL,
          sequence BIGINT NOT NULL,
          kind TEXT NOT NULL,
          cause TEXT NOT NULL,
          subscription_id TEXT NOT NULL,
          at BIGINT NOT NULL,
          amount_units BIGINT NOT NULL,
          amount_nanos BIGINT NOT NULL,
          settles BIGINT,
          body TEXT NOT NULL,
          PRIMARY KEY (bucket, customer_id, currency, sequence))
        """,
        """
        CREATE INDEX account_entries_settled ON account_entries(bucket, customer_id, currency, settles)
         WHERE settles IS NOT NULL
        """,
        // For whom somebody pays, or once paid: whose subscriptions may touch the account. `paid_bucket` is that of
        // `paid_customer_id`.
        """
        CREATE TABLE paid_customers(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          paid_customer_id TEXT NOT NULL,
          paid_bucket BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, paid_customer_id))
        """,
    ]
}
