public import TidemillCore

/// Lists what a customer was granted beside its subscriptions.
public enum ListPromotionalEntitlements: ClientOperation {
    public struct Input: Paged {
        public var customerID: CustomerID
        public var status: [PromotionalStatus]?
        public var createdAt: TimeRange?
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "The customer.", aliases: ["id"]),
            optional("status", \.status, .oneOrMore(of: .choice), "Only those of this status."),
            optional("createdAt", \.createdAt, .object("range of times"), "Only those created then."),
            limitField(\.limit), afterField(\.after), beforeField(\.before),
            make: Self.init, check: checkPaging)
    }

    public typealias Output = Page<PromotionalEntitlement>

    public static let row = OperationRow(
        .listPromotionalEntitlements, of: Self.self,
        summary: "The promotional entitlements of a customer, live and expired, oldest first.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/customers/{customerId}/promotional-entitlements"),
        errors: [.customerNotFound],
        example: OperationRow.Example(
            ["customerId": "customer-acme", "status": "Active"],
            after: RevokePromotionalEntitlements.row.example.after))
}
