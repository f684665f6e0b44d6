public import TidemillCore
public import TidemillStore

/// Subscriptions that stay in an older version of what they have, though a newer one was published for all: it is not sold
/// in their currency, country or billing period, or does not go with the rest of them.
public struct OutdatedSubscriptions: Sendable, Hashable {
    /// Of more it is only known that there are more.
    public static let countMax: Int64 = 1_000

    public let count: Int64
    /// One of them.
    public let customerID: CustomerID
    public let subscriptionID: String
    public let packageID: String
    /// The version that it has, and the newest one that it should.
    public let version: Int64
    public let published: Int64

    /// Nil where none is. Whoever was not looked at since the publication is not among them.
    public static func find(now: Timestamp, on connection: any SQLConnection) throws -> OutdatedSubscriptions? {
        let behind = """
            FROM package_migrations m
            JOIN subscription_packages p ON p.kind IN (m.kind, CASE WHEN m.kind = 'plan' THEN $2 ELSE m.kind END)
             AND p.package_id = m.package_id AND p.version < m.version
            WHERE m.at <= $1 AND NOT EXISTS (
              SELECT 1 FROM due d WHERE d.bucket = p.bucket AND d.customer_id = p.customer_id AND d.kind = 'subscription'
               AND d.at <= $1)
            """
        let arguments: [SQLValue] = [.integer(now.microseconds), .text(SubscriptionTable.parentKind)]
        let first = try connection.first(
            """
            SELECT p.customer_id, p.subscription_id, p.package_id, p.version,
              (SELECT MAX(n.version) FROM package_migrations n WHERE n.kind = m.kind AND n.package_id = m.package_id)
            \(behind) LIMIT 1
            """, arguments
        ) {
            OutdatedSubscriptions(
                count: 1, customerID: CustomerID($0.text(0)), subscriptionID: $0.text(1), packageID: $0.text(2),
                version: $0.integer(3), published: $0.integer(4))
        }
        guard let first else { return nil }
        let count: Int64? = try connection.value(
            """
            SELECT COUNT(*) FROM (
              SELECT DISTINCT p.bucket, p.customer_id, p.subscription_id \(behind) LIMIT \(countMax)) behind
            """, arguments)
        return OutdatedSubscriptions(
            count: count ?? 1, customerID: first.customerID, subscriptionID: first.subscriptionID,
            packageID: first.packageID, version: first.version, published: first.published)
    }
}
