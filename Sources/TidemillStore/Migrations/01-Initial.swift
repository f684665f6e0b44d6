/// Schema 1. Tables of customer data begin their keys with `bucket` (storage.md, "Sharding"); times are microseconds;
/// amounts are two columns, units and 10⁻⁹ units. One file per domain: 01-Schema+….swift.
let initial = Migration(
    number: 1, name: "initial",
    statements: Schema.identity + Schema.deliveries + Schema.events + Schema.scripts + Schema.catalog + Schema.usage)

/// The statements of each domain, in the order in which they run.
enum Schema {
    static let identity = [
        """
        CREATE TABLE store_identity(
          singleton BIGINT PRIMARY KEY CHECK (singleton = 1),
          store_id TEXT NOT NULL,
          environment TEXT NOT NULL,
          created_at BIGINT NOT NULL)
        """,
        // What a person has paused: 'ingest', 'recharge', 'grants' or a job's name. A row is in force while it exists.
        """
        CREATE TABLE pauses(
          name TEXT PRIMARY KEY,
          reason TEXT NOT NULL,
          paused_by TEXT NOT NULL,
          paused_at BIGINT NOT NULL,
          script_version TEXT)
        """,
    ]
}
