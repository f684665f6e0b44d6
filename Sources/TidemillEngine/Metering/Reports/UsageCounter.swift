public import TidemillCore
import TidemillOperations
public import TidemillStore

/// What calculated usage is kept for: a feature of a customer, or of one of its resources.
public struct UsageCounter: Sendable, Hashable {
    public var customerID: CustomerID
    public var featureID: FeatureID
    @ComparedByBytes public var resourceID: String?

    public init(customerID: CustomerID, featureID: FeatureID, resourceID: String? = nil) {
        self.customerID = customerID
        self.featureID = featureID
        self.resourceID = resourceID
    }
}

extension UsageCounter: ColumnValue {
    /// The first columns of every table of counters.
    public static func columns(_ name: String) -> [String] { ["bucket", "customer_id", "feature_id", "resource_id"] }

    public init(_ row: any SQLRow, at column: Int) {
        let resource = row.text(column + 3)
        self.init(
            customerID: CustomerID(row.text(column + 1)), featureID: FeatureID(row.text(column + 2)),
            resourceID: resource.isEmpty ? nil : resource)
    }

    public func bind(to values: inout [SQLValue]) { values += key }

    /// Their values: without a resource it is ''.
    var key: [SQLValue] { customerID.key + [.text(featureID.text), .text(resourceID ?? "")] }
}

/// A usage report as it is kept. Reports take effect in the order (at, arrival).
struct StoredReport {
    let id: String
    let at: Timestamp
    let behavior: UpdateBehavior
    let value: Amount
    let idempotencyKey: String?
    let dimensions: TextMap<Payload>?
    let createdAt: Timestamp
}
