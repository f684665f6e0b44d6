public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Usage that counts and cost no credits because its cost formula has no value: by feature and day, for `status`. Why,
/// event by event, is stored with the events.
public struct UnratedUsage: Sendable {
    public var featureID: FeatureID
    public var events: Int64
    /// What was wrong last.
    public var problem: String

    /// Days that are kept.
    private static let daysMax: Int64 = 35

    private static func day(of instant: Timestamp) -> Int64 { instant.hour.flooredDivision(by: 24) }

    static func note(
        _ feature: FeatureID, _ problem: String, events: Int64, at now: Timestamp, on connection: any SQLConnection
    ) throws {
        try connection.execute("DELETE FROM unrated_usage WHERE day < $1", [.integer(day(of: now) - daysMax)])
        try connection.execute(
            """
            INSERT INTO unrated_usage(day, feature_id, events, problem, latest_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (day, feature_id) DO UPDATE SET events = unrated_usage.events + excluded.events,
              problem = excluded.problem, latest_at = excluded.latest_at
            """,
            [
                .integer(day(of: now)), .text(feature.text), .integer(events), .text(problem),
                .integer(now.microseconds),
            ])
    }

    /// Of today and yesterday by UTC, by feature; those of which there was none within 24 hours are left out.
    public static func recent(now: Timestamp, on connection: any SQLConnection) throws -> [UnratedUsage] {
        try connection.rows(
            """
            SELECT feature_id, SUM(events), MAX(latest_at), (
              SELECT problem FROM unrated_usage l WHERE l.feature_id = u.feature_id ORDER BY day DESC LIMIT 1)
              FROM unrated_usage u WHERE day >= $1 GROUP BY feature_id HAVING MAX(latest_at) >= $2 ORDER BY feature_id
            """, [.integer(day(of: now) - 1), .integer(now.advanced(bySeconds: -86_400).microseconds)]
        ) { UnratedUsage(featureID: FeatureID($0.text(0)), events: $0.integer(1), problem: $0.text(3)) }
    }
}
