public import TidemillCore

/// How long a promotional entitlement lasts from its grant (stigg.md B.7).
public enum PromotionalPeriod: String, WireEnum {
    case oneWeek = "1 week"
    case oneMonth = "1 month"
    case sixMonths = "6 month"
    case oneYear = "1 year"
    case lifetime = "lifetime"
    case custom = "custom"

    /// The spellings of the API's GraphQL side.
    public static var alternatives: [String: PromotionalPeriod] {
        [
            "ONE_WEEK": .oneWeek, "ONE_MONTH": .oneMonth, "SIX_MONTH": .sixMonths, "ONE_YEAR": .oneYear,
            "LIFETIME": .lifetime, "CUSTOM": .custom, "6 months": .sixMonths,
        ]
    }

    /// When a grant of `start` ends: calendar months by UTC, on the same day or the month's last. Nil for never, and
    /// for a custom period, whose end is given.
    public func end(from start: Timestamp) -> Timestamp? {
        switch self {
        case .oneWeek: start.advanced(bySeconds: 7 * 86_400)
        case .oneMonth: start.adding(months: 1)
        case .sixMonths: start.adding(months: 6)
        case .oneYear: start.adding(months: 12)
        case .lifetime, .custom: nil
        }
    }
}

public enum PromotionalStatus: String, WireEnum {
    case active = "Active"
    case expired = "Expired"
    case paused = "Paused"

    public static var alternatives: [String: PromotionalStatus] {
        ["ACTIVE": .active, "EXPIRED": .expired, "PAUSED": .paused]
    }
}

/// Access that a customer has beside its subscriptions.
public struct PromotionalEntitlement: Shaped, Listed, Hashable {
    public var id: String
    public var createdAt: Timestamp
    public var description: String?
    /// Nil for a lifetime.
    public var endDate: Timestamp?
    public var enumValues: [String]?
    public var environmentID: String
    public var featureGroupIDs: [String]?
    public var featureID: FeatureID
    public var hasSoftLimit: Bool?
    public var hasUnlimitedUsage: Bool?
    public var isVisible: Bool
    public var period: PromotionalPeriod
    public var resetPeriod: ResetPeriod?
    public var resetPeriodConfiguration: ResetConfiguration?
    public var startDate: Timestamp
    public var status: PromotionalStatus
    public var updatedAt: Timestamp
    public var usageLimit: Amount?

    public init(
        id: String, createdAt: Timestamp, description: String? = nil, endDate: Timestamp?, enumValues: [String]? = nil,
        environmentID: String, featureGroupIDs: [String]? = nil, featureID: FeatureID, hasSoftLimit: Bool? = nil,
        hasUnlimitedUsage: Bool? = nil, isVisible: Bool, period: PromotionalPeriod, resetPeriod: ResetPeriod? = nil,
        resetPeriodConfiguration: ResetConfiguration? = nil, startDate: Timestamp, status: PromotionalStatus,
        updatedAt: Timestamp, usageLimit: Amount? = nil
    ) {
        self.id = id
        self.createdAt = createdAt
        self.description = description
        self.endDate = endDate
        self.enumValues = enumValues
        self.environmentID = environmentID
        self.featureGroupIDs = featureGroupIDs
        self.featureID = featureID
        self.hasSoftLimit = hasSoftLimit
        self.hasUnlimitedUsage = hasUnlimitedUsage
        self.isVisible = isVisible
        self.period = period
        self.resetPeriod = resetPeriod
        self.resetPeriodConfiguration = resetPeriodConfiguration
        self.startDate = startDate
        self.status = status
        self.updatedAt = updatedAt
        self.usageLimit = usageLimit
    }

    public static let singular = "promotional entitlement"
    public static let plural = "promotional entitlements"

    public static let shape = Shape(
        required("id", \.id, .text(1...255), "The grant's id."),
        required("createdAt", \.createdAt, .timestamp, "When the feature was first granted so."),
        optional("description", \.description, .text(max: 4096), "What the feature is."),
        optional("endDate", \.endDate, .timestamp, "When it ends; null for never."),
        optional("enumValues", \.enumValues, .enumValues, "The values of an ENUM feature that are included."),
        required("environmentId", \.environmentID, .text(max: 255), "The store's environment."),
        optional(
            "featureGroupIds", \.featureGroupIDs, .list(of: .text(1...255), "feature groups", 0...100),
            "Always null: features are granted one by one."),
        required("featureId", \.featureID, .featureID, "The feature."),
        optional("hasSoftLimit", \.hasSoftLimit, .boolean, "Whether usage goes on beyond the limit."),
        optional("hasUnlimitedUsage", \.hasUnlimitedUsage, .boolean, "Whether there is no limit."),
        required("isVisible", \.isVisible, .boolean, "Whether the customer is shown it."),
        required("period", \.period, .choice, "How long it lasts."),
        optional("resetPeriod", \.resetPeriod, .choice, "How often usage begins anew."),
        optional(
            "resetPeriodConfiguration", \.resetPeriodConfiguration, .object("reset"), "What that is counted from."),
        required("startDate", \.startDate, .timestamp, "When it was granted."),
        required("status", \.status, .choice, "Whether it is in force."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was last changed."),
        optional("usageLimit", \.usageLimit, .nonnegativeAmount, "How much may be used."),
        make: Self.init)
}
