public import TidemillCore

/// Takes over subscriptions that you already have: nothing is decided about them, they are as they come.
public enum ImportSubscriptions: ClientOperation {
    public struct Input: Shaped {
        public var subscriptions: [ImportedSubscription]
        public var integrationID: String?

        public static let shape = Shape(
            required(
                "subscriptions", \.subscriptions, .list(of: .object("subscription"), "subscriptions", 1...1000),
                "The subscriptions."),
            optional("integrationId", \.integrationID, .text(max: 255), "The system they come from."),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var taskID: String

        public init(
            taskID: String
        ) {
            self.taskID = taskID
        }

        public static let shape = Shape(
            required("taskId", \.taskID, .text(1...255), "The import, which is done when this answers."),
            make: Self.init)
    }

    public static let row = OperationRow(
        .importSubscriptions, of: Self.self,
        summary:
            "Creates up to 1000 subscriptions at once; those that the customer has by their id already stay as they are.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/subscriptions/import"), isLong: true,
        errors: SubscriptionErrors.buying + [.duplicatedEntity, .tooManySubscriptionsPerCustomer],
        example: OperationRow.Example(
            [
                "subscriptions": [
                    [
                        "id": "subscription-acme", "customerId": "customer-acme", "planId": "plan-pro",
                        "billingPeriod": "MONTHLY",
                    ]
                ]
            ],
            after: SubscriptionExample.catalog))
}

/// One subscription of an import.
public struct ImportedSubscription: Shaped {
    public var id: String
    public var customerID: CustomerID
    public var planID: String
    public var resourceID: String?
    public var billingPeriod: BillingPeriod?
    public var startDate: Timestamp?
    public var endDate: Timestamp?
    public var addons: [AddonQuantity]?
    public var charges: [ChargeQuantity]?
    public var billingID: String?
    public var metadata: TextMap<String>?

    public static let shape = Shape(
        required("id", \.id, .newID("a subscription id", such: "subscription-acme"), "The id you know it by."),
        required("customerId", \.customerID, .customerID, "Whose it is."),
        required("planId", \.planID, .planID, "The plan."),
        optional("resourceId", \.resourceID, .resourceID, "The resource it is for."),
        optional("billingPeriod", \.billingPeriod, .choice, "How often it renews."),
        optional("startDate", \.startDate, .timestamp, "When it began; now when left out."),
        optional("endDate", \.endDate, .timestamp, "When it ends for good."),
        optional("addons", \.addons, .list(of: .object("add-on"), "add-ons", 0...100), "The add-ons."),
        optional(
            "charges", \.charges, .list(of: .object("charge"), "charges", 0...200),
            "How much of each per-unit charge is bought."),
        optional("billingId", \.billingID, .text(max: 255), "Its id at the billing provider."),
        optional("metadata", \.metadata, .metadata, "Your own notes."),
        make: Self.init)
}
