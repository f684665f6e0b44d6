/// Drops the changes of a subscription that wait for their time.
public enum CancelSubscriptionUpdates: ClientOperation {
    public typealias Input = SubscriptionReference
    public typealias Output = SubscriptionReference

    public static let row = OperationRow(
        .cancelSubscriptionUpdates, of: Self.self,
        summary: "Drops the changes of a subscription that wait for their time.",
        effect: .write, subject: .subscription("id"),
        route: .delete("/api/v1/subscriptions/{id}/future-update/schedule"),
        errors: [.subscriptionNotFound, .futureUpdateNotFound, .idempotencyConflict],
        example: OperationRow.Example(["id": "subscription-acme"], after: SubscriptionExample.scheduled))
}
