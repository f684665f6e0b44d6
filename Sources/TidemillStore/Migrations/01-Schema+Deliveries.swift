extension Schema {
    static let deliveries = [
        // One row a file that arrived. `position` counts the records whose effects are committed, `byte_offset` is where
        // the next one begins; every batch moves both with `WHERE id AND owner AND position = old`, which fences a
        // worker that lost its claim. States: claimed → done | failed; claimed → held → claimed. A finished row is
        // `acknowledged` once its result file is on disk, as `kept_as` below the spool; until then recovery writes it
        // (again). `ignores_brake`: a person resumed it after it was held. `source`: the path of a file that
        // came by a command.
        """
        CREATE TABLE deliveries(
          id TEXT PRIMARY KEY,
          inbox TEXT NOT NULL,
          name TEXT NOT NULL,
          size BIGINT NOT NULL,
          modified_at BIGINT NOT NULL,
          received_at BIGINT NOT NULL,
          owner TEXT NOT NULL,
          state TEXT NOT NULL,
          position BIGINT NOT NULL DEFAULT 0,
          byte_offset BIGINT NOT NULL DEFAULT 0,
          applied BIGINT NOT NULL DEFAULT 0,
          filtered BIGINT NOT NULL DEFAULT 0,
          duplicate BIGINT NOT NULL DEFAULT 0,
          differs BIGINT NOT NULL DEFAULT 0,
          late BIGINT NOT NULL DEFAULT 0,
          rejected BIGINT NOT NULL DEFAULT 0,
          content_hash TEXT,
          duplicate_of TEXT,
          is_again BIGINT NOT NULL DEFAULT 0,
          ignores_brake BIGINT NOT NULL DEFAULT 0,
          finished_at BIGINT,
          acknowledged BIGINT NOT NULL DEFAULT 0,
          kept_as TEXT,
          code TEXT,
          message TEXT,
          source TEXT)
        """,
        "CREATE INDEX deliveries_state ON deliveries(state, received_at)",
        "CREATE INDEX deliveries_content ON deliveries(content_hash)",
        // Whether an old delivery could have a new one's content is asked for every file.
        "CREATE INDEX deliveries_size ON deliveries(size, finished_at)",
        // What is not finished is few: the index stays small however many deliveries are kept.
        "CREATE INDEX deliveries_unfinished ON deliveries(owner, id) WHERE acknowledged = 0",
        // How many records of a delivery each filter dropped.
        """
        CREATE TABLE delivery_filters(
          delivery TEXT NOT NULL,
          rule TEXT NOT NULL,
          records BIGINT NOT NULL,
          PRIMARY KEY (delivery, rule))
        """,
        // The answer or error of each usage report and operation of a delivery, for its result file.
        """
        CREATE TABLE delivery_answers(
          delivery TEXT NOT NULL,
          record BIGINT NOT NULL,
          answer TEXT NOT NULL,
          PRIMARY KEY (delivery, record))
        """,
        // Records that could not be applied, kept until a person retries or drops them. States: open → retried | dropped.
        """
        CREATE TABLE rejected_records(
          delivery TEXT NOT NULL,
          record BIGINT NOT NULL,
          line BIGINT NOT NULL,
          kind TEXT NOT NULL,
          code TEXT NOT NULL,
          message TEXT NOT NULL,
          rule TEXT,
          customer_id TEXT,
          payload BLOB NOT NULL,
          received_at BIGINT NOT NULL,
          rejected_at BIGINT NOT NULL,
          state TEXT NOT NULL,
          PRIMARY KEY (delivery, record))
        """,
        "CREATE INDEX rejected_records_state ON rejected_records(state, rejected_at)",
        "CREATE INDEX rejected_records_customer ON rejected_records(customer_id, state)",
        // Webhooks wait here for the jobs that they trigger. `dedup_key`: messageId, else id of an event object, else
        // the content's hash.
        """
        CREATE TABLE webhooks(
          dedup_key TEXT PRIMARY KEY,
          type TEXT NOT NULL,
          delivery TEXT NOT NULL,
          record BIGINT NOT NULL,
          received_at BIGINT NOT NULL,
          payload TEXT NOT NULL,
          state TEXT NOT NULL)
        """,
    ]
}
