public import TidemillCore

/// Hands a subscription to another customer, while who paid goes on paying.
public enum DelegateSubscription: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var targetCustomerID: CustomerID

        public static let shape = Shape(
            required("id", \.id, .text(1...255), "The subscription.", aliases: ["subscriptionId"]),
            required("targetCustomerId", \.targetCustomerID, .customerID, "Whose it is from now on."),
            make: Self.init)
    }

    public typealias Output = Subscription

    public static let row = OperationRow(
        .delegateSubscription, of: Self.self,
        summary: "Hands a subscription to another customer; who paid for it goes on paying.",
        effect: .write, subject: .subscription("id"),
        route: .post("/api/v1/subscriptions/{id}/delegate"),
        errors: [
            .subscriptionNotFound, .subscriptionAlreadyCanceledOrExpired, .customerNotFound, .entityIsArchived,
            .tooManySubscriptionsPerCustomer, .invalidArgument, .idempotencyConflict,
        ],
        example: OperationRow.Example(
            ["id": "subscription-acme", "targetCustomerId": "customer-globex"],
            after: SubscriptionExample.provisioned
                + [(.provisionCustomer, ["id": "customer-globex"])]))
}
