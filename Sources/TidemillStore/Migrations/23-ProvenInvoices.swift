/// Schema 23: what proves an invoice when its events are gone. Earlier schemas are released and stay as they are.
let provenInvoices = Migration(
    number: 23, name: "proven invoices",
    statements: [
        // The account pays of an invoice when it becomes final, by an entry that names it. `takes_credit` 0: from before,
        // when it paid of it as it was made.
        "ALTER TABLE invoices ADD COLUMN takes_credit BIGINT NOT NULL DEFAULT 0",
        "CREATE INDEX invoices_unfinished ON invoices(bucket, payer_id) WHERE state = 'DRAFT'",
        // Of a draft that could not be priced when it was made: what it is made of, when it can be. `tried_with`: the
        // generation of the catalog by which it could not.
        "ALTER TABLE invoices ADD COLUMN remake TEXT",
        "ALTER TABLE invoices ADD COLUMN tried_with TEXT",
        "CREATE INDEX invoices_unpriced ON invoices(tried_with) WHERE state = 'DRAFT' AND problem IS NOT NULL",
        // In the order in which they are made final: very many may be due at one instant.
        "DROP INDEX invoices_drafts",
        "CREATE INDEX invoices_drafts ON invoices(look_at, created_at, id) WHERE state = 'DRAFT'",
        // The invoice that took credit from the account, left it there, or bills the line; null for others.
        "ALTER TABLE account_entries ADD COLUMN invoice_id TEXT",
        """
        CREATE INDEX account_entries_invoice ON account_entries(bucket, customer_id, invoice_id)
         WHERE invoice_id IS NOT NULL
        """,
        // Which version of the feature's meter counts for the window, 0 for reports; it goes on counting although the
        // feature has another by now. `events`, `digest`: how many events or reports of the time counted when it was billed,
        // and a hash over them in the order of their identities; null until a worker has sealed it, '' where events of then
        // were gone before.
        "ALTER TABLE metered_windows ADD COLUMN meter BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE metered_windows ADD COLUMN events BIGINT",
        "ALTER TABLE metered_windows ADD COLUMN digest TEXT",
        """
        CREATE INDEX metered_windows_unsealed
          ON metered_windows(bucket, customer_id, feature_id, resource_id, kind, start_at, closing_id)
         WHERE value_units IS NOT NULL AND events IS NULL
        """,
        """
        UPDATE metered_windows SET meter = COALESCE(
          (SELECT MAX(id) FROM meter_versions
            WHERE meter_versions.feature_id = metered_windows.feature_id AND state = 'current'), 0)
        """,
        "CREATE INDEX metered_windows_meter ON metered_windows(meter, end_at) WHERE meter <> 0",
        // Hours within which a billed period begins or ends are told in parts: what events whose blocks retention dropped
        // had come to from `start_at` until before `end_at`, by group; as `sealed_days` has it of the whole hour.
        """
        CREATE TABLE sealed_parts(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          meter BIGINT NOT NULL,
          resource_id TEXT NOT NULL,
          start_at BIGINT NOT NULL,
          end_at BIGINT NOT NULL,
          group_key BLOB NOT NULL,
          kind BIGINT NOT NULL,
          count BIGINT NOT NULL,
          total_units BIGINT NOT NULL,
          total_nanos BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, meter, resource_id, start_at, end_at, group_key))
        """,
        // The inboxes of a spool, a JSON list of folders: a draft also waits for what lies in those of other spools.
        "ALTER TABLE spools ADD COLUMN inboxes TEXT NOT NULL DEFAULT '[]'",
    ])
