public import TidemillCore

/// Another price for one subscription: of the plan's base, of a feature, of an add-on (stigg.md B.8).
public struct PriceOverride: Shaped, Hashable {
    public var addonID: String?
    public var featureID: FeatureID?
    public var baseCharge: Bool?
    public var amount: Amount?
    public var currency: String?
    public var blockSize: Amount?
    public var tiers: [Tier]?
    public var billingCountryCode: String?
    public var creditRate: CreditRate?
    public var creditGrantCadence: GrantCadence?
    public var creditCurrencyID: String?

    public init(
        addonID: String? = nil, featureID: FeatureID? = nil, baseCharge: Bool? = nil, amount: Amount? = nil,
        currency: String? = nil, blockSize: Amount? = nil, tiers: [Tier]? = nil, billingCountryCode: String? = nil,
        creditRate: CreditRate? = nil, creditGrantCadence: GrantCadence? = nil, creditCurrencyID: String? = nil
    ) {
        self.addonID = addonID
        self.featureID = featureID
        self.baseCharge = baseCharge
        self.amount = amount
        self.currency = currency
        self.blockSize = blockSize
        self.tiers = tiers
        self.billingCountryCode = billingCountryCode
        self.creditRate = creditRate
        self.creditGrantCadence = creditGrantCadence
        self.creditCurrencyID = creditCurrencyID
    }

    public static let shape = Shape(
        optional("addonId", \.addonID, .text(1...255), "The add-on whose price it is; the plan's when left out."),
        optional("featureId", \.featureID, .featureID, "The feature whose price it is."),
        optional("baseCharge", \.baseCharge, .boolean, "Whether it is the flat price."),
        optional("amount", \.amount, .nonnegativeAmount, "The price; of a unit where units are priced."),
        optional(
            "currency", \.currency, .currency, "The currency of `amount`; that of the price in its place when left out."
        ),
        optional("blockSize", \.blockSize, .positiveAmount, "How many units the price is for."),
        optional("tiers", \.tiers, .tiers, "The price by amount, in place of `amount`."),
        optional("billingCountryCode", \.billingCountryCode, .country, "The country whose price it replaces."),
        optional("creditRate", \.creditRate, .object("credit rate"), "The price in credits."),
        optional("creditGrantCadence", \.creditGrantCadence, .choice, "How often credits are granted."),
        optional("currencyId", \.creditCurrencyID, .text(1...255), "The credit currency whose price it is."),
        make: Self.init)
}
