import TidemillCore
import TidemillOperations
import TidemillStore

/// The promotional entitlements of customers: at most one live one a feature.
struct PromotionalTable {
    let connection: any SQLConnection

    private func key(_ customer: CustomerID) -> [SQLValue] {
        [.integer(Bucket(customer).number), .text(customer.text)]
    }

    /// Those in force, by feature. The stored status is that of the present: what was due is made up for before.
    func live(of customer: CustomerID, feature: FeatureID? = nil) throws -> [PromotionalEntitlement] {
        try connection.rows(
            """
            SELECT body FROM promotional_entitlements
             WHERE bucket = $1 AND customer_id = $2 AND status = 'Active'\(feature == nil ? "" : " AND feature_id = $3")
             ORDER BY feature_id
            """, key(customer) + [.text(feature?.text)]
        ) { try StoredBody.decode(PromotionalEntitlement.self, $0.text(0)) }
    }

    /// Those that are due at `instant`, the oldest first.
    func due(of customer: CustomerID, at instant: Timestamp) throws -> [PromotionalEntitlement] {
        try connection.rows(
            """
            SELECT body FROM promotional_entitlements
             WHERE bucket = $1 AND customer_id = $2 AND status = 'Active' AND next_at <= $3 ORDER BY created_at, id
            """, key(customer) + [.integer(instant.microseconds)]
        ) { try StoredBody.decode(PromotionalEntitlement.self, $0.text(0)) }
    }

    func nextDue(of customer: CustomerID) throws -> Timestamp? {
        try connection.first(
            """
            SELECT MIN(next_at) FROM promotional_entitlements
             WHERE bucket = $1 AND customer_id = $2 AND status = 'Active'
            """, key(customer)
        ) { $0.optionalInteger(0).map { Timestamp(microseconds: $0) } } ?? nil
    }

    /// Writes the row, new or not. `nextAt` is when it changes by time alone.
    func save(
        _ entitlement: PromotionalEntitlement, of customer: CustomerID, nextAt: Timestamp?, isListed: Bool = true
    ) throws {
        try connection.execute(
            """
            INSERT INTO promotional_entitlements(bucket, customer_id, id, feature_id, status, start_at, end_at, next_at,
              created_at, is_listed, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT (bucket, customer_id, id) DO UPDATE SET
              status = excluded.status, start_at = excluded.start_at, end_at = excluded.end_at,
              next_at = excluded.next_at, is_listed = excluded.is_listed, body = excluded.body
            """,
            key(customer) + [
                .text(entitlement.id), .text(entitlement.featureID.text), .text(entitlement.status.rawValue),
                .integer(entitlement.startDate.microseconds), .integer(entitlement.endDate?.microseconds),
                .integer(nextAt?.microseconds), .integer(entitlement.createdAt.microseconds),
                .integer(isListed ? 1 : 0), .text(StoredBody.encode(entitlement)),
            ])
    }

    /// The environment that the store is stamped with.
    func environment() throws -> String {
        try connection.first("SELECT environment FROM store_identity") { $0.text(0) } ?? ""
    }
}

extension CallScope {
    var promotional: PromotionalTable { PromotionalTable(connection: connection) }
}
