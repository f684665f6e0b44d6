public import TidemillCore

/// Takes a promotional entitlement back before it ends.
public enum RevokePromotionalEntitlements {
    public struct Input: Shaped {
        public var customerID: CustomerID
        public var featureID: FeatureID

        public init(customerID: CustomerID, featureID: FeatureID) {
            self.customerID = customerID
            self.featureID = featureID
        }

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "The customer.", aliases: ["id"]),
            required("featureId", \.featureID, .featureID, "The feature that was granted."),
            make: Self.init)
    }

    public typealias Output = PromotionalEntitlement
}
