/// Schema 9: whose turn it is and what keeps failing, without reading the history. Earlier schemas are released and stay
/// as they are.
let runTurns = Migration(
    number: 9, name: "run turns",
    statements: [
        // 1 while an earlier run of its row has not ended: such a run is not looked at until its turn comes. `turn` may
        // be 'all' beside what schema 3 has: after all earlier runs of the job.
        "ALTER TABLE runs ADD COLUMN is_behind BIGINT NOT NULL DEFAULT 0",
        // Of a run that failed with the code needs_scripts, until its scripts change: what the script said then.
        "ALTER TABLE runs ADD COLUMN script_print TEXT",
        // 1 of a slot that failed so and that is left behind once its script has changed: a later one stands for it.
        "ALTER TABLE runs ADD COLUMN is_overtaken BIGINT NOT NULL DEFAULT 0",
        "DROP INDEX runs_due",
        // Runs under way are few: one index finds them by their row, and whoever holds them goes over it.
        "DROP INDEX runs_owner",
        "CREATE INDEX runs_ready ON runs(due_at, sequence) WHERE state = 'waiting' AND is_behind = 0",
        "CREATE INDEX runs_row ON runs(name, sequence) WHERE ended_at IS NULL",
        "CREATE INDEX runs_slots ON runs(name, sequence) WHERE ended_at IS NULL AND trigger_kind = 'schedule'",
        "CREATE INDEX runs_running ON runs(name, customer_id, sequence) WHERE state = 'running'",
        "CREATE INDEX runs_failing ON runs(name, failures) WHERE ended_at IS NULL AND failures > 0",
        "CREATE INDEX runs_unscripted ON runs(name, sequence) WHERE script_print IS NOT NULL",
        "CREATE INDEX runs_overtaken ON runs(name) WHERE is_overtaken = 1",
        """
        UPDATE runs SET is_behind = 1 WHERE ended_at IS NULL AND (
          turn = 'customer' AND EXISTS (
            SELECT 1 FROM runs AS earlier WHERE earlier.name = runs.name AND earlier.customer_id = runs.customer_id
              AND earlier.ended_at IS NULL AND earlier.sequence < runs.sequence)
          OR turn = 'slot' AND EXISTS (
            SELECT 1 FROM runs AS earlier WHERE earlier.name = runs.name AND earlier.trigger_kind = 'schedule'
              AND earlier.ended_at IS NULL AND earlier.sequence < runs.sequence))
        """,
        // Jobs and grant rules whose last attempt failed: one row a name, gone with the first success. `failures` in a
        // row, over all their runs; what else there is is of the last one.
        """
        CREATE TABLE failing_jobs(
          name TEXT PRIMARY KEY,
          kind TEXT NOT NULL,
          failures BIGINT NOT NULL,
          run_id TEXT NOT NULL,
          code TEXT,
          message TEXT,
          failed_at BIGINT NOT NULL)
        """,
    ])
