public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Usage that stands below zero: more was taken back than was ever reported. It is kept and shown as it is; checks and
/// prices take it for nothing, and `status` names it for a day.
public struct NegativeUsage: Sendable, Hashable {
    public let counter: UsageCounter
    public let usage: Amount
    let at: Timestamp

    private static let shownSeconds: Int64 = 86_400

    private static let columns = Columns<NegativeUsage>(
        "negative_usage", .key("counter", \.counter), Column("usage", \.usage), Column("at", \.at),
        make: NegativeUsage.init)

    /// Notes usage of which more was taken back than there was, and nothing else.
    static func note(
        _ counter: UsageCounter, _ usage: Amount?, at now: Timestamp, on connection: any SQLConnection
    ) throws {
        guard let usage, usage < .zero else { return }
        try connection.execute(
            "DELETE FROM negative_usage WHERE at < $1", [.instant(now.advanced(bySeconds: -shownSeconds))])
        try connection.upsert(NegativeUsage(counter: counter, usage: usage, at: now), into: columns)
    }

    /// How many there were within a day, and the newest of them.
    public static func recent(
        now: Timestamp, on connection: any SQLConnection
    ) throws -> (count: Int64, newest: NegativeUsage)? {
        let since: [SQLValue] = [.instant(now.advanced(bySeconds: -shownSeconds))]
        let newest = try connection.first(
            columns, "WHERE at >= $1 ORDER BY at DESC, customer_id, feature_id, resource_id LIMIT 1", since)
        guard let newest else { return nil }
        return (try connection.value("SELECT COUNT(*) FROM negative_usage WHERE at >= $1", since) ?? 1, newest)
    }
}
