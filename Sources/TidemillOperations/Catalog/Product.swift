public import TidemillCore

/// A product: what plans, add-ons and features belong to.
public struct Product: Shaped, Listed {
    public enum Status: String, WireEnum {
        case published = "PUBLISHED"
        case archived = "ARCHIVED"
    }

    public var id: String
    public var displayName: String
    public var description: String?
    public var metadata: TextMap<String>
    public var multipleSubscriptions: Bool
    public var productSettings: ProductSettings?
    public var status: Status
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: String, displayName: String, description: String?, metadata: TextMap<String>, multipleSubscriptions: Bool,
        productSettings: ProductSettings?, status: Status, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.displayName = displayName
        self.description = description
        self.metadata = metadata
        self.multipleSubscriptions = multipleSubscriptions
        self.productSettings = productSettings
        self.status = status
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    public static let singular = "product"
    public static let plural = "products"

    public static let shape = Shape(
        required("id", \.id, .productID, "The product's id."),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
        required(
            "multipleSubscriptions", \.multipleSubscriptions, .boolean, "Whether a customer may have several at once."),
        optional("productSettings", \.productSettings, .object("product settings"), "How subscriptions begin and end."),
        required("status", \.status, .choice, "Whether it can be sold."),
        required("createdAt", \.createdAt, .timestamp, "When it was created."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was last changed."),
        make: Self.init)
}

public struct ProductSettings: Shaped, Hashable {
    public enum CancellationTime: String, WireEnum {
        case endOfBillingPeriod = "END_OF_BILLING_PERIOD"
        case immediate = "IMMEDIATE"
        case specificDate = "SPECIFIC_DATE"
    }

    public enum EndSetup: String, WireEnum {
        case downgradeToFree = "DOWNGRADE_TO_FREE"
        case cancelSubscription = "CANCEL_SUBSCRIPTION"
    }

    public enum StartSetup: String, WireEnum {
        case planSelection = "PLAN_SELECTION"
        case trialPeriod = "TRIAL_PERIOD"
        case freePlan = "FREE_PLAN"
    }

    public var subscriptionCancellationTime: CancellationTime
    public var subscriptionEndSetup: EndSetup
    public var subscriptionStartSetup: StartSetup
    public var downgradePlanID: String?
    public var prorateAtEndOfBillingPeriod: Bool?
    public var subscriptionStartPlanID: String?

    public static let shape = Shape(
        required(
            "subscriptionCancellationTime", \.subscriptionCancellationTime, .choice, "When a cancellation takes effect."
        ),
        required("subscriptionEndSetup", \.subscriptionEndSetup, .choice, "What follows a subscription's end."),
        required("subscriptionStartSetup", \.subscriptionStartSetup, .choice, "What a new customer begins with."),
        optional("downgradePlanId", \.downgradePlanID, .text(max: 255), "The plan to fall back to."),
        optional(
            "prorateAtEndOfBillingPeriod", \.prorateAtEndOfBillingPeriod, .boolean, "Whether the end is prorated."),
        optional("subscriptionStartPlanId", \.subscriptionStartPlanID, .text(max: 255), "The plan to begin with."),
        make: Self.init)
}

extension FieldKind where Value == String {
    static var productID: FieldKind { .id("a product id", such: "product-ai") }
}
