extension Schema {
    /// Promotional entitlements, and what is kept to answer and announce usage against limits.
    static let promotional: [String] = [
        // `next_at` is when the row changes by time alone: its end, or the warning before it. A revoked row stays for the
        // record, and is not listed.
        """
        CREATE TABLE promotional_entitlements(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          id TEXT NOT NULL,
          feature_id TEXT NOT NULL,
          status TEXT NOT NULL,
          start_at BIGINT NOT NULL,
          end_at BIGINT,
          next_at BIGINT,
          created_at BIGINT NOT NULL,
          is_listed BIGINT NOT NULL,
          body TEXT NOT NULL,
          PRIMARY KEY (bucket, customer_id, id))
        """,
        // One live grant a feature.
        """
        CREATE UNIQUE INDEX promotional_entitlements_live
          ON promotional_entitlements(bucket, customer_id, feature_id) WHERE status = 'Active'
        """,
        // What the reports of a counter that lie in [from_at, until_at) come to, those up to `through` taken in.
        """
        CREATE TABLE usage_windows(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          feature_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          from_at BIGINT NOT NULL,
          until_at BIGINT NOT NULL,
          through BIGINT NOT NULL,
          set_at BIGINT,
          usage_units BIGINT NOT NULL,
          usage_nanos BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, feature_id, resource_id, from_at, until_at))
        """,
        // The highest share of a limit, in percent, that usage has reached in a period, and that was announced.
        """
        CREATE TABLE usage_alerts(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          feature_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          period_start BIGINT NOT NULL,
          threshold BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, feature_id, resource_id))
        """,
        // What was last announced to be what a customer, or one of its resources, has access to: a hash.
        """
        CREATE TABLE entitlement_sets(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          digest TEXT NOT NULL,
          PRIMARY KEY (bucket, customer_id, resource_id))
        """,
        // The time zones of customers that changed theirs: a change begins with the next period. '' is UTC.
        """
        CREATE TABLE customer_zones(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          since BIGINT NOT NULL,
          zone TEXT NOT NULL,
          PRIMARY KEY (bucket, customer_id, since))
        """,
    ]
}
