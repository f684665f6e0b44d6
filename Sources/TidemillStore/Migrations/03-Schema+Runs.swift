extension Schema {
    /// Runs of jobs and grant rules: what started them, what they did, and what they keep.
    static let runs = [
        // One row a run. `kind`: job or grant. `trigger_kind`: schedule, webhook, event (the engine's own), document,
        // later or fire; `cause` names what it was for good, so that it starts each job and rule once. `file`: of a document. `payload`: the
        // event that the script sees, JSON. `segment` counts checkpoints, `saved` is the value of the last one. `crashes`:
        // processes that ended under it in a row without anything new in its journal. `attempt` counts from 1 once it has
        // started. States: waiting → running → done | failed | cancelled | quarantined; running → waiting for a retry;
        // skipped: a slot that its predecessor kept from starting, never run. `depth`: the causes behind the cause. `turn`:
        // '' for none; customer: after earlier runs of the same customer; slot: after earlier slots.
        """
        CREATE TABLE runs(
          id TEXT PRIMARY KEY,
          sequence BIGINT NOT NULL,
          kind TEXT NOT NULL,
          name TEXT NOT NULL,
          customer_id TEXT NOT NULL,
          trigger_kind TEXT NOT NULL,
          cause TEXT NOT NULL,
          payload TEXT NOT NULL,
          file TEXT,
          depth BIGINT NOT NULL,
          scheduled_at BIGINT NOT NULL,
          caused_at BIGINT NOT NULL,
          state TEXT NOT NULL,
          due_at BIGINT NOT NULL,
          turn TEXT NOT NULL,
          later_key TEXT,
          attempt BIGINT NOT NULL DEFAULT 0,
          failures BIGINT NOT NULL DEFAULT 0,
          crashes BIGINT NOT NULL DEFAULT 0,
          segment BIGINT NOT NULL DEFAULT 0,
          saved TEXT,
          steps BIGINT NOT NULL DEFAULT 0,
          steps_at_start BIGINT NOT NULL DEFAULT 0,
          owner TEXT,
          script_version TEXT,
          created_at BIGINT NOT NULL,
          started_at BIGINT,
          ended_at BIGINT,
          code TEXT,
          message TEXT,
          result TEXT)
        """,
        "CREATE UNIQUE INDEX runs_cause ON runs(name, cause)",
        "CREATE UNIQUE INDEX runs_sequence ON runs(sequence)",
        "CREATE INDEX runs_due ON runs(due_at, sequence) WHERE state = 'waiting'",
        "CREATE INDEX runs_owner ON runs(owner) WHERE state = 'running'",
        "CREATE INDEX runs_name ON runs(name, sequence)",
        "CREATE INDEX runs_unfinished ON runs(name, customer_id, sequence) WHERE ended_at IS NULL",
        "CREATE INDEX runs_ended ON runs(ended_at) WHERE ended_at IS NOT NULL",
        "CREATE UNIQUE INDEX runs_later ON runs(later_key) WHERE later_key IS NOT NULL AND state = 'waiting'",
        // The journal: what a run asked for and got, in order, in the transaction of the effect. `is_write`: 1 where it
        // changed something. `raised`: 1 where the answer is an error `{code, message}` that the script saw.
        """
        CREATE TABLE run_steps(
          run_id TEXT NOT NULL,
          segment BIGINT NOT NULL,
          number BIGINT NOT NULL,
          name TEXT NOT NULL,
          arguments TEXT NOT NULL,
          is_write BIGINT NOT NULL,
          raised BIGINT NOT NULL,
          answer TEXT NOT NULL,
          attempt BIGINT NOT NULL,
          at BIGINT NOT NULL,
          PRIMARY KEY (run_id, segment, number))
        """,
        // How each attempt ended. `outcome`: done, failed, timeout, memory, cancelled, handed_back, crashed, script_changed.
        """
        CREATE TABLE run_attempts(
          run_id TEXT NOT NULL,
          attempt BIGINT NOT NULL,
          started_at BIGINT NOT NULL,
          ended_at BIGINT NOT NULL,
          outcome TEXT NOT NULL,
          code TEXT,
          message TEXT,
          script_version TEXT,
          PRIMARY KEY (run_id, attempt))
        """,
        // What jobs keep between runs. `scope`: 'job:' and its name, or 'shared:' and a name.
        """
        CREATE TABLE job_state(
          scope TEXT NOT NULL,
          key TEXT NOT NULL,
          value TEXT NOT NULL,
          expires_at BIGINT,
          updated_at BIGINT NOT NULL,
          PRIMARY KEY (scope, key))
        """,
        "CREATE INDEX job_state_expiry ON job_state(expires_at) WHERE expires_at IS NOT NULL",
        // What jobs emitted: each becomes one file of the spool's out/. `key`: once per job and key.
        """
        CREATE TABLE emissions(
          id TEXT PRIMARY KEY,
          sequence BIGINT NOT NULL,
          job TEXT NOT NULL,
          run_id TEXT NOT NULL,
          type TEXT NOT NULL,
          key TEXT,
          payload TEXT NOT NULL,
          created_at BIGINT NOT NULL,
          written_at BIGINT)
        """,
        "CREATE UNIQUE INDEX emissions_key ON emissions(job, key) WHERE key IS NOT NULL",
        "CREATE INDEX emissions_unwritten ON emissions(sequence) WHERE written_at IS NULL",
        "CREATE INDEX emissions_written ON emissions(written_at) WHERE written_at IS NOT NULL",
        // Schedules that were seen, by job or rule: `slot_at` is the last slot that was decided about. Another expression
        // starts anew.
        """
        CREATE TABLE schedules(
          name TEXT PRIMARY KEY,
          expression TEXT NOT NULL,
          slot_at BIGINT NOT NULL,
          updated_at BIGINT NOT NULL)
        """,
        // What a grant rule has granted, or will when the customer is provisioned: once per rule, customer and key.
        // States: waiting → made; kept: a live grant stayed; failed.
        """
        CREATE TABLE rule_grants(
          bucket BIGINT NOT NULL,
          customer_id TEXT NOT NULL,
          rule TEXT NOT NULL,
          key TEXT NOT NULL,
          state TEXT NOT NULL,
          kind TEXT NOT NULL,
          fields TEXT NOT NULL,
          existing TEXT NOT NULL,
          run_id TEXT NOT NULL,
          script_version TEXT NOT NULL,
          answer TEXT,
          message TEXT,
          created_at BIGINT NOT NULL,
          made_at BIGINT,
          PRIMARY KEY (bucket, customer_id, rule, key))
        """,
        "CREATE INDEX rule_grants_run ON rule_grants(run_id)",
        "CREATE INDEX rule_grants_waiting ON rule_grants(customer_id) WHERE state = 'waiting'",
        // How far the outbox has been matched with what it triggers, and when somebody last looked at the schedules. What
        // happened before this schema triggers nothing.
        """
        CREATE TABLE trigger_progress(
          singleton BIGINT PRIMARY KEY CHECK (singleton = 1),
          outbox_sequence BIGINT NOT NULL,
          cut_off BIGINT NOT NULL DEFAULT 0,
          last_at BIGINT NOT NULL DEFAULT 0,
          accepted_at BIGINT NOT NULL DEFAULT 0,
          doubt TEXT)
        """,
        "INSERT INTO trigger_progress(singleton, outbox_sequence) SELECT 1, COALESCE(MAX(sequence), 0) FROM outbox",
        "CREATE INDEX webhooks_waiting ON webhooks(received_at) WHERE state = 'waiting'",
    ]
}
