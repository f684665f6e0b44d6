/// Counters of the store. Those of `next` never go back; `Kept` are numbers that are kept because nobody could count what
/// they tell.
public enum Sequences {
    public enum Kept: String, Sendable {
        /// Events in `raw_blocks`, in stores that had it from their first block on.
        case eventsStored = "events_stored"
        /// When totals were verified last, in microseconds, and how many differed.
        case verifiedAt = "verified_at"
        case verifyDifferences = "verify_differences"
        /// How many had usage of a priced feature that no subscription bills, when totals were verified last.
        case usageUnsubscribed = "usage_unsubscribed"
        /// When the last backup was made.
        case backedUpAt = "backed_up_at"
    }

    public static func set(_ kept: Kept, to value: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "INSERT INTO sequences(name, value) VALUES ($1, $2) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            [.text(kept.rawValue), .integer(value)])
    }

    /// Changes one that is kept; one that is not stays so.
    public static func add(_ amount: Int64, to kept: Kept, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE sequences SET value = value + $2 WHERE name = $1", [.text(kept.rawValue), .integer(amount)])
    }

    /// Nil where it is not kept.
    public static func find(_ kept: Kept, on connection: any SQLConnection) throws -> Int64? {
        try connection.value("SELECT value FROM sequences WHERE name = $1", [.text(kept.rawValue)])
    }

    public static func next(_ name: String, on connection: any SQLConnection) throws -> Int64 {
        try connection.execute(
            "INSERT INTO sequences(name, value) VALUES ($1, 1) ON CONFLICT(name) DO UPDATE SET value = sequences.value + 1",
            [.text(name)])
        return try connection.value("SELECT value FROM sequences WHERE name = $1", [.text(name)]) ?? 1
    }

    public static func current(_ name: String, on connection: any SQLConnection) throws -> Int64 {
        try connection.value("SELECT value FROM sequences WHERE name = $1", [.text(name)]) ?? 0
    }
}
