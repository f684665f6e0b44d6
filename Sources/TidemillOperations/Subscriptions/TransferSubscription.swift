/// Moves a subscription to another resource of the same customer.
public enum TransferSubscription: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var destinationResourceID: String

        public static let shape = Shape(
            required("id", \.id, .text(1...255), "The subscription.", aliases: ["subscriptionId"]),
            required(
                "destinationResourceId", \.destinationResourceID, .resourceID, "The resource it is for from now on."),
            make: Self.init)
    }

    public typealias Output = Subscription

    public static let row = OperationRow(
        .transferSubscription, of: Self.self,
        summary: "Moves a subscription to another resource of the same customer.",
        effect: .write, subject: .subscription("id"),
        route: .post("/api/v1/subscriptions/{id}/transfer"),
        errors: [
            .subscriptionNotFound, .subscriptionAlreadyCanceledOrExpired, .duplicatedEntity, .idempotencyConflict,
        ],
        example: OperationRow.Example(
            ["id": "subscription-acme", "destinationResourceId": "site-2"], after: SubscriptionExample.provisioned))
}
