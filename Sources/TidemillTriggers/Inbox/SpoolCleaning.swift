public import TidemillCore

/// Removes what has been kept long enough. In steps, so that a million files do not hold up anything.
public struct SpoolCleaning: Sendable {
    /// How long a file may lie in `tmp/` before its producer is taken for dead: maildir's 36 hours.
    public static let staleSeconds: Int64 = 36 * 3600

    private let spool: Spool

    public init(_ spool: Spool) {
        self.spool = spool
    }

    /// What one step removed.
    public struct Removed: Sendable, Hashable {
        public var done = 0
        public var stale = 0
        /// The step's bound was met: there is more.
        public var hasMore = false
    }

    /// Removes the days of `done/` that ended more than `keepSeconds` before `now`, and stale files of `tmp/`: at most
    /// `limit` files.
    public func step(now: Timestamp, keepSeconds: Int64, limit: Int = 10_000) throws(SpoolError) -> Removed {
        var removed = Removed()
        let oldest = ResultFiles.dayName(now.advanced(bySeconds: -keepSeconds - 86_400))
        for day in try spool.done.names().sorted() where Self.isDay(day) && day <= oldest {
            let folder = try spool.done.folder(day)
            for name in try folder.names() {
                guard removed.done < limit else {
                    removed.hasMore = true
                    return removed
                }
                if try folder.file(name)?.kind == .folder { continue }  // a person's
                if try folder.remove(name) { removed.done += 1 }
            }
            try spool.done.removeFolder(day)
        }
        for name in try spool.tmp.names() {
            guard removed.stale < limit else {
                removed.hasMore = true
                return removed
            }
            guard let file = try spool.tmp.file(name), file.kind != .folder,
                file.modifiedSeconds < now.advanced(bySeconds: -Self.staleSeconds).microseconds / 1_000_000
            else { continue }
            if try spool.tmp.remove(name) { removed.stale += 1 }
        }
        return removed
    }

    /// `2026-11-22`: anything else in `done/` is a person's.
    private static func isDay(_ name: String) -> Bool {
        Timestamp(rfc3339: name + "T00:00:00Z") != nil
    }
}
