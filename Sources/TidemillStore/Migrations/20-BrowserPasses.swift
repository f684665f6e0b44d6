/// Schema 20: how a browser comes in. Earlier schemas are released and stay as they are.
let browserPasses = Migration(
    number: 20, name: "browser passes",
    statements: [
        // What lets a browser in: a link that is good once, and the session that is got for it or for a key. `digest` is
        // the SHA-256 of what the browser shows; `kind`: link or session; `name`: the actor in the audit; `scope` as of
        // keys; `key_name`: the key that a session was got for, which ends it when it is revoked. A row lives until
        // `expires_at`.
        """
        CREATE TABLE browser_passes(
          digest TEXT PRIMARY KEY,
          kind TEXT NOT NULL,
          name TEXT NOT NULL,
          scope TEXT NOT NULL,
          key_name TEXT,
          expires_at BIGINT NOT NULL)
        """
    ])
