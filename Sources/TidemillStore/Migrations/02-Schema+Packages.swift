extension Schema {
    /// Plans and add-ons with their versions. Small reference tables like the rest of the catalog: no bucket. `kind` is
    /// 'plan' or 'addon'.
    static let packages: [String] = [
        // `archived_with_product`: 1 where the product took it along. `published_version` is the newest that was published, `draft_version` the one that is being edited.
        """
        CREATE TABLE packages(
          kind TEXT NOT NULL,
          id TEXT NOT NULL,
          product_id TEXT NOT NULL,
          created_at BIGINT NOT NULL,
          archived_at BIGINT,
          archived_with_product BIGINT NOT NULL DEFAULT 0,
          published_version BIGINT,
          draft_version BIGINT,
          PRIMARY KEY (kind, id))
        """,
        "CREATE INDEX packages_created ON packages(kind, created_at, id)",
        "CREATE INDEX packages_product ON packages(product_id)",
        // A published version never changes: subscriptions keep the one that they were made with.
        """
        CREATE TABLE package_versions(
          kind TEXT NOT NULL,
          id TEXT NOT NULL,
          version BIGINT NOT NULL,
          published_at BIGINT,
          body TEXT NOT NULL,
          PRIMARY KEY (kind, id, version))
        """,
        // Which features the versions, drafts included, give or charge for.
        """
        CREATE TABLE package_features(
          feature_id TEXT NOT NULL,
          kind TEXT NOT NULL,
          id TEXT NOT NULL,
          version BIGINT NOT NULL,
          PRIMARY KEY (feature_id, kind, id, version))
        """,
        // Changes with every write to the catalog; never the same twice, in any store. A store without a row has had
        // no such write.
        """
        CREATE TABLE catalog_state(
          singleton BIGINT PRIMARY KEY CHECK (singleton = 1),
          generation TEXT NOT NULL)
        """,
        "INSERT INTO catalog_state(singleton, generation) SELECT 1, store_id FROM store_identity",
    ]
}
