extension Schema {
    static let scripts = [
        // Every script version that was ever taken, by the hash of its files, kept with the decisions made under it.
        // `files` is a JSON object of names and texts. States: good | broken; `problems` says why one is broken.
        """
        CREATE TABLE script_versions(
          id TEXT PRIMARY KEY,
          files TEXT NOT NULL,
          state TEXT NOT NULL,
          problems TEXT,
          created_at BIGINT NOT NULL)
        """,
        // The version that rules events now: the last good one, also when the folder is broken at the next start.
        """
        CREATE TABLE script_current(
          singleton BIGINT PRIMARY KEY CHECK (singleton = 1),
          version TEXT NOT NULL,
          taken_at BIGINT NOT NULL)
        """,
    ]
}
