/// Schema 7: which spool a delivery belongs to. Earlier schemas are released and stay as they are.
let spools = Migration(
    number: 7, name: "spools",
    statements: [
        // The spool whose `work/` holds the file; NULL for files that came by a command, and for rows of older programs
        // until the spool that has the file says so.
        "ALTER TABLE deliveries ADD COLUMN spool_id TEXT",
        // What workers have not finished is few, and files of commands are not among it: in place of the index that
        // knew no spools.
        "DROP INDEX deliveries_unfinished",
        """
        CREATE INDEX deliveries_unfinished ON deliveries(spool_id, owner, id)
         WHERE acknowledged = 0 AND inbox <> ''
        """,
        // Where each spool was opened last: for whoever looks for its deliveries, and to tell a copy from its original.
        """
        CREATE TABLE spools(
          id TEXT PRIMARY KEY,
          host TEXT NOT NULL,
          path TEXT NOT NULL,
          device BIGINT NOT NULL,
          inode BIGINT NOT NULL,
          opened_at BIGINT NOT NULL)
        """,
        // Files that were written to after their deliveries had been taken: for `status`.
        """
        CREATE TABLE late_writes(
          delivery TEXT PRIMARY KEY,
          name TEXT NOT NULL,
          bytes BIGINT NOT NULL,
          noticed_at BIGINT NOT NULL)
        """,
        "CREATE INDEX late_writes_newest ON late_writes(noticed_at)",
    ])
