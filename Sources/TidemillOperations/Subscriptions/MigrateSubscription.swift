/// Moves a subscription to the newest version of its plan and add-ons.
public enum MigrateSubscription: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var subscriptionMigrationTime: MigrationTime

        public static let shape = Shape(
            required("id", \.id, .text(1...255), "The subscription.", aliases: ["subscriptionId"]),
            defaulted(
                "subscriptionMigrationTime", \.subscriptionMigrationTime, .choice, to: .immediate,
                "When; at once when left out."),
            make: Self.init)
    }

    public typealias Output = Subscription

    public static let row = OperationRow(
        .migrateSubscription, of: Self.self,
        summary: "Moves a subscription to the newest published version of its plan and add-ons.",
        effect: .write, subject: .subscription("id"),
        route: .post("/api/v1/subscriptions/{id}/migrate"),
        errors: [
            .subscriptionNotFound, .subscriptionAlreadyCanceledOrExpired, .subscriptionAlreadyOnLatestPlan,
            .idempotencyConflict,
        ],
        example: OperationRow.Example(
            ["id": "subscription-acme", "subscriptionMigrationTime": "IMMEDIATE"], after: SubscriptionExample.outdated))
}
