extension Schema {
    /// Dedup runs that are merged piece by piece, by whoever commits, and whose filters lie beside their pages.
    static let dedupRuns = [
        // 16 bits an identity in the order of the run, a row for 64 pages under the id of the first. The run's first form
        // of a filter, by other bits, goes; pieces that are missing are made from the pages.
        "CREATE TABLE dedup_filters(id BIGINT PRIMARY KEY, filter BLOB NOT NULL)",
        "ALTER TABLE dedup_runs DROP COLUMN filter",
        // Whether all pieces are there: not for runs of earlier schemas.
        "ALTER TABLE dedup_runs ADD COLUMN has_filters BIGINT NOT NULL DEFAULT 0",
        // The run that this one is merged into, 0: none; and of that one the id of the first page that is not there yet,
        // NULL once it is whole. What comes before it is no more in the runs that are merged.
        "ALTER TABLE dedup_runs ADD COLUMN into_run BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE dedup_runs ADD COLUMN place BIGINT",
        // Of a run that is being made of the tail: the last of the tail's rows that it takes. It answers for nothing before
        // it is whole, the rows are there until then.
        "ALTER TABLE dedup_runs ADD COLUMN tail BIGINT NOT NULL DEFAULT 0",
        // Entries that the level of the merged runs could still take up when the merge began: what paces it.
        "ALTER TABLE dedup_runs ADD COLUMN room BIGINT NOT NULL DEFAULT 0",
    ]
}
