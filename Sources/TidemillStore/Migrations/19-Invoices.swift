/// Schema 19: invoices, and the metered time that they bill. Earlier schemas are released and stay as they are.
let invoices = Migration(
    number: 19, name: "invoices",
    statements: [
        // One invoice for each cause: unique by subscription, cause and instant (`created_at`); `ordinal` tells changes of
        // one instant apart. `bucket` is the payer's, and begins the id. States: DRAFT → OPEN → PAID | CANCELED; DRAFT →
        // PAID where nothing is due. `made_at`: when it was written. A draft: `final_after`, when its grace ends;
        // `look_at`, when a worker looks at it next; `problem`, why it cannot become final; `waits_since`, since when it
        // waits for files. From FINAL on nothing but `state`, `ended_at`, `end_reason` and `is_rebilled` (of a voided
        // one: whether its lines wait once more) changes; `number` counts the
        // payer's without gaps, `hash` is chained to the one before. `body` has the sums. Nothing is ever deleted.
        """
        CREATE TABLE invoices(
          bucket BIGINT NOT NULL,
          payer_id TEXT NOT NULL,
          id TEXT NOT NULL,
          subscription_id TEXT NOT NULL,
          customer_id TEXT NOT NULL,
          cause TEXT NOT NULL,
          created_at BIGINT NOT NULL,
          ordinal BIGINT NOT NULL,
          made_at BIGINT NOT NULL,
          currency TEXT NOT NULL,
          state TEXT NOT NULL,
          final_after BIGINT,
          look_at BIGINT,
          problem TEXT,
          waits_since BIGINT,
          number BIGINT,
          finalized_at BIGINT,
          ended_at BIGINT,
          end_reason TEXT,
          is_rebilled BIGINT NOT NULL DEFAULT 0,
          hash TEXT,
          body TEXT NOT NULL,
          PRIMARY KEY (bucket, payer_id, id),
          UNIQUE (bucket, payer_id, subscription_id, cause, created_at, ordinal))
        """,
        // An invoice is addressed by its id alone.
        "CREATE UNIQUE INDEX invoices_id ON invoices(bucket, id)",
        "CREATE UNIQUE INDEX invoices_number ON invoices(bucket, payer_id, number) WHERE number IS NOT NULL",
        // The worker asks for the drafts that it has to look at, `status` for those that it cannot finish.
        "CREATE INDEX invoices_drafts ON invoices(look_at) WHERE state = 'DRAFT'",
        // Those that waited for files, for `status`.
        "CREATE INDEX invoices_waited ON invoices(finalized_at) WHERE waits_since IS NOT NULL",
        // The lines of an invoice, in order; those of a draft are written anew when it becomes final.
        """
        CREATE TABLE invoice_lines(
          bucket BIGINT NOT NULL,
          payer_id TEXT NOT NULL,
          invoice_id TEXT NOT NULL,
          position BIGINT NOT NULL,
          amount_units BIGINT NOT NULL,
          amount_nanos BIGINT NOT NULL,
          body TEXT NOT NULL,
          PRIMARY KEY (bucket, payer_id, invoice_id, position))
        """,
        // The number and the hash that a payer's last final invoice has.
        """
        CREATE TABLE invoice_series(
          bucket BIGINT NOT NULL,
          payer_id TEXT NOT NULL,
          number BIGINT NOT NULL,
          hash TEXT NOT NULL,
          PRIMARY KEY (bucket, payer_id))
        """,
        // Metered time of a subscription that one cause closed: `id` is that of the cause's invoice, or the one that it
        // would have where the lines wait for another. `bucket` is the customer's. `terms`: by what it is priced, now and
        // when usage of it comes late. `billed`: what it came to when it was billed last, late lines included; null while
        // its invoice is a draft. Nothing is deleted.
        """
        CREATE TABLE closed_usage(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          subscription_id TEXT NOT NULL,
          payer_id TEXT NOT NULL,
          currency TEXT NOT NULL,
          start_at BIGINT NOT NULL,
          end_at BIGINT NOT NULL,
          terms TEXT NOT NULL,
          billed TEXT,
          PRIMARY KEY (bucket, customer_id, id))
        """,
        // Events that a draft needs are kept.
        "CREATE INDEX closed_usage_unbilled ON closed_usage(start_at) WHERE billed IS NULL",
        // The closed time of one feature of a customer and resource ('' for none): from `start_at` until before `end_at`,
        // on `closing_id` of `closed_usage` and on no other; several rows where others have what lies between. `kind`:
        // usage or overage. `value` is what was used, in the small units that are reported, as it was billed, in the first
        // of the rows; null while the invoice is a draft. Nothing is deleted.
        """
        CREATE TABLE metered_windows(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          feature_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          kind TEXT NOT NULL,
          start_at BIGINT NOT NULL,
          closing_id TEXT NOT NULL,
          end_at BIGINT NOT NULL,
          subscription_id TEXT NOT NULL,
          value_units BIGINT,
          value_nanos BIGINT,
          PRIMARY KEY (bucket, customer_id, feature_id, resource_id, kind, start_at, closing_id))
        """,
        // Usage that is younger than every window needs no look at them.
        "CREATE INDEX metered_windows_end ON metered_windows(end_at)",
        // Usage that changed within time that is billed already, until a worker has billed the difference: from `at` on.
        // `problem`: why it could not, and `look_at` when it is tried again.
        """
        CREATE TABLE late_usage(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          feature_id TEXT NOT NULL,
          at BIGINT NOT NULL,
          look_at BIGINT NOT NULL,
          problem TEXT,
          PRIMARY KEY (bucket, customer_id, resource_id, feature_id))
        """,
        "CREATE INDEX late_usage_look ON late_usage(look_at)",
        // Usage of closed time that was older than `events.dedupe_window` when it arrived, by the hour of `at` or the
        // instant of a report, and by delivery ('' for a call): it could be a repeat that is not known any more. `state`:
        // WAITS for a person, ACCEPTED or WAIVED; what waits or is waived is not billed. `units`, `nanos`: in the small
        // units that are reported. `id`: by which a person names it. A void of the delivery deletes them.
        """
        CREATE TABLE too_late_usage(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          feature_id TEXT NOT NULL,
          resource_id TEXT NOT NULL,
          at BIGINT NOT NULL,
          delivery TEXT NOT NULL,
          arrived_at BIGINT NOT NULL,
          id TEXT NOT NULL,
          state TEXT NOT NULL,
          units BIGINT NOT NULL,
          nanos BIGINT NOT NULL,
          decided_at BIGINT,
          reason TEXT,
          PRIMARY KEY (bucket, customer_id, feature_id, resource_id, at, delivery, arrived_at))
        """,
        "CREATE INDEX too_late_usage_waiting ON too_late_usage(arrived_at) WHERE state = 'WAITS'",
        "CREATE INDEX too_late_usage_delivery ON too_late_usage(delivery) WHERE delivery <> ''",
        // Accounts with lines that wait for an invoice: when a worker looks next whether one will come.
        """
        CREATE TABLE waiting_accounts(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          currency TEXT NOT NULL,
          look_at BIGINT NOT NULL,
          PRIMARY KEY (bucket, customer_id, currency))
        """,
        "CREATE INDEX waiting_accounts_look ON waiting_accounts(look_at)",
        // Those that wait already.
        """
        INSERT INTO waiting_accounts(bucket, customer_id, currency, look_at)
        SELECT bucket, customer_id, currency, MIN(at) + 86400000000 FROM account_entries AS entry
         WHERE kind = 'line' AND settles IS NULL
           AND NOT EXISTS (SELECT 1 FROM account_entries AS later
                            WHERE later.bucket = entry.bucket AND later.customer_id = entry.customer_id
                              AND later.currency = entry.currency AND later.settles = entry.sequence)
         GROUP BY bucket, customer_id, currency
        """,
    ])
