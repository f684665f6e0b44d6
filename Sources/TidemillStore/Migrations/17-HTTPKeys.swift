/// Schema 17: who may come in by HTTP, and what repeated requests were answered. Earlier schemas are released and stay as
/// they are.
let httpKeys = Migration(
    number: 17, name: "http keys",
    statements: [
        // Keys that were made by `tidemill keys add`. `digest` is the SHA-256 of the key, which nobody keeps; `scope`:
        // read, ingest, full or operator. Gone when the key is revoked.
        """
        CREATE TABLE access_keys(
          name TEXT PRIMARY KEY,
          scope TEXT NOT NULL,
          digest TEXT NOT NULL,
          created_at BIGINT NOT NULL,
          created_by TEXT NOT NULL)
        """,
        // What succeeded by HTTP, for repeats of the request: by its Idempotency-Key (`key:…`), and by the id of what it
        // made (`made:…`). `digest` is the SHA-256 of its input. A row lives a day.
        """
        CREATE TABLE request_keys(
          operation TEXT NOT NULL,
          name TEXT NOT NULL,
          digest TEXT NOT NULL,
          answer TEXT NOT NULL,
          created_at BIGINT NOT NULL,
          PRIMARY KEY (operation, name))
        """,
        // Retention asks for the oldest.
        "CREATE INDEX request_keys_age ON request_keys(created_at)",
    ])
