public import TidemillCore
import TidemillOperations

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
