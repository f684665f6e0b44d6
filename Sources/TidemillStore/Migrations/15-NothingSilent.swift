/// Schema 15: webhooks that start nothing are counted, and a record that is given up says who did it. Earlier schemas are
/// released and stay as they are.
let nothingSilent = Migration(
    number: 15, name: "nothing silent",
    statements: [
        "ALTER TABLE deliveries ADD COLUMN no_job BIGINT NOT NULL DEFAULT 0",
        // `status` names the webhooks of a day that started nothing.
        "CREATE INDEX deliveries_without_jobs ON deliveries(finished_at) WHERE no_job > 0",
        "ALTER TABLE rejected_records ADD COLUMN dropped_by TEXT",
        "ALTER TABLE rejected_records ADD COLUMN dropped_at BIGINT",
        // `events` finds all that a customer's records came to, also what was retried or dropped.
        "CREATE INDEX rejected_records_of_customer ON rejected_records(customer_id, received_at)",
    ])
