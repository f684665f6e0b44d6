public import TidemillCore

/// Ends a subscription now, at the end of its period, or on a day (stigg.md B.10).
public enum CancelSubscription: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var cancellationTime: ProductSettings.CancellationTime?
        public var endDate: Timestamp?
        public var cancellationAction: CancellationAction
        public var prorate: Bool?

        public static let shape = Shape(
            required("id", \.id, .text(1...255), "The subscription.", aliases: ["subscriptionId"]),
            optional("cancellationTime", \.cancellationTime, .choice, "When; by the product's setting when left out."),
            optional("endDate", \.endDate, .timestamp, "The day, with SPECIFIC_DATE."),
            defaulted(
                "cancellationAction", \.cancellationAction, .choice, to: .asConfigured,
                "Whether what the product says follows, or nothing."),
            optional(
                "prorate", \.prorate, .boolean,
                "Whether unused time is credited; as `prorationBehavior` says when left out."),
            make: Self.init)
    }

    public typealias Output = Subscription

    public static let row = OperationRow(
        .cancelSubscription, of: Self.self,
        summary: "Ends a subscription now, at the end of its billing period, or on a day.",
        effect: .write, subject: .subscription("id"),
        route: .post("/api/v1/subscriptions/{id}/cancel"),
        errors: [
            .subscriptionNotFound, .subscriptionAlreadyCanceledOrExpired, .trialMustBeCancelledImmediately,
            .invalidCancellationDate, .idempotencyConflict,
        ],
        example: OperationRow.Example(
            ["id": "subscription-acme", "cancellationTime": "END_OF_BILLING_PERIOD"],
            after: SubscriptionExample.provisioned))
}
