public import TidemillCore

/// What a plan or add-on gives.
public typealias PackageEntitlement = EitherEntitlement<FeatureEntitlement, CreditEntitlement>

/// How an add-on's entitlement goes with the plan's (stigg.md B.6).
public enum EntitlementBehavior: String, WireEnum {
    /// The plan's limit plus the add-on's, times its quantity.
    case increment = "Increment"
    /// The add-on's, times its quantity, in place of the plan's.
    case override = "Override"

    public static var alternatives: [String: EntitlementBehavior] { ["INCREMENT": .increment, "OVERRIDE": .override] }
}

/// Where something is shown to customers.
public enum Widget: String, WireEnum {
    case paywall = "PAYWALL"
    case customerPortal = "CUSTOMER_PORTAL"
    case checkout = "CHECKOUT"
}

/// Access to a feature, with its limit.
public struct FeatureEntitlement: Shaped, Hashable {
    public var id: FeatureID
    public var behavior: EntitlementBehavior
    public var createdAt: Timestamp
    public var description: String?
    public var displayNameOverride: String?
    public var enumValues: [String]?
    public var hasSoftLimit: Bool?
    public var hasUnlimitedUsage: Bool?
    public var hiddenFromWidgets: [Widget]
    public var isCustom: Bool?
    public var isGranted: Bool
    public var order: Amount?
    public var resetPeriod: ResetPeriod?
    public var resetPeriodConfiguration: ResetConfiguration?
    public var updatedAt: Timestamp
    public var usageLimit: Amount?

    public init(
        id: FeatureID, behavior: EntitlementBehavior = .increment, createdAt: Timestamp, description: String? = nil,
        displayNameOverride: String? = nil, enumValues: [String]? = nil, hasSoftLimit: Bool? = nil,
        hasUnlimitedUsage: Bool? = nil, hiddenFromWidgets: [Widget] = [], isCustom: Bool? = nil,
        isGranted: Bool = true, order: Amount? = nil, resetPeriod: ResetPeriod? = nil,
        resetPeriodConfiguration: ResetConfiguration? = nil, updatedAt: Timestamp, usageLimit: Amount? = nil
    ) {
        self.id = id
        self.behavior = behavior
        self.createdAt = createdAt
        self.description = description
        self.displayNameOverride = displayNameOverride
        self.enumValues = enumValues
        self.hasSoftLimit = hasSoftLimit
        self.hasUnlimitedUsage = hasUnlimitedUsage
        self.hiddenFromWidgets = hiddenFromWidgets
        self.isCustom = isCustom
        self.isGranted = isGranted
        self.order = order
        self.resetPeriod = resetPeriod
        self.resetPeriodConfiguration = resetPeriodConfiguration
        self.updatedAt = updatedAt
        self.usageLimit = usageLimit
    }

    public static let shape = Shape(
        required("id", \.id, .featureID, "The feature."),
        required("behavior", \.behavior, .choice, "How an add-on's limit goes with the plan's."),
        required("createdAt", \.createdAt, .timestamp, "When it was created."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        optional("displayNameOverride", \.displayNameOverride, .text(max: 255), "What people read here."),
        optional("enumValues", \.enumValues, .enumValues, "The values of an ENUM feature that are included."),
        optional("hasSoftLimit", \.hasSoftLimit, .boolean, "Whether usage goes on beyond the limit."),
        optional("hasUnlimitedUsage", \.hasUnlimitedUsage, .boolean, "Whether there is no limit."),
        required("hiddenFromWidgets", \.hiddenFromWidgets, .widgets, "Where it is not shown."),
        optional("isCustom", \.isCustom, .boolean, "Whether each subscription sets it for itself."),
        required("isGranted", \.isGranted, .boolean, "Whether there is access; false revokes what is inherited."),
        optional("order", \.order, .amount, "Its place among others."),
        optional("resetPeriod", \.resetPeriod, .choice, "How often usage begins anew."),
        optional(
            "resetPeriodConfiguration", \.resetPeriodConfiguration, .object("reset"), "What that is counted from."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was last changed."),
        optional("usageLimit", \.usageLimit, .nonnegativeAmount, "How much may be used."),
        make: Self.init)
}

/// Credits that are granted each month or year.
public struct CreditEntitlement: Shaped, Hashable {
    /// The credit currency.
    public var id: String
    public var amount: Amount?
    public var behavior: EntitlementBehavior
    public var cadence: CreditCadence?
    public var createdAt: Timestamp
    public var description: String?
    public var displayNameOverride: String?
    public var hasSoftLimit: Bool?
    public var hiddenFromWidgets: [Widget]
    public var isCustom: Bool?
    public var isGranted: Bool
    public var order: Amount?
    public var updatedAt: Timestamp
    /// The amount is for each unit of this feature's limit: credits by seat.
    public var dependencyFeatureID: FeatureID?

    public init(
        id: String, amount: Amount?, behavior: EntitlementBehavior = .increment, cadence: CreditCadence?,
        createdAt: Timestamp, description: String? = nil, displayNameOverride: String? = nil,
        hasSoftLimit: Bool? = nil, hiddenFromWidgets: [Widget] = [], isCustom: Bool? = nil, isGranted: Bool = true,
        order: Amount? = nil, updatedAt: Timestamp, dependencyFeatureID: FeatureID? = nil
    ) {
        self.id = id
        self.amount = amount
        self.behavior = behavior
        self.cadence = cadence
        self.createdAt = createdAt
        self.description = description
        self.displayNameOverride = displayNameOverride
        self.hasSoftLimit = hasSoftLimit
        self.hiddenFromWidgets = hiddenFromWidgets
        self.isCustom = isCustom
        self.isGranted = isGranted
        self.order = order
        self.updatedAt = updatedAt
        self.dependencyFeatureID = dependencyFeatureID
    }

    public static let shape = Shape(
        required("id", \.id, .currencyID, "The credit currency."),
        optional("amount", \.amount, .nonnegativeAmount, "How many credits."),
        required("behavior", \.behavior, .choice, "How an add-on's credits go with the plan's."),
        optional("cadence", \.cadence, .choice, "How often they are granted."),
        required("createdAt", \.createdAt, .timestamp, "When it was created."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        optional("displayNameOverride", \.displayNameOverride, .text(max: 255), "What people read here."),
        optional("hasSoftLimit", \.hasSoftLimit, .boolean, "Whether checks grant beyond the balance."),
        required("hiddenFromWidgets", \.hiddenFromWidgets, .widgets, "Where it is not shown."),
        optional("isCustom", \.isCustom, .boolean, "Whether each subscription sets it for itself."),
        required("isGranted", \.isGranted, .boolean, "Whether there is access."),
        optional("order", \.order, .amount, "Its place among others."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was last changed."),
        optional(
            "dependencyFeatureId", \.dependencyFeatureID, .featureID, "The amount is for each unit of this feature."),
        make: Self.init)
}

extension EitherEntitlement where Feature == FeatureEntitlement, Credit == CreditEntitlement {
    /// The id of the feature or the credit currency.
    public var id: String {
        switch self {
        case .feature(let entitlement): entitlement.id.text
        case .credit(let entitlement): entitlement.id
        }
    }

    public var reference: EntitlementReference { EntitlementReference(id: id, type: type) }
}

extension FieldKind where Value == [Widget] {
    public static var widgets: FieldKind { .list(of: .choice, "widgets", 0...3) }
}

extension FieldKind where Value == [String] {
    public static var enumValues: FieldKind { .list(of: .text(1...255), "values", 0...1000) }
}
