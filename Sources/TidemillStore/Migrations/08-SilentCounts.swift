/// Schema 8: what would count for nothing in silence. Earlier schemas are released and stay as they are.
let silentCounts = Migration(
    number: 8, name: "silent counts",
    statements: ["events", "without_key", "not_a_number", "no_meter", "unknown_customer", "unknown_field"].map {
        "ALTER TABLE deliveries ADD COLUMN \($0) BIGINT NOT NULL DEFAULT 0"
    } + [
        // The names behind these counters, a bounded number for each reason, with the first record of each; '' for the
        // rest.
        """
        CREATE TABLE delivery_remarks(
          delivery TEXT NOT NULL,
          reason TEXT NOT NULL,
          name TEXT NOT NULL,
          records BIGINT NOT NULL,
          record BIGINT NOT NULL,
          example TEXT,
          PRIMARY KEY (delivery, reason, name))
        """,
        // What `status` points out for a day is found without looking at all deliveries of the day. A column stands first:
        // SQLite turns a query's comparison so, and takes an index only for the same one.
        """
        CREATE INDEX deliveries_adding_nothing ON deliveries(finished_at)
         WHERE events < 2 * (not_a_number + no_meter)
        """,
        "CREATE INDEX deliveries_without_keys ON deliveries(finished_at) WHERE events < 2 * without_key",
    ])
