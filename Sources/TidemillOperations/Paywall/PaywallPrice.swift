public import TidemillCore

/// A price on a pricing page, by the names of the API's Price.
public struct PaywallPrice: Shaped, Hashable {
    public var id: String
    public var billingModel: BillingModel
    public var billingCadence: BillingCadence
    public var billingPeriod: BillingPeriod
    public var billingCountryCode: String?
    public var billingID: String?
    public var price: Money?
    public var tiers: [Tier]?
    public var tiersMode: TiersMode?
    public var blockSize: Amount?
    public var minUnitQuantity: Amount?
    public var maxUnitQuantity: Amount?
    public var featureID: FeatureID?
    public var feature: PaywallFeature?
    public var currencyID: String?
    public var creditRate: CreditRate?
    public var creditGrantCadence: GrantCadence?
    public var topUpCustomCurrencyID: String?
    public var resetPeriod: ResetPeriod?
    public var resetPeriodConfiguration: ResetConfiguration?

    public init(
        id: String, billingModel: BillingModel, billingCadence: BillingCadence, billingPeriod: BillingPeriod,
        billingCountryCode: String?, billingID: String?, price: Money?, tiers: [Tier]?, tiersMode: TiersMode?,
        blockSize: Amount?, minUnitQuantity: Amount?, maxUnitQuantity: Amount?, featureID: FeatureID?,
        feature: PaywallFeature?, currencyID: String?, creditRate: CreditRate?, creditGrantCadence: GrantCadence?,
        topUpCustomCurrencyID: String?, resetPeriod: ResetPeriod?, resetPeriodConfiguration: ResetConfiguration?
    ) {
        self.id = id
        self.billingModel = billingModel
        self.billingCadence = billingCadence
        self.billingPeriod = billingPeriod
        self.billingCountryCode = billingCountryCode
        self.billingID = billingID
        self.price = price
        self.tiers = tiers
        self.tiersMode = tiersMode
        self.blockSize = blockSize
        self.minUnitQuantity = minUnitQuantity
        self.maxUnitQuantity = maxUnitQuantity
        self.featureID = featureID
        self.feature = feature
        self.currencyID = currencyID
        self.creditRate = creditRate
        self.creditGrantCadence = creditGrantCadence
        self.topUpCustomCurrencyID = topUpCustomCurrencyID
        self.resetPeriod = resetPeriod
        self.resetPeriodConfiguration = resetPeriodConfiguration
    }

    public init(_ charge: Charge, feature: PaywallFeature?) {
        self.init(
            id: charge.id, billingModel: charge.billingModel, billingCadence: charge.billingCadence,
            billingPeriod: charge.billingPeriod, billingCountryCode: charge.billingCountryCode,
            billingID: charge.billingID, price: charge.price, tiers: charge.tiers, tiersMode: charge.tiersMode,
            blockSize: charge.blockSize, minUnitQuantity: charge.minUnitQuantity,
            maxUnitQuantity: charge.maxUnitQuantity, featureID: charge.featureID, feature: feature,
            currencyID: charge.currencyID, creditRate: charge.creditRate,
            creditGrantCadence: charge.creditGrantCadence, topUpCustomCurrencyID: charge.topUpCustomCurrencyID,
            resetPeriod: charge.resetPeriod, resetPeriodConfiguration: charge.resetPeriodConfiguration)
    }

    public static let shape = Shape(
        required("id", \.id, .text(1...255), "The charge's id."),
        required("billingModel", \.billingModel, .choice, "How it comes to its amount."),
        required("billingCadence", \.billingCadence, .choice, "Whether it comes again."),
        required("billingPeriod", \.billingPeriod, .choice, "How often it is due."),
        optional("billingCountryCode", \.billingCountryCode, .country, "Whose price it is; null for the default."),
        optional("billingId", \.billingID, .text(max: 255), "Its id at the biller."),
        optional("price", \.price, .money, "For a period, a unit or a block."),
        optional("tiers", \.tiers, .tiers, "Prices by quantity."),
        optional("tiersMode", \.tiersMode, .choice, "How the tiers apply."),
        optional("blockSize", \.blockSize, .positiveAmount, "Units are sold in blocks of this many."),
        optional("minUnitQuantity", \.minUnitQuantity, .nonnegativeAmount, "The fewest units to buy."),
        optional("maxUnitQuantity", \.maxUnitQuantity, .nonnegativeAmount, "The most units to buy."),
        optional("featureId", \.featureID, .featureID, "The feature that is charged for."),
        optional("feature", \.feature, .object("feature"), "The same, with its words."),
        optional("currencyId", \.currencyID, .currencyID, "The credit currency whose overage it prices."),
        optional("creditRate", \.creditRate, .object("credit rate"), "What a unit costs in credits."),
        optional("creditGrantCadence", \.creditGrantCadence, .choice, "When the credits are granted."),
        optional("topUpCustomCurrencyId", \.topUpCustomCurrencyID, .currencyID, "The credit currency that it buys."),
        optional("resetPeriod", \.resetPeriod, .choice, "How often the usage that it prices begins anew."),
        optional(
            "resetPeriodConfiguration", \.resetPeriodConfiguration, .object("reset"), "From which day on."),
        make: Self.init)
}

/// A feature as a pricing page shows it.
public struct PaywallFeature: Shaped, Hashable {
    public var refID: FeatureID
    public var displayName: String
    public var description: String?
    public var featureType: FeatureType
    public var meterType: MeterType
    public var featureUnits: String?
    public var featureUnitsPlural: String?
    public var additionalMetaData: TextMap<String>

    public init(
        refID: FeatureID, displayName: String, description: String?, featureType: FeatureType, meterType: MeterType,
        featureUnits: String?, featureUnitsPlural: String?, additionalMetaData: TextMap<String>
    ) {
        self.refID = refID
        self.displayName = displayName
        self.description = description
        self.featureType = featureType
        self.meterType = meterType
        self.featureUnits = featureUnits
        self.featureUnitsPlural = featureUnitsPlural
        self.additionalMetaData = additionalMetaData
    }

    /// In the large units of its transformation, where it has one: they are what people see.
    public init(_ feature: Feature) {
        self.init(
            refID: feature.id, displayName: feature.displayName, description: feature.description,
            featureType: feature.featureType, meterType: feature.meterType,
            featureUnits: feature.unitTransformation?.featureUnits ?? feature.featureUnits,
            featureUnitsPlural: feature.unitTransformation?.featureUnitsPlural ?? feature.featureUnitsPlural,
            additionalMetaData: feature.metadata)
    }

    public static let shape = Shape(
        required("refId", \.refID, .featureID, "The feature's id.", aliases: ["id"]),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        required("featureType", \.featureType, .choice, "What kind of feature it is."),
        required("meterType", \.meterType, .choice, "How its usage moves."),
        optional("featureUnits", \.featureUnits, .text(max: 255), "One of what."),
        optional("featureUnitsPlural", \.featureUnitsPlural, .text(max: 255), "Many of what."),
        required("additionalMetaData", \.additionalMetaData, .metadata, "Your own notes."),
        make: Self.init)
}

/// Access to a feature, with the feature's words.
public struct PaywallEntitlement: Shaped, Hashable {
    public var featureID: FeatureID
    public var feature: PaywallFeature?
    public var displayNameOverride: String?
    public var description: String?
    public var isGranted: Bool
    public var isCustom: Bool?
    public var usageLimit: Amount?
    public var hasUnlimitedUsage: Bool?
    public var hasSoftLimit: Bool?
    public var enumValues: [String]?
    public var resetPeriod: ResetPeriod?
    public var resetPeriodConfiguration: ResetConfiguration?
    public var behavior: EntitlementBehavior
    public var order: Amount?
    public var hiddenFromWidgets: [Widget]

    public init(
        featureID: FeatureID, feature: PaywallFeature?, displayNameOverride: String?, description: String?,
        isGranted: Bool, isCustom: Bool?, usageLimit: Amount?, hasUnlimitedUsage: Bool?, hasSoftLimit: Bool?,
        enumValues: [String]?, resetPeriod: ResetPeriod?, resetPeriodConfiguration: ResetConfiguration?,
        behavior: EntitlementBehavior, order: Amount?, hiddenFromWidgets: [Widget]
    ) {
        self.featureID = featureID
        self.feature = feature
        self.displayNameOverride = displayNameOverride
        self.description = description
        self.isGranted = isGranted
        self.isCustom = isCustom
        self.usageLimit = usageLimit
        self.hasUnlimitedUsage = hasUnlimitedUsage
        self.hasSoftLimit = hasSoftLimit
        self.enumValues = enumValues
        self.resetPeriod = resetPeriod
        self.resetPeriodConfiguration = resetPeriodConfiguration
        self.behavior = behavior
        self.order = order
        self.hiddenFromWidgets = hiddenFromWidgets
    }

    public init(_ entitlement: FeatureEntitlement, feature: PaywallFeature?) {
        self.init(
            featureID: entitlement.id, feature: feature, displayNameOverride: entitlement.displayNameOverride,
            description: entitlement.description, isGranted: entitlement.isGranted, isCustom: entitlement.isCustom,
            usageLimit: entitlement.usageLimit, hasUnlimitedUsage: entitlement.hasUnlimitedUsage,
            hasSoftLimit: entitlement.hasSoftLimit, enumValues: entitlement.enumValues,
            resetPeriod: entitlement.resetPeriod, resetPeriodConfiguration: entitlement.resetPeriodConfiguration,
            behavior: entitlement.behavior, order: entitlement.order, hiddenFromWidgets: entitlement.hiddenFromWidgets)
    }

    public static let shape = Shape(
        required("featureId", \.featureID, .featureID, "The feature."),
        optional("feature", \.feature, .object("feature"), "The same, with its words."),
        optional("displayNameOverride", \.displayNameOverride, .text(max: 255), "What people read here."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        required("isGranted", \.isGranted, .boolean, "Whether there is access."),
        optional("isCustom", \.isCustom, .boolean, "Whether each subscription sets it for itself."),
        optional("usageLimit", \.usageLimit, .nonnegativeAmount, "How much may be used."),
        optional("hasUnlimitedUsage", \.hasUnlimitedUsage, .boolean, "Whether there is no limit."),
        optional("hasSoftLimit", \.hasSoftLimit, .boolean, "Whether usage goes on beyond the limit."),
        optional("enumValues", \.enumValues, .enumValues, "The values that are included."),
        optional("resetPeriod", \.resetPeriod, .choice, "How often usage begins anew."),
        optional(
            "resetPeriodConfiguration", \.resetPeriodConfiguration, .object("reset"), "From which day on."),
        required("behavior", \.behavior, .choice, "How an add-on's limit goes with the plan's."),
        optional("order", \.order, .amount, "Its place among others."),
        required("hiddenFromWidgets", \.hiddenFromWidgets, .widgets, "Where it is not shown."),
        make: Self.init)
}

extension FieldKind where Value == [PaywallPrice] {
    static var paywallPrices: FieldKind { .list(of: .object("price"), "prices", 0...10_000) }
}

extension FieldKind where Value == [PaywallEntitlement] {
    static var paywallEntitlements: FieldKind { .list(of: .object("entitlement"), "entitlements", 0...10_000) }
}
