/// Schema 12: whether the clock is believed is known in one place. Earlier schemas are released and stay as they are.
let trustedClock = Migration(
    number: 12, name: "trusted clock",
    statements: [
        // Whether the machine's clock is believed. `last_at`: the last instant at which something was done by it (a
        // schedule looked at, a recharge decided or settled); 0 after a person said that it is right, and then deliveries
        // up to `accepted_until` are not held against it. `accepted`: how often a person said so. `doubt`: why it is not
        // believed, in the words of the worker that said it first.
        """
        CREATE TABLE clock_trust(
          singleton BIGINT PRIMARY KEY CHECK (singleton = 1),
          last_at BIGINT NOT NULL,
          accepted_until BIGINT NOT NULL,
          accepted BIGINT NOT NULL DEFAULT 0,
          doubt TEXT)
        """,
        """
        INSERT INTO clock_trust(singleton, last_at, accepted_until, doubt)
        SELECT 1, CASE WHEN t.last_at > g.accepted_until AND t.last_at > g.last_at THEN t.last_at ELSE g.last_at END,
          g.accepted_until, g.doubt
          FROM recharge_guard AS g, trigger_progress AS t
        """,
        "ALTER TABLE recharge_guard DROP COLUMN last_at",
        "ALTER TABLE recharge_guard DROP COLUMN accepted_until",
        "ALTER TABLE recharge_guard DROP COLUMN doubt",
        "ALTER TABLE trigger_progress DROP COLUMN accepted_at",
        "ALTER TABLE trigger_progress DROP COLUMN doubt",
    ])
