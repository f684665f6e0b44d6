public import TidemillCore

/// One price of a plan or add-on, as it is stored and listed: a pricing model for one billing period, country and
/// currency. `currencyId` and the reset, which REST leaves out, are those of the API's Price.
public struct Charge: Shaped, Listed, Hashable {
    public var id: String
    public var billingCadence: BillingCadence
    public var billingModel: BillingModel
    public var billingPeriod: BillingPeriod
    public var createdAt: Timestamp
    public var billingCountryCode: String?
    public var billingID: String?
    public var blockSize: Amount?
    public var creditGrantCadence: GrantCadence?
    public var creditRate: CreditRate?
    public var crmID: String?
    public var crmLinkURL: String?
    public var featureID: FeatureID?
    public var maxUnitQuantity: Amount?
    public var minUnitQuantity: Amount?
    public var price: Money?
    public var tiers: [Tier]?
    public var tiersMode: TiersMode?
    public var topUpCustomCurrencyID: String?
    public var usedInSubscriptions: Bool?
    /// The credit currency whose overage it prices.
    public var currencyID: String?
    public var resetPeriod: ResetPeriod?
    public var resetPeriodConfiguration: ResetConfiguration?

    public init(
        id: String, billingCadence: BillingCadence = .recurring, billingModel: BillingModel,
        billingPeriod: BillingPeriod, createdAt: Timestamp, billingCountryCode: String? = nil,
        billingID: String? = nil, blockSize: Amount? = nil, creditGrantCadence: GrantCadence? = nil,
        creditRate: CreditRate? = nil, crmID: String? = nil, crmLinkURL: String? = nil, featureID: FeatureID? = nil,
        maxUnitQuantity: Amount? = nil, minUnitQuantity: Amount? = nil, price: Money? = nil, tiers: [Tier]? = nil,
        tiersMode: TiersMode? = nil, topUpCustomCurrencyID: String? = nil, usedInSubscriptions: Bool? = nil,
        currencyID: String? = nil, resetPeriod: ResetPeriod? = nil,
        resetPeriodConfiguration: ResetConfiguration? = nil
    ) {
        self.id = id
        self.billingCadence = billingCadence
        self.billingModel = billingModel
        self.billingPeriod = billingPeriod
        self.createdAt = createdAt
        self.billingCountryCode = billingCountryCode
        self.billingID = billingID
        self.blockSize = blockSize
        self.creditGrantCadence = creditGrantCadence
        self.creditRate = creditRate
        self.crmID = crmID
        self.crmLinkURL = crmLinkURL
        self.featureID = featureID
        self.maxUnitQuantity = maxUnitQuantity
        self.minUnitQuantity = minUnitQuantity
        self.price = price
        self.tiers = tiers
        self.tiersMode = tiersMode
        self.topUpCustomCurrencyID = topUpCustomCurrencyID
        self.usedInSubscriptions = usedInSubscriptions
        self.currencyID = currencyID
        self.resetPeriod = resetPeriod
        self.resetPeriodConfiguration = resetPeriodConfiguration
    }

    public static let singular = "charge"
    public static let plural = "charges"

    /// The currency of its prices; nil for a charge in credits.
    public var moneyCurrency: String? {
        price?.currency ?? tiers?.lazy.compactMap { $0.unitPrice?.currency ?? $0.flatPrice?.currency }.first
    }

    public static let shape = Shape(
        required("id", \.id, .text(1...255), "The charge's id."),
        required("billingCadence", \.billingCadence, .choice, "Whether it comes again."),
        required("billingModel", \.billingModel, .choice, "How it comes to its amount."),
        required("billingPeriod", \.billingPeriod, .choice, "How often it is due."),
        required("createdAt", \.createdAt, .timestamp, "When it was defined."),
        optional("billingCountryCode", \.billingCountryCode, .country, "For customers of this country only."),
        optional("billingId", \.billingID, .text(1...255), "Its id at the biller."),
        optional("blockSize", \.blockSize, .positiveAmount, "Units are sold in blocks of this many."),
        optional("creditGrantCadence", \.creditGrantCadence, .choice, "When the credits are granted."),
        optional("creditRate", \.creditRate, .object("credit rate"), "What a unit costs in credits."),
        optional("crmId", \.crmID, .text(1...255), "Its id in the CRM."),
        optional("crmLinkUrl", \.crmLinkURL, .text(1...2048), "Its page in the CRM."),
        optional("featureId", \.featureID, .featureID, "The feature that is charged for."),
        optional("maxUnitQuantity", \.maxUnitQuantity, .nonnegativeAmount, "The most units to buy."),
        optional("minUnitQuantity", \.minUnitQuantity, .nonnegativeAmount, "The fewest units to buy."),
        optional("price", \.price, .price, "For a period, a unit or a block."),
        optional("tiers", \.tiers, .tiers, "Prices by quantity."),
        optional("tiersMode", \.tiersMode, .choice, "How the tiers apply."),
        optional("topUpCustomCurrencyId", \.topUpCustomCurrencyID, .currencyID, "The credit currency that it buys."),
        optional("usedInSubscriptions", \.usedInSubscriptions, .boolean, "Whether live subscriptions pay it."),
        optional("currencyId", \.currencyID, .currencyID, "The credit currency whose overage it prices."),
        optional("resetPeriod", \.resetPeriod, .choice, "How often the usage that it prices begins anew."),
        optional(
            "resetPeriodConfiguration", \.resetPeriodConfiguration, .object("reset"), "What that is counted from."),
        make: Self.init)
}
