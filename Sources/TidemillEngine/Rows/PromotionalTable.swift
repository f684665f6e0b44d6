import TidemillCore
import TidemillOperations
import TidemillStore

/// The promotional entitlements of customers: at most one live one a feature.
struct PromotionalTable {
    let connection: any SQLConnection

    /// `nextAt`: when it changes by time alone.
    private struct Row: Sendable {
        let customer: CustomerID
        let entitlement: PromotionalEntitlement
        let nextAt: Timestamp?
        let isListed: Bool
    }

    private static let columns = Columns<Row>(
        "promotional_entitlements", .customer(\.customer),
        Column<Row, PromotionalEntitlement>.own("body", { .text(StoredBody.encode($0.entitlement)) }) {
            try StoredBody.decode(PromotionalEntitlement.self, $0.text($1))
        },
        Column("next_at", \.nextAt), Column("is_listed", \.isListed),
        derived: [
            .key("id", \.entitlement.id), .once("feature_id", \.entitlement.featureID),
            .init("status", \.entitlement.status.rawValue), .init("start_at", \.entitlement.startDate),
            .init("end_at", \.entitlement.endDate), .once("created_at", \.entitlement.createdAt),
        ], make: Row.init)

    /// Those in force, by feature. The stored status is that of the present: what was due is made up for before.
    func live(of customer: CustomerID, feature: FeatureID? = nil) throws -> [PromotionalEntitlement] {
        try connection.rows(
            Self.columns,
            """
            WHERE bucket = $1 AND customer_id = $2 AND status = 'Active'\(feature == nil ? "" : " AND feature_id = $3")
             ORDER BY feature_id
            """, customer.key + [.text(feature?.text)]
        ).map(\.entitlement)
    }

    /// Those that are due at `instant`, the oldest first.
    func due(of customer: CustomerID, at instant: Timestamp) throws -> [PromotionalEntitlement] {
        try connection.rows(
            Self.columns,
            "WHERE bucket = $1 AND customer_id = $2 AND status = 'Active' AND next_at <= $3 ORDER BY created_at, id",
            customer.key + [.integer(instant.microseconds)]
        ).map(\.entitlement)
    }

    func nextDue(of customer: CustomerID) throws -> Timestamp? {
        try connection.value(
            """
            SELECT MIN(next_at) FROM promotional_entitlements
             WHERE bucket = $1 AND customer_id = $2 AND status = 'Active'
            """, customer.key)
    }

    /// Writes the row, new or not.
    func save(
        _ entitlement: PromotionalEntitlement, of customer: CustomerID, nextAt: Timestamp?, isListed: Bool = true
    ) throws {
        let row = Row(customer: customer, entitlement: entitlement, nextAt: nextAt, isListed: isListed)
        try connection.upsert(row, into: Self.columns)
    }

    /// The environment that the store is stamped with.
    func environment() throws -> String {
        try connection.value("SELECT environment FROM store_identity") ?? ""
    }
}

extension CallScope {
    var promotional: PromotionalTable { PromotionalTable(connection: connection) }
}
