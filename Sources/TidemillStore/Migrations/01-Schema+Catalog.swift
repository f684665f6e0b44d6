extension Schema {
    /// Products, features and meters are small reference tables: no bucket. `body` is the JSON that calls answer with;
    /// the columns beside it are what queries filter and sort by.
    static let catalog = [
        """
        CREATE TABLE products(
          id TEXT PRIMARY KEY,
          status TEXT NOT NULL,
          created_at BIGINT NOT NULL,
          usage_reset_cutoff_rule TEXT,
          body TEXT NOT NULL)
        """,
        "CREATE INDEX products_created ON products(created_at, id)",
        """
        CREATE TABLE features(
          id TEXT PRIMARY KEY,
          feature_type TEXT NOT NULL,
          meter_type TEXT NOT NULL,
          status TEXT NOT NULL,
          has_meter BIGINT NOT NULL,
          created_at BIGINT NOT NULL,
          body TEXT NOT NULL)
        """,
        "CREATE INDEX features_created ON features(created_at, id)",
        // One row each time a feature gets a meter or another one. States: filling → current → retired. While a version
        // is filling, events stored up to `fill_until` are still to be counted, those up to `fill_position` are.
        """
        CREATE TABLE meter_versions(
          id BIGINT PRIMARY KEY,
          feature_id TEXT NOT NULL,
          version BIGINT NOT NULL,
          definition TEXT NOT NULL,
          state TEXT NOT NULL,
          created_at BIGINT NOT NULL,
          fill_position BIGINT NOT NULL DEFAULT 0,
          fill_until BIGINT,
          UNIQUE (feature_id, version))
        """,
        "CREATE INDEX meter_versions_state ON meter_versions(state)",
        // What the scripts' catalog said about each thing when it was last applied: the next difference is taken
        // against this. `kind`: 'product' or 'feature'.
        """
        CREATE TABLE catalog_applied(
          kind TEXT NOT NULL,
          id TEXT NOT NULL,
          declaration TEXT NOT NULL,
          applied_at BIGINT NOT NULL,
          PRIMARY KEY (kind, id))
        """,
    ]
}
