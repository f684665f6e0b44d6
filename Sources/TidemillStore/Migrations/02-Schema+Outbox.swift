extension Schema {
    /// What every write leaves behind, and what will change by time alone.
    static let outbox = [
        // The engine's own events, each in the transaction of its cause, for the jobs and rules that they trigger. `depth`
        // counts the causes behind the cause; `payload` is the webhook's flat shape.
        """
        CREATE TABLE outbox(
          sequence BIGINT PRIMARY KEY,
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          type TEXT NOT NULL,
          payload TEXT NOT NULL,
          depth BIGINT NOT NULL,
          created_at BIGINT NOT NULL)
        """,
        "CREATE INDEX outbox_created ON outbox(created_at)",
        // Who changed what, and why. `actor_kind`: person, delivery, catalog, run or engine; '' for no customer.
        """
        CREATE TABLE audit(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          sequence BIGINT NOT NULL,
          at BIGINT NOT NULL,
          actor_kind TEXT NOT NULL,
          actor TEXT NOT NULL,
          action TEXT NOT NULL,
          details TEXT NOT NULL,
          reason TEXT,
          PRIMARY KEY (bucket, customer_id, sequence))
        """,
        "CREATE INDEX audit_sequence ON audit(sequence)",
        // The next instant at which something of a customer changes by time alone, one row a kind.
        """
        CREATE TABLE due(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          kind TEXT NOT NULL,
          at BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, kind))
        """,
        "CREATE INDEX due_at ON due(at)",
    ]
}
