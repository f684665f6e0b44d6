public import TidemillCore

/// Whether a customer may use a feature, how much it used, and until when that holds.
public struct FeatureAccess: Shaped, Hashable {
    public var accessDeniedReason: DeniedReason?
    public var isGranted: Bool
    /// In the feature's large units. Nil for features that are not counted.
    public var currentUsage: Amount?
    public var entitlementUpdatedAt: Timestamp?
    /// Nil for a feature that does not exist.
    public var feature: FeatureRef?
    public var hasUnlimitedUsage: Bool?
    public var resetPeriod: ResetPeriod?
    /// Nil where there is no limit.
    public var usageLimit: Amount?
    /// What the reset periods are counted from; the three are there for counted features that reset.
    public var usagePeriodAnchor: Timestamp?
    public var usagePeriodEnd: Timestamp?
    public var usagePeriodStart: Timestamp?
    /// When it may change by time alone: a cache asks again then.
    public var validUntil: Timestamp?
    public var hasSoftLimit: Bool?
    /// The included values of an ENUM feature.
    public var enumValues: [String]?

    public init(
        accessDeniedReason: DeniedReason?, isGranted: Bool, currentUsage: Amount? = nil,
        entitlementUpdatedAt: Timestamp? = nil, feature: FeatureRef? = nil, hasUnlimitedUsage: Bool? = nil,
        resetPeriod: ResetPeriod? = nil, usageLimit: Amount? = nil, usagePeriodAnchor: Timestamp? = nil,
        usagePeriodEnd: Timestamp? = nil, usagePeriodStart: Timestamp? = nil, validUntil: Timestamp? = nil,
        hasSoftLimit: Bool? = nil, enumValues: [String]? = nil
    ) {
        self.accessDeniedReason = accessDeniedReason
        self.isGranted = isGranted
        self.currentUsage = currentUsage
        self.entitlementUpdatedAt = entitlementUpdatedAt
        self.feature = feature
        self.hasUnlimitedUsage = hasUnlimitedUsage
        self.resetPeriod = resetPeriod
        self.usageLimit = usageLimit
        self.usagePeriodAnchor = usagePeriodAnchor
        self.usagePeriodEnd = usagePeriodEnd
        self.usagePeriodStart = usagePeriodStart
        self.validUntil = validUntil
        self.hasSoftLimit = hasSoftLimit
        self.enumValues = enumValues
    }

    public static let shape = Shape(
        optional("accessDeniedReason", \.accessDeniedReason, .choice, "Why not; null where there is access."),
        required("isGranted", \.isGranted, .boolean, "Whether there is access."),
        optional("currentUsage", \.currentUsage, .amount, "Used in the period, in the feature's large units."),
        optional("entitlementUpdatedAt", \.entitlementUpdatedAt, .timestamp, "When what gives it was last changed."),
        optional("feature", \.feature, .object("feature"), "The feature; null when there is none of that id."),
        optional("hasUnlimitedUsage", \.hasUnlimitedUsage, .boolean, "Whether there is no limit."),
        optional("resetPeriod", \.resetPeriod, .choice, "How often usage begins anew; null for never."),
        optional("usageLimit", \.usageLimit, .amount, "How much may be used; null where there is no limit."),
        optional("usagePeriodAnchor", \.usagePeriodAnchor, .timestamp, "What the periods are counted from."),
        optional("usagePeriodEnd", \.usagePeriodEnd, .timestamp, "When usage begins anew."),
        optional("usagePeriodStart", \.usagePeriodStart, .timestamp, "Since when usage is counted."),
        optional("validUntil", \.validUntil, .timestamp, "When to ask again at the latest; null for never."),
        optional("hasSoftLimit", \.hasSoftLimit, .boolean, "Whether usage goes on beyond the limit."),
        optional("enumValues", \.enumValues, .enumValues, "The included values of an ENUM feature."),
        make: Self.init)
}

/// What answers tell of a feature.
public struct FeatureRef: Shaped, Hashable {
    public var id: FeatureID
    public var displayName: String
    public var featureStatus: FeatureStatus
    public var featureType: FeatureType

    public init(id: FeatureID, displayName: String, featureStatus: FeatureStatus, featureType: FeatureType) {
        self.id = id
        self.displayName = displayName
        self.featureStatus = featureStatus
        self.featureType = featureType
    }

    public init(_ feature: Feature) {
        self.init(
            id: feature.id, displayName: feature.displayName, featureStatus: feature.featureStatus,
            featureType: feature.featureType)
    }

    public static let shape = Shape(
        required("id", \.id, .featureID, "The feature."),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        required("featureStatus", \.featureStatus, .choice, "Whether it is in use."),
        required("featureType", \.featureType, .choice, "What kind of feature it is."),
        make: Self.init)
}

/// One entry of a customer's effective entitlements, and the answer of a check.
public typealias EntitlementAccess = EitherEntitlement<FeatureAccess, CreditAccess>
