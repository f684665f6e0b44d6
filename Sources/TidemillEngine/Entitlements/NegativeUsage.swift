public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Usage that stands below zero: more was taken back than was ever reported. It is kept and shown as it is; checks and
/// prices take it for nothing, and `status` names it for a day.
public struct NegativeUsage: Sendable, Hashable {
    public let customerID: CustomerID
    public let featureID: FeatureID
    public let resourceID: String?
    public let usage: Amount

    private static let shownSeconds: Int64 = 86_400

    /// Notes usage of which more was taken back than there was, and nothing else.
    static func note(
        _ counter: UsageCounter, _ usage: Amount?, at now: Timestamp, on connection: any SQLConnection
    ) throws {
        guard let usage, usage < .zero else { return }
        try NegativeUsage(
            customerID: counter.customerID, featureID: counter.featureID, resourceID: counter.resourceID, usage: usage
        ).note(at: now, on: connection)
    }

    private func note(at now: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM negative_usage WHERE at < $1", [.instant(now.advanced(bySeconds: -Self.shownSeconds))])
        try connection.execute(
            """
            INSERT INTO negative_usage(bucket, customer_id, feature_id, resource_id, usage_units, usage_nanos, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (bucket, customer_id, feature_id, resource_id) DO UPDATE SET
              usage_units = excluded.usage_units, usage_nanos = excluded.usage_nanos, at = excluded.at
            """,
            [
                .integer(Bucket(customerID).number), .text(customerID.text), .text(featureID.text),
                .text(resourceID ?? ""), .integer(usage.units), .integer(usage.fraction), .instant(now),
            ])
    }

    /// How many there were within a day, and the newest of them.
    public static func recent(
        now: Timestamp, on connection: any SQLConnection
    ) throws -> (count: Int64, newest: NegativeUsage)? {
        let since: [SQLValue] = [.instant(now.advanced(bySeconds: -shownSeconds))]
        let newest = try connection.first(
            """
            SELECT customer_id, feature_id, resource_id, usage_units, usage_nanos FROM negative_usage WHERE at >= $1
             ORDER BY at DESC, customer_id, feature_id, resource_id LIMIT 1
            """, since
        ) { row in
            NegativeUsage(
                customerID: CustomerID(row.text(0)), featureID: FeatureID(row.text(1)),
                resourceID: row.text(2).isEmpty ? nil : row.text(2), usage: row.amount(3))
        }
        guard let newest else { return nil }
        let count = try connection.first("SELECT COUNT(*) FROM negative_usage WHERE at >= $1", since) { $0.integer(0) }
        return (count ?? 1, newest)
    }
}
