extension Schema {
    /// Subscriptions with what is scheduled for them.
    static let subscriptions = [
        // `body` is what the engine knows about one, the columns beside it are what queries look for. `is_open`: not over
        // for good. `resource_id` is '' for none.
        """
        CREATE TABLE subscriptions(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          id TEXT NOT NULL,
          product_id TEXT NOT NULL,
          plan_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          status TEXT NOT NULL,
          pricing_type TEXT NOT NULL,
          is_open BIGINT NOT NULL,
          created_at BIGINT NOT NULL,
          body TEXT NOT NULL,
          PRIMARY KEY (bucket, customer_id, id))
        """,
        "CREATE INDEX subscriptions_open ON subscriptions(bucket, customer_id, is_open)",
        "CREATE INDEX subscriptions_created ON subscriptions(created_at, id)",
        // Whose a subscription is: it is addressed by its id alone.
        "CREATE TABLE subscription_directory(id TEXT PRIMARY KEY, customer_id TEXT NOT NULL)",
        // What open subscriptions hold: the plan and each add-on, in which version. `kind`: 'plan', 'addon', or
        // 'parent' for a plan that theirs inherits from.
        """
        CREATE TABLE subscription_packages(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          subscription_id TEXT NOT NULL,
          kind TEXT NOT NULL,
          package_id TEXT NOT NULL,
          version BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, subscription_id, kind, package_id))
        """,
        "CREATE INDEX subscription_packages_package ON subscription_packages(kind, package_id, version)",
        // Versions that every subscriber was to move to, and when: each moves when it is next looked at.
        """
        CREATE TABLE package_migrations(
          kind TEXT NOT NULL,
          package_id TEXT NOT NULL,
          version BIGINT NOT NULL,
          at BIGINT NOT NULL,
          PRIMARY KEY (kind, package_id, version))
        """,
        // The coupon on all subscriptions of a customer, and since when it has it.
        """
        CREATE TABLE customer_coupons(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          coupon_id TEXT NOT NULL,
          applied_at BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id))
        """,
    ]
}
