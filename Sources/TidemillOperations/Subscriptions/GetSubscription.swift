/// Looks one subscription up.
public enum GetSubscription: ClientOperation {
    public typealias Input = SubscriptionReference
    public typealias Output = Subscription

    public static let row = OperationRow(
        .getSubscription, of: Self.self,
        summary: "One subscription, over or not.",
        effect: .read, subject: .subscription("id"),
        route: .get("/api/v1/subscriptions/{id}"),
        errors: [.subscriptionNotFound],
        example: OperationRow.Example(["id": "subscription-acme"], after: SubscriptionExample.provisioned))
}
