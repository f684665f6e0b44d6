/// All prices of a plan or add-on. What is left out is not there: it replaces the whole pricing.
public struct PackagePricing: Shaped, Hashable {
    /// PAID where prices are given and nothing is said.
    public var pricingType: PricingType?
    public var billingID: String?
    public var minimumSpend: [MinimumSpend]
    public var overageBillingPeriod: OverageBillingPeriod?
    public var overagePricingModels: [OveragePricingModel]
    public var pricingModels: [PricingModel]

    public init(
        pricingType: PricingType? = nil, billingID: String? = nil, minimumSpend: [MinimumSpend] = [],
        overageBillingPeriod: OverageBillingPeriod? = nil, overagePricingModels: [OveragePricingModel] = [],
        pricingModels: [PricingModel] = []
    ) {
        self.pricingType = pricingType
        self.billingID = billingID
        self.minimumSpend = minimumSpend
        self.overageBillingPeriod = overageBillingPeriod
        self.overagePricingModels = overagePricingModels
        self.pricingModels = pricingModels
    }

    public static let shape = Shape(
        optional("pricingType", \.pricingType, .choice, "PAID when prices are given without it."),
        optional("billingId", \.billingID, .text(1...255), "The package's id at the biller."),
        defaulted(
            "minimumSpend", \.minimumSpend, .list(of: .object("minimum spend"), "minimum spends", 0...100), to: [],
            "What is due at least, for each billing period and currency."),
        optional(
            "overageBillingPeriod", \.overageBillingPeriod, .choice,
            "When overage is billed; ON_SUBSCRIPTION_RENEWAL when left out."),
        defaulted(
            "overagePricingModels", \.overagePricingModels,
            .list(of: .object("overage pricing model"), "overage pricing models", 0...100), to: [],
            "Prices for usage beyond what is included."),
        defaulted(
            "pricingModels", \.pricingModels, .list(of: .object("pricing model"), "pricing models", 0...100), to: [],
            "What is charged, and how."),
        make: Self.init)
}

/// What a billing period costs at least, whatever was used.
public struct MinimumSpend: Shaped, Hashable {
    public var billingPeriod: BillingPeriod
    public var minimum: Money

    public init(billingPeriod: BillingPeriod, minimum: Money) {
        self.billingPeriod = billingPeriod
        self.minimum = minimum
    }

    public static let shape = Shape(
        required("billingPeriod", \.billingPeriod, .choice, "The billing period."),
        required("minimum", \.minimum, .price, "The least that is due for it."),
        make: Self.init)
}
