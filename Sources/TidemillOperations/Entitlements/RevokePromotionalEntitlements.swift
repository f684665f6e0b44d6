public import TidemillCore

/// Takes a promotional entitlement back before it ends.
public enum RevokePromotionalEntitlements: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID
        public var featureID: FeatureID

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "The customer."),
            required("featureId", \.featureID, .featureID, "The feature that was granted."),
            make: Self.init)
    }

    public typealias Output = PromotionalEntitlement

    public static let row = OperationRow(
        .revokePromotionalEntitlements, of: Self.self,
        summary: "Takes the live promotional entitlement to a feature back; answers what it was, ended now.",
        effect: .write, subject: .customer("customerId"),
        route: .delete("/api/v1/customers/{customerId}/promotional-entitlements/{featureId}"),
        errors: [.customerNotFound, .promotionalEntitlementNotFound],
        example: OperationRow.Example(
            ["customerId": "customer-acme", "featureId": "feature-storage"],
            after: GrantPromotionalEntitlements.feature + [
                (.grantPromotionalEntitlements, GrantPromotionalEntitlements.row.example.input)
            ]))
}
