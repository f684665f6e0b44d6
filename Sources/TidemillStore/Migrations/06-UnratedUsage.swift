/// Schema 6: usage whose cost in credits could not be told. Earlier schemas are released and stay as they are.
let unratedUsage = Migration(
    number: 6, name: "unrated usage",
    statements: [
        // Applied events of the delivery that cost no credits because their cost formula has no value.
        "ALTER TABLE deliveries ADD COLUMN unrated BIGINT NOT NULL DEFAULT 0",
        // The same by feature and day, with what was wrong last: what `status` tells. A row a feature and day.
        """
        CREATE TABLE unrated_usage(
          day BIGINT NOT NULL,
          feature_id TEXT NOT NULL,
          events BIGINT NOT NULL,
          problem TEXT NOT NULL,
          latest_at BIGINT NOT NULL,
          PRIMARY KEY (day, feature_id))
        """,
    ])
