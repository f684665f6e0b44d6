/// Schema 24: browsers' passes end with the key behind them, and webhooks are told apart by who sent them. Earlier schemas
/// are released and stay as they are.
let sourcedWebhooks = Migration(
    number: 24, name: "sourced webhooks",
    statements: [
        // `key_digest`: that of the key that a session was got for, or that stands behind whoever made a link, which ends
        // both when it is revoked. NULL: a person made the link at the command line. Of the passes of before nobody knows
        // it: browsers come in anew.
        "DELETE FROM browser_passes",
        "ALTER TABLE browser_passes DROP COLUMN key_name",
        "ALTER TABLE browser_passes ADD COLUMN key_digest TEXT",
        // What `addLink` answered was a secret, and is kept no more.
        "DELETE FROM idempotency_keys WHERE operation = 'addLink'",
        // Ids of messages belong to who sent them: `from:SOURCE:` stands before them, where one of `[[http.webhook]]` did.
        // A repeat of one from before is known as before.
        """
        UPDATE webhooks SET dedup_key = 'from:' || json_extract(payload, '$.receivedFrom.source') || ':' || dedup_key
         WHERE (dedup_key LIKE 'message:%' OR dedup_key LIKE 'event:%')
           AND json_type(payload, '$.receivedFrom.source') = 'text'
        """,
    ])
