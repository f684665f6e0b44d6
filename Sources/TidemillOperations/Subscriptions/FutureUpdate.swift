public import TidemillCore

/// A change that waits for its time.
public struct FutureUpdate: Shaped, Hashable {
    public var scheduledExecutionTime: Timestamp
    public var scheduleStatus: Status
    public var subscriptionScheduleType: Kind
    public var targetPackage: PackageReference?

    public init(
        scheduledExecutionTime: Timestamp, scheduleStatus: Status, subscriptionScheduleType: Kind,
        targetPackage: PackageReference? = nil
    ) {
        self.scheduledExecutionTime = scheduledExecutionTime
        self.scheduleStatus = scheduleStatus
        self.subscriptionScheduleType = subscriptionScheduleType
        self.targetPackage = targetPackage
    }

    public static let shape = Shape(
        required("scheduledExecutionTime", \.scheduledExecutionTime, .timestamp, "When it takes effect."),
        required("scheduleStatus", \.scheduleStatus, .choice, "Where it stands."),
        required("subscriptionScheduleType", \.subscriptionScheduleType, .choice, "What it changes."),
        optional("targetPackage", \.targetPackage, .object("package"), "The plan it leads to, or the add-on."),
        make: Self.init)
}

extension FutureUpdate {
    /// Where a scheduled change stands.
    public enum Status: String, WireEnum {
        case pendingPayment = "PENDING_PAYMENT"
        case scheduled = "SCHEDULED"
        case canceled = "CANCELED"
        case done = "DONE"
        case failed = "FAILED"
    }

    /// What a scheduled change changes.
    public enum Kind: String, WireEnum {
        case downgrade = "DOWNGRADE"
        case plan = "PLAN"
        case billingPeriod = "BILLING_PERIOD"
        case unitAmount = "UNIT_AMOUNT"
        case recurringCredits = "RECURRING_CREDITS"
        case priceOverride = "PRICE_OVERRIDE"
        case addon = "ADDON"
        case coupon = "COUPON"
        case migrateToLatest = "MIGRATE_TO_LATEST"
        case additionalMetadata = "ADDITIONAL_META_DATA"
        case billingInfoMetadata = "BILLING_INFO_METADATA"
    }
}

/// A plan or an add-on, by its id.
public struct PackageReference: Shaped, Hashable {
    public var id: String

    public init(
        id: String
    ) {
        self.id = id
    }

    public static let shape = Shape(
        required("id", \.id, .text(1...255), "Its id."),
        make: Self.init)
}
