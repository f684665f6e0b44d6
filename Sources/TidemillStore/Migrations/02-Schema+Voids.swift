extension Schema {
    /// Deliveries that a person undid. Their events stay stored and count no longer; their usage reports are marked.
    static let voids = [
        // `shards_done`: of how many shards the usage has been counted again; `finished_at` when all of it is.
        """
        CREATE TABLE voided_deliveries(
          delivery TEXT PRIMARY KEY,
          voided_at BIGINT NOT NULL,
          voided_by TEXT NOT NULL,
          reason TEXT NOT NULL,
          events BIGINT NOT NULL DEFAULT 0,
          reports BIGINT NOT NULL DEFAULT 0,
          shards_done BIGINT NOT NULL DEFAULT 0,
          finished_at BIGINT)
        """,
        "ALTER TABLE usage_reports ADD COLUMN voided BIGINT NOT NULL DEFAULT 0",
        "CREATE INDEX usage_reports_delivery ON usage_reports(delivery, voided) WHERE delivery IS NOT NULL",
    ]
}
