public import TidemillCore

/// What a plan or add-on is to give.
public typealias PackageEntitlementInput = EitherEntitlement<FeatureEntitlementInput, CreditEntitlementInput>

public struct FeatureEntitlementInput: Resetting, Hashable {
    public var id: FeatureID
    public var behavior: EntitlementBehavior
    public var description: String?
    public var displayNameOverride: String?
    public var enumValues: [String]?
    public var hasSoftLimit: Bool?
    public var hasUnlimitedUsage: Bool?
    public var hiddenFromWidgets: [Widget]
    public var isCustom: Bool?
    public var isGranted: Bool
    public var monthlyResetPeriodConfiguration: ResetConfiguration?
    public var order: Amount?
    public var resetPeriod: ResetPeriod?
    public var usageLimit: Amount?
    public var weeklyResetPeriodConfiguration: ResetConfiguration?
    public var yearlyResetPeriodConfiguration: ResetConfiguration?

    public init(
        id: FeatureID, behavior: EntitlementBehavior = .increment, description: String? = nil,
        displayNameOverride: String? = nil, enumValues: [String]? = nil, hasSoftLimit: Bool? = nil,
        hasUnlimitedUsage: Bool? = nil, hiddenFromWidgets: [Widget] = [], isCustom: Bool? = nil,
        isGranted: Bool = true, monthlyResetPeriodConfiguration: ResetConfiguration? = nil, order: Amount? = nil,
        resetPeriod: ResetPeriod? = nil, usageLimit: Amount? = nil,
        weeklyResetPeriodConfiguration: ResetConfiguration? = nil,
        yearlyResetPeriodConfiguration: ResetConfiguration? = nil
    ) {
        self.id = id
        self.behavior = behavior
        self.description = description
        self.displayNameOverride = displayNameOverride
        self.enumValues = enumValues
        self.hasSoftLimit = hasSoftLimit
        self.hasUnlimitedUsage = hasUnlimitedUsage
        self.hiddenFromWidgets = hiddenFromWidgets
        self.isCustom = isCustom
        self.isGranted = isGranted
        self.monthlyResetPeriodConfiguration = monthlyResetPeriodConfiguration
        self.order = order
        self.resetPeriod = resetPeriod
        self.usageLimit = usageLimit
        self.weeklyResetPeriodConfiguration = weeklyResetPeriodConfiguration
        self.yearlyResetPeriodConfiguration = yearlyResetPeriodConfiguration
    }

    public static let shape = Shape(
        required("id", \.id, .featureID, "The feature.", aliases: ["featureId"]),
        defaulted("behavior", \.behavior, .choice, to: .increment, "How an add-on's limit goes with the plan's."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        optional("displayNameOverride", \.displayNameOverride, .text(max: 255), "What people read here."),
        optional("enumValues", \.enumValues, .enumValues, "The values of an ENUM feature that are included."),
        optional("hasSoftLimit", \.hasSoftLimit, .boolean, "Whether usage goes on beyond the limit."),
        optional("hasUnlimitedUsage", \.hasUnlimitedUsage, .boolean, "Whether there is no limit."),
        defaulted("hiddenFromWidgets", \.hiddenFromWidgets, .widgets, to: [], "Where it is not shown."),
        optional("isCustom", \.isCustom, .boolean, "Whether each subscription sets it for itself."),
        defaulted("isGranted", \.isGranted, .boolean, to: true, "False revokes what is inherited."),
        monthlyResetField(\.monthlyResetPeriodConfiguration),
        optional("order", \.order, .amount, "Its place among others."),
        resetPeriodField(\.resetPeriod),
        optional("usageLimit", \.usageLimit, .nonnegativeAmount, "How much may be used."),
        weeklyResetField(\.weeklyResetPeriodConfiguration), yearlyResetField(\.yearlyResetPeriodConfiguration),
        make: Self.init)
}

public struct CreditEntitlementInput: Shaped, Hashable {
    public var id: String
    public var amount: Amount?
    public var cadence: CreditCadence
    public var behavior: EntitlementBehavior
    public var dependencyFeatureID: FeatureID?
    public var description: String?
    public var displayNameOverride: String?
    public var hasSoftLimit: Bool?
    public var hiddenFromWidgets: [Widget]
    public var isCustom: Bool?
    public var isGranted: Bool
    public var order: Amount?

    public init(
        id: String, amount: Amount?, cadence: CreditCadence = .month, behavior: EntitlementBehavior = .increment,
        dependencyFeatureID: FeatureID? = nil, description: String? = nil, displayNameOverride: String? = nil,
        hasSoftLimit: Bool? = nil, hiddenFromWidgets: [Widget] = [], isCustom: Bool? = nil, isGranted: Bool = true,
        order: Amount? = nil
    ) {
        self.id = id
        self.amount = amount
        self.cadence = cadence
        self.behavior = behavior
        self.dependencyFeatureID = dependencyFeatureID
        self.description = description
        self.displayNameOverride = displayNameOverride
        self.hasSoftLimit = hasSoftLimit
        self.hiddenFromWidgets = hiddenFromWidgets
        self.isCustom = isCustom
        self.isGranted = isGranted
        self.order = order
    }

    public static let shape = Shape(
        required("id", \.id, .currencyID, "The credit currency.", aliases: ["currencyId", "customCurrencyId"]),
        optional("amount", \.amount, .nonnegativeAmount, "How many credits; null where each subscription sets it."),
        defaulted("cadence", \.cadence, .choice, to: .month, "How often they are granted; MONTH when left out."),
        defaulted("behavior", \.behavior, .choice, to: .increment, "How an add-on's credits go with the plan's."),
        optional(
            "dependencyFeatureId", \.dependencyFeatureID, .featureID, "The amount is for each unit of this feature."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        optional("displayNameOverride", \.displayNameOverride, .text(max: 255), "What people read here."),
        optional("hasSoftLimit", \.hasSoftLimit, .boolean, "Whether checks grant beyond the balance."),
        defaulted("hiddenFromWidgets", \.hiddenFromWidgets, .widgets, to: [], "Where it is not shown."),
        optional("isCustom", \.isCustom, .boolean, "Whether each subscription sets it for itself."),
        defaulted("isGranted", \.isGranted, .boolean, to: true, "False revokes what is inherited."),
        optional("order", \.order, .amount, "Its place among others."),
        make: Self.init)
}

extension FieldKind where Value == [PackageEntitlementInput] {
    static var entitlementInputs: FieldKind { .list(of: .object("entitlement"), "entitlements", 0...100) }
}
