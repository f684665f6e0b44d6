public import TidemillCore

/// Lists subscriptions, page by page.
public enum ListSubscriptions: ClientOperation {
    public struct Input: Paged {
        public var customerID: CustomerID?
        public var resourceID: String?
        public var productID: String?
        public var planID: String?
        public var status: [SubscriptionStatus]?
        public var pricingType: [PricingType]?
        public var createdAt: TimeRange?
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static let shape = Shape(
            optional("customerId", \.customerID, .customerID, "Only this customer's."),
            optional("resourceId", \.resourceID, .resourceID, "Only those for this resource."),
            optional("productId", \.productID, .productID, "Only those of this product."),
            optional("planId", \.planID, .planID, "Only those of this plan."),
            optional("status", \.status, .oneOrMore(of: .choice), "Only those that stand there."),
            optional("pricingType", \.pricingType, .oneOrMore(of: .choice), "Only free, paid or custom ones."),
            optional("createdAt", \.createdAt, .object("time range"), "Only those made in this range."),
            limitField(\.limit), afterField(\.after), beforeField(\.before),
            make: Self.init, check: checkPaging)
    }

    public typealias Output = Page<Subscription>

    public static let row = OperationRow(
        .listSubscriptions, of: Self.self,
        summary: "Subscriptions, oldest first, those that are over included.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/subscriptions"),
        errors: [],
        example: OperationRow.Example(
            ["customerId": "customer-acme", "status": ["ACTIVE", "IN_TRIAL"]], after: SubscriptionExample.provisioned))
}
