import TidemillStore

extension DedupIndex {
    /// Makes the filters of runs that an older Tidemill wrote, for about `entriesMax` entries. Returns whether there were
    /// such runs.
    func addFilters(entriesMax: Int, on connection: any SQLConnection) throws -> Bool {
        guard let run = runs.first(where: { !$0.hasFilters }) else { return false }
        var made = 0
        for bucket in 0..<256 {
            guard made < entriesMax else { return true }
            made += try run.loadFilter(of: bucket, on: connection)
        }
        try connection.execute("UPDATE dedup_runs SET has_filters = 1 WHERE id = $1", [.integer(run.id)])
        run.hasFilters = true
        return true
    }

    /// Deletes runs whose last entry left the window; `sweep` deletes their pages.
    func dropExpired(now: Int64, on connection: any SQLConnection) throws {
        let dropped = try connection.execute(
            "DELETE FROM dedup_runs WHERE last_received_at < $1", [.integer(now - (windowHours + 1) * 3_600_000_000)])
        if dropped > 0 { try refresh(on: connection) }
    }

    /// Deletes pages and filters that belong to no run, about `rowsMax` at a time: of runs that expired, or that an older
    /// Tidemill merged. Goes on behind the row `cursor` (−1 at first); returns where it came to, nil at the end.
    func sweep(after cursor: Int64, rowsMax: Int, on connection: any SQLConnection) throws -> Int64? {
        let known = Set(runs.map(\.id))
        var cursor = cursor
        var left = rowsMax
        // One index seek per run present in a bucket.
        while left > 0 {
            let next = try connection.first(
                """
                SELECT MIN(id) FROM (
                  SELECT id FROM (SELECT id FROM dedup_pages WHERE id > $1 ORDER BY id LIMIT 1) AS page
                  UNION ALL
                  SELECT id FROM (SELECT id FROM dedup_filters WHERE id > $1 ORDER BY id LIMIT 1) AS filter) AS next
                """, [.integer(cursor)], { $0.optionalInteger(0) })
            guard let id = next ?? nil else { return nil }
            let last = id | 0xff_ffff
            left -= 1
            if !known.contains(id >> 24 & 0xff_ffff) {
                left -= try DedupRun.delete(id...last, rowsMax: left, on: connection)
                // There may be more of it.
                guard left > 0 else { return cursor }
            }
            cursor = last
        }
        return cursor
    }
}
