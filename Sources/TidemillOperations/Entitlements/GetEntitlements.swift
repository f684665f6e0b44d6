public import TidemillCore

/// All that a customer, or one of its resources, may use.
public enum GetEntitlements: ClientOperation {
    /// Of an answer: more than any plan, its add-ons and promotions give.
    static let entriesMax = 10_000

    public struct Input: Shaped {
        public var customerID: CustomerID
        public var resourceID: String?

        public init(customerID: CustomerID, resourceID: String? = nil) {
            self.customerID = customerID
            self.resourceID = resourceID
        }

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "The customer.", aliases: ["id"]),
            optional(
                "resourceId", \.resourceID, .resourceID, "One of its resources; the customer itself when left out."),
            make: Self.init)
    }

    public struct Output: Shaped {
        /// CustomerNotFound, CustomerIsArchived or NoActiveSubscription; a list may come with the last.
        public var accessDeniedReason: DeniedReason?
        public var entitlements: [EntitlementAccess]

        public init(accessDeniedReason: DeniedReason?, entitlements: [EntitlementAccess]) {
            self.accessDeniedReason = accessDeniedReason
            self.entitlements = entitlements
        }

        public static let shape = Shape(
            optional("accessDeniedReason", \.accessDeniedReason, .choice, "Why there is nothing, or no subscription."),
            required(
                "entitlements", \.entitlements, .list(of: .object("entitlement"), "entitlements", 0...entriesMax),
                "Features by id, then credit currencies by id."),
            make: Self.init)
    }

    public static let row = OperationRow(
        .getEntitlements, of: Self.self,
        summary: "Every feature and credit currency that a customer has access to, with limits and usage.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/customers/{customerId}/entitlements"),
        errors: [],
        example: OperationRow.Example(
            ["customerId": "customer-acme"], after: RevokePromotionalEntitlements.row.example.after))
}
