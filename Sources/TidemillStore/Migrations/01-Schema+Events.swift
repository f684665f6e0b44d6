extension Schema {
    static let events =
        [
            // Counters that never go back, not even when retention empties the table that they number.
            "CREATE TABLE sequences(name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
            // Which process does what only one may do at a time, and until when it may go on without a word.
            "CREATE TABLE leases(name TEXT PRIMARY KEY, owner TEXT NOT NULL, expires_at BIGINT NOT NULL)",
            // Random keys made once per store: 'identity' keys the hashes of event identities.
            "CREATE TABLE store_secrets(name TEXT PRIMARY KEY, value BLOB NOT NULL)",

            // Raw events in packed, compressed blocks. `shard` is the customer's bucket ÷ 16, or 16 for a block that mixes
            // them; `customers` are the sorted hashes of the customers inside.
            """
            CREATE TABLE raw_blocks(
              id BIGINT PRIMARY KEY,
              shard BIGINT NOT NULL,
              events BIGINT NOT NULL,
              first_at BIGINT NOT NULL,
              last_at BIGINT NOT NULL,
              first_received_at BIGINT NOT NULL,
              last_received_at BIGINT NOT NULL,
              script_version TEXT NOT NULL,
              customers BLOB NOT NULL,
              data BLOB NOT NULL)
            """,
            "CREATE INDEX raw_blocks_shard ON raw_blocks(shard, id)",
            "CREATE INDEX raw_blocks_received ON raw_blocks(last_received_at)",

            // Identities of events within the dedupe window: an unsorted tail by batch, and immutable sorted runs whose
            // filters are held in memory. A run's page id is bucket × 2⁴⁸ + run × 2²⁴ + page.
            "CREATE TABLE dedup_tail(id BIGINT PRIMARY KEY, entries BLOB NOT NULL)",
            """
            CREATE TABLE dedup_runs(
              id BIGINT PRIMARY KEY,
              level BIGINT NOT NULL,
              entries BIGINT NOT NULL,
              first_received_at BIGINT NOT NULL,
              last_received_at BIGINT NOT NULL,
              counts BLOB NOT NULL,
              filter BLOB NOT NULL)
            """,
            "CREATE TABLE dedup_pages(id BIGINT PRIMARY KEY, entries BLOB NOT NULL)",
        ] + usageTables(prefix: "usage") + usageTables(prefix: "sealed")

    /// Usage by UTC hour. A batch appends its cells as a delta; deltas are folded into the day rows, which pack the hours
    /// (and the declared groups) of one day; the distinct values of UNIQUE meters are rows of 128-bit keyed hashes.
    /// Readers add deltas and rows. `usage_…` is what answers come from; `sealed_…` what the events whose blocks
    /// retention dropped had come to.
    private static func usageTables(prefix: String) -> [String] {
        [
            "CREATE TABLE \(prefix)_deltas(id BIGINT PRIMARY KEY, shard BIGINT NOT NULL, cells BLOB NOT NULL)",
            "CREATE INDEX \(prefix)_deltas_shard ON \(prefix)_deltas(shard, id)",
            """
            CREATE TABLE \(prefix)_days(
              bucket BIGINT NOT NULL,
              meter BIGINT NOT NULL,
              day BIGINT NOT NULL,
              customer_id TEXT NOT NULL,
              resource_id TEXT NOT NULL,
              cells BLOB NOT NULL,
              PRIMARY KEY (bucket, meter, day, customer_id, resource_id)) WITHOUT ROWID
            """,
            """
            CREATE TABLE \(prefix)_values(
              bucket BIGINT NOT NULL,
              meter BIGINT NOT NULL,
              day BIGINT NOT NULL,
              customer_id TEXT NOT NULL,
              resource_id TEXT NOT NULL,
              hour BIGINT NOT NULL,
              group_key BLOB NOT NULL,
              value BLOB NOT NULL,
              PRIMARY KEY (bucket, meter, day, customer_id, resource_id, hour, group_key, value)) WITHOUT ROWID
            """,
        ]
    }
}
