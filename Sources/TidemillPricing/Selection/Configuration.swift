public import TidemillCore
public import TidemillOperations

/// What is subscribed to, as far as prices depend on it.
public struct Configuration: Sendable {
    public struct AddonItem: Sendable {
        public var version: PackageVersion
        public var quantity: Int64

        public init(_ version: PackageVersion, quantity: Int64) {
            self.version = version
            self.quantity = quantity
        }
    }

    public var plan: PackageVersion
    public var addons: [AddonItem]
    /// Nil takes the only one that the plan is sold for.
    public var billingPeriod: BillingPeriod?
    /// ISO 3166, in any case; nil for the default prices.
    public var countryCode: String?
    /// The currency of the subscription or its customer; nil for that of the nearest country's prices.
    public var currency: String?
    /// Quantities bought in advance.
    public var units: [FeatureID: Amount]
    /// Credits bought each period, by credit currency.
    public var credits: TextMap<Amount>
    /// The quantity of the only charge per unit, where no feature is named.
    public var unitQuantity: Amount?
    /// A price of its own for each charge per unit, as older clients give it.
    public var unitPrice: Amount?
    public var overrides: [OverriddenPrice]
    /// In place of the plan's.
    public var minimumSpend: Money?
    /// Where nobody can be asked how many, it is one: in a price list, or for what is held already.
    public var defaultsToOneUnit: Bool
    /// Names and unit transformations of features.
    public var feature: @Sendable (FeatureID) -> Feature?

    public init(
        plan: PackageVersion, addons: [AddonItem] = [], billingPeriod: BillingPeriod? = nil,
        countryCode: String? = nil, currency: String? = nil, units: [FeatureID: Amount] = [:],
        credits: TextMap<Amount> = [:], unitQuantity: Amount? = nil, unitPrice: Amount? = nil,
        overrides: [OverriddenPrice] = [], minimumSpend: Money? = nil, defaultsToOneUnit: Bool = false,
        feature: @escaping @Sendable (FeatureID) -> Feature? = { _ in nil }
    ) {
        self.plan = plan
        self.addons = addons
        self.billingPeriod = billingPeriod
        self.countryCode = countryCode
        self.currency = currency
        self.units = units
        self.credits = credits
        self.unitQuantity = unitQuantity
        self.unitPrice = unitPrice
        self.overrides = overrides
        self.minimumSpend = minimumSpend
        self.defaultsToOneUnit = defaultsToOneUnit
        self.feature = feature
    }
}

/// A price that one subscription has instead of its plan's or add-on's: `priceOverrides[]`.
public struct OverriddenPrice: Sendable, Hashable {
    /// Nil for the plan's.
    public var addonID: String?
    /// Nil for the base charge.
    public var featureID: FeatureID?
    /// The credit currency whose price is meant.
    public var currencyID: String?
    public var amount: Amount?
    public var currency: String?
    public var blockSize: Amount?
    public var tiers: [Tier]?
    public var creditRate: CreditRate?

    public init(
        addonID: String? = nil, featureID: FeatureID? = nil, currencyID: String? = nil, amount: Amount? = nil,
        currency: String? = nil, blockSize: Amount? = nil, tiers: [Tier]? = nil, creditRate: CreditRate? = nil
    ) {
        self.addonID = addonID
        self.featureID = featureID
        self.currencyID = currencyID
        self.amount = amount
        self.currency = currency
        self.blockSize = blockSize
        self.tiers = tiers
        self.creditRate = creditRate
    }

    /// Whether it is this charge of this package that has another price.
    func concerns(_ charge: Charge, of package: PackageVersion) -> Bool {
        guard addonID == (package.kind == .addon ? package.id : nil) else { return false }
        if let featureID { return charge.featureID == featureID }
        if let currencyID { return charge.topUpCustomCurrencyID == currencyID || charge.currencyID == currencyID }
        return charge.billingModel == .flatFee && charge.billingCadence == .recurring
    }

    func applied(to charge: Charge, in currency: String) -> Charge {
        var charge = charge
        if let amount {
            charge.price = Money(amount, currency)
            charge.tiers = nil
        }
        if let tiers { (charge.tiers, charge.price) = (tiers, nil) }
        charge.blockSize = blockSize ?? charge.blockSize
        charge.creditRate = creditRate ?? charge.creditRate
        return charge
    }
}
