public import TidemillCore

/// One price of a pricing model: for a billing period, a currency and perhaps a country.
public struct PricePeriod: Shaped, Hashable {
    public var billingPeriod: BillingPeriod
    public var billingCountryCode: String?
    public var blockSize: Amount?
    public var creditGrantCadence: GrantCadence?
    public var creditRate: CreditRate?
    public var price: Money?
    public var tiers: [Tier]?

    public static let shape = Shape(
        required("billingPeriod", \.billingPeriod, .choice, "How often it is due."),
        optional("billingCountryCode", \.billingCountryCode, .country, "For customers of this country only."),
        optional(
            "blockSize", \.blockSize, .positiveAmount,
            "Units are sold in blocks of this many; a started block is paid whole."),
        optional("creditGrantCadence", \.creditGrantCadence, .choice, "When the credits are granted."),
        optional("creditRate", \.creditRate, .object("credit rate"), "What a unit costs in credits."),
        optional("price", \.price, .price, "For a period, a unit or a block."),
        optional("tiers", \.tiers, .tiers, "Prices by quantity, in place of `price`."),
        make: Self.init)
}

/// One way of charging, with its prices: `charges.pricingModels` of a plan or add-on.
public struct PricingModel: Resetting, Hashable {
    public var billingModel: BillingModel
    public var pricePeriods: [PricePeriod]
    public var billingCadence: BillingCadence = .recurring
    public var featureID: FeatureID?
    public var maxUnitQuantity: Int64?
    public var minUnitQuantity: Int64?
    public var monthlyResetPeriodConfiguration: ResetConfiguration?
    public var resetPeriod: ResetPeriod?
    public var tiersMode: TiersMode?
    public var topUpCustomCurrencyID: String?
    public var weeklyResetPeriodConfiguration: ResetConfiguration?
    public var yearlyResetPeriodConfiguration: ResetConfiguration?

    public static let shape = Shape(
        required("billingModel", \.billingModel, .choice, "How the charge comes to its amount."),
        required("pricePeriods", \.pricePeriods, .pricePeriods, "Its prices."),
        defaulted("billingCadence", \.billingCadence, .choice, to: .recurring, "RECURRING when left out."),
        optional("featureId", \.featureID, .featureID, "The feature that is charged for."),
        optional("maxUnitQuantity", \.maxUnitQuantity, .integer(0...1_000_000_000_000), "The most units to buy."),
        optional("minUnitQuantity", \.minUnitQuantity, .integer(0...1_000_000_000_000), "The fewest units to buy."),
        monthlyResetField(\.monthlyResetPeriodConfiguration), resetPeriodField(\.resetPeriod),
        optional("tiersMode", \.tiersMode, .choice, "How tiers apply; GRADUATED when tiers are given without it."),
        optional(
            "topUpCustomCurrencyId", \.topUpCustomCurrencyID, .currencyID,
            "The credit currency that this price buys."),
        weeklyResetField(\.weeklyResetPeriodConfiguration), yearlyResetField(\.yearlyResetPeriodConfiguration),
        make: Self.init)
}

extension FieldKind where Value == [PricePeriod] {
    static var pricePeriods: FieldKind { .list(of: .object("price"), "prices", 1...500) }
}
