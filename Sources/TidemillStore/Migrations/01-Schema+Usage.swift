extension Schema {
    /// Customers, their calculated usage, and the keys of the writes that were made for them.
    static let usage = [
        """
        CREATE TABLE customers(
          bucket BIGINT NOT NULL,
          id TEXT NOT NULL,
          email TEXT,
          name TEXT,
          created_at BIGINT NOT NULL,
          archived_at BIGINT,
          body TEXT NOT NULL,
          PRIMARY KEY (bucket, id))
        """,
        "CREATE INDEX customers_created ON customers(created_at, id)",
        "CREATE INDEX customers_email ON customers(email)",
        "CREATE INDEX customers_name ON customers(name)",
        // Resources for which usage was reported.
        """
        CREATE TABLE customer_resources(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          id TEXT NOT NULL,
          created_at BIGINT NOT NULL,
          updated_at BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, id))
        """,
        // Usage reports as they came, append-only. They take effect in the order (at, sequence); `resource_id` is '' for
        // none; a NULL idempotency key conflicts with nothing.
        """
        CREATE TABLE usage_reports(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          feature_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          sequence BIGINT NOT NULL,
          id TEXT NOT NULL,
          at BIGINT NOT NULL,
          behavior TEXT NOT NULL,
          value_units BIGINT NOT NULL,
          value_nanos BIGINT NOT NULL,
          idempotency_key TEXT,
          dimensions TEXT,
          delivery TEXT,
          record BIGINT,
          created_at BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, feature_id, resource_id, sequence))
        """,
        """
        CREATE UNIQUE INDEX usage_reports_key
          ON usage_reports(bucket, customer_id, feature_id, resource_id, idempotency_key)
        """,
        "CREATE INDEX usage_reports_at ON usage_reports(bucket, customer_id, feature_id, resource_id, at, sequence)",
        // What all reports of one counter come to: the last SET in their order, and the level after every report.
        """
        CREATE TABLE usage_levels(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          feature_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          reports BIGINT NOT NULL,
          set_at BIGINT,
          set_sequence BIGINT,
          latest_at BIGINT NOT NULL,
          level_units BIGINT NOT NULL,
          level_nanos BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, feature_id, resource_id))
        """,
        // One row each keyed write: a repeat of the key answers with `output` and writes nothing. Keys belong to their
        // customer; '' where a write names none. `input_digests` holds a hash of each input field, to name what differs.
        """
        CREATE TABLE idempotency_keys(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          idempotency_key TEXT NOT NULL,
          operation TEXT NOT NULL,
          input_digests TEXT NOT NULL,
          output TEXT NOT NULL,
          created_at BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, idempotency_key))
        """,
        "CREATE INDEX idempotency_keys_created ON idempotency_keys(created_at)",
    ]
}
