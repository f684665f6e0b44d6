public import TidemillCore

/// A price for usage beyond what is included: `charges.overagePricingModels`.
public struct OveragePricingModel: Shaped, Hashable {
    public var pricePeriods: [PricePeriod]
    public var creditEntitlement: OverageCreditEntitlement?
    public var currencyID: String?
    public var entitlement: OverageEntitlement?
    public var featureID: FeatureID?

    public static let shape = Shape(
        required("pricePeriods", \.pricePeriods, .pricePeriods, "Its prices."),
        optional(
            "creditEntitlement", \.creditEntitlement, .object("included credits"),
            "The credits that are included; sets the plan's entitlement."),
        optional(
            "currencyId", \.currencyID, .currencyID, "The credit currency whose overdraft is charged.",
            aliases: ["customCurrencyId"]),
        optional(
            "entitlement", \.entitlement, .object("included usage"),
            "The usage that is included; sets the plan's entitlement."),
        optional("featureId", \.featureID, .featureID, "The feature whose overage is charged."),
        make: Self.init)
}

/// What of a feature is included before overage begins.
public struct OverageEntitlement: Resetting, Hashable {
    public var featureID: FeatureID
    public var hasSoftLimit: Bool?
    public var hasUnlimitedUsage: Bool?
    public var monthlyResetPeriodConfiguration: ResetConfiguration?
    public var resetPeriod: ResetPeriod?
    public var usageLimit: Amount?
    public var weeklyResetPeriodConfiguration: ResetConfiguration?
    public var yearlyResetPeriodConfiguration: ResetConfiguration?

    public static let shape = Shape(
        required("featureId", \.featureID, .featureID, "The feature."),
        optional("hasSoftLimit", \.hasSoftLimit, .boolean, "True in any case: overage goes past the limit."),
        optional("hasUnlimitedUsage", \.hasUnlimitedUsage, .boolean, "Whether there is no limit at all."),
        monthlyResetField(\.monthlyResetPeriodConfiguration), resetPeriodField(\.resetPeriod),
        optional("usageLimit", \.usageLimit, .nonnegativeAmount, "What is included."),
        weeklyResetField(\.weeklyResetPeriodConfiguration), yearlyResetField(\.yearlyResetPeriodConfiguration),
        make: Self.init)
}

/// The credits that are included before overage begins.
public struct OverageCreditEntitlement: Shaped, Hashable {
    public var amount: Amount
    public var cadence: CreditCadence
    public var customCurrencyID: String

    public static let shape = Shape(
        required("amount", \.amount, .nonnegativeAmount, "How many."),
        required("cadence", \.cadence, .choice, "How often they are granted."),
        required(
            "customCurrencyId", \.customCurrencyID, .currencyID, "The credit currency.", aliases: ["currencyId"]),
        make: Self.init)
}
