/// Schema 25: stored events that go through the rules again. Earlier schemas are released and stay as they are.
let reprocesses = Migration(
    number: 25, name: "reprocess",
    statements: [
        // A person's order. `step` and `position`, `at_delivery` and `at_record` say how far it is; blocks behind
        // `last_block` came later or are its own. `counts` and `report` are JSON.
        """
        CREATE TABLE reprocesses(
          id TEXT PRIMARY KEY,
          asked_at BIGINT NOT NULL,
          asked_by TEXT NOT NULL,
          reason TEXT NOT NULL,
          delivery TEXT,
          customer_id TEXT,
          event_name TEXT,
          from_at BIGINT,
          to_at BIGINT,
          script_version TEXT NOT NULL,
          step TEXT NOT NULL,
          last_block BIGINT NOT NULL,
          position BIGINT NOT NULL,
          at_delivery TEXT NOT NULL,
          at_record BIGINT NOT NULL,
          counts TEXT NOT NULL,
          report TEXT,
          finished_at BIGINT)
        """,
        "CREATE INDEX reprocesses_asked ON reprocesses(asked_at, id)",
        // Of the open one: days whose usage is to be counted again.
        """
        CREATE TABLE reprocess_usage(
          bucket BIGINT NOT NULL,
          day BIGINT NOT NULL,
          meter BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          PRIMARY KEY (bucket, day, meter, customer_id, resource_id))
        """,
        // Of the open one: whose usage changes, by how many events, and what it was before; NULL: too many to look at all.
        """
        CREATE TABLE reprocess_subjects(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          feature_id TEXT NOT NULL,
          events BIGINT NOT NULL,
          before_units BIGINT,
          before_nanos BIGINT,
          PRIMARY KEY (bucket, customer_id, resource_id, feature_id))
        """,
        // Of the open one: drafts that bill such usage, and what they came to before.
        """
        CREATE TABLE reprocess_drafts(
          invoice_id TEXT PRIMARY KEY,
          before_units BIGINT NOT NULL,
          before_nanos BIGINT NOT NULL)
        """,
        // Of the open one: wallets whose balance changes, and the balance before. Recharge waits for the end.
        """
        CREATE TABLE reprocess_wallets(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          before_units BIGINT NOT NULL,
          before_nanos BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, currency_id, resource_id))
        """,
        // The forms that events had before, packed as in raw_blocks, kept as long.
        """
        CREATE TABLE reprocess_blocks(
          id BIGINT PRIMARY KEY,
          reprocess TEXT NOT NULL,
          events BIGINT NOT NULL,
          last_received_at BIGINT NOT NULL,
          data BLOB NOT NULL)
        """,
        "CREATE INDEX reprocess_blocks_received ON reprocess_blocks(last_received_at)",
        // What rejected an event that had been taken: its identity is known, and is not asked when it is tried again.
        "ALTER TABLE rejected_records ADD COLUMN reprocessed_by TEXT",
        // What brought the events of a voided delivery back; it is voided no longer.
        "ALTER TABLE voided_deliveries ADD COLUMN restored_by TEXT",
        // Time that somebody else pays for, by who does: that of a customer's own is found by the customer.
        """
        CREATE INDEX closed_usage_payer ON closed_usage(payer_id, currency, customer_id, id)
         WHERE payer_id <> customer_id
        """,
    ])
