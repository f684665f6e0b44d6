public import TidemillCore

/// What a pricing page shows: plans with entitlements, prices, add-ons and trials.
public enum GetPaywall: ClientOperation {
    public struct Input: Shaped {
        public var productID: String?
        public var customerID: CustomerID?
        public var resourceID: String?
        public var billingCountryCode: String?
        public var context: Widget
        public var includeHiddenPlans: Bool
        public var fetchAllCountriesPrices: Bool

        public static let shape = Shape(
            optional("productId", \.productID, .productID, "Of one product; of all when left out."),
            optional("customerId", \.customerID, .customerID, "For a customer: its currency and its subscriptions."),
            optional("resourceId", \.resourceID, .resourceID, "For one of its resources."),
            optional("billingCountryCode", \.billingCountryCode, .country, "Whose prices are shown."),
            defaulted("context", \.context, .choice, to: .paywall, "Where it is shown; PAYWALL when left out."),
            defaulted(
                "includeHiddenPlans", \.includeHiddenPlans, .boolean, to: false, "Whether hidden plans are shown too."),
            defaulted(
                "fetchAllCountriesPrices", \.fetchAllCountriesPrices, .boolean, to: false,
                "Whether the prices of all countries are listed."),
            make: Self.init)
    }

    public typealias Output = Paywall

    public static let row = OperationRow(
        .getPaywall, of: Self.self,
        summary: "Answers what a pricing page shows: plans, entitlements, prices, add-ons and trials.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/paywall"),
        errors: [.productNotFound, .customerNotFound],
        example: OperationRow.Example([:], after: EstimateExample.catalog))
}

public struct Paywall: Shaped {
    static let plansMax = 10_000

    public var plans: [PaywallPlan]
    public var currency: PaywallCurrency
    public var configuration: TextMap<Payload>?
    public var customer: Customer?
    public var resource: PaywallResource?
    public var activeSubscriptions: [Subscription]?
    public var paywallCalculatedPricePoints: [PricePoint]

    public init(
        plans: [PaywallPlan], currency: PaywallCurrency, configuration: TextMap<Payload>?, customer: Customer?,
        resource: PaywallResource?, activeSubscriptions: [Subscription]?, paywallCalculatedPricePoints: [PricePoint]
    ) {
        self.plans = plans
        self.currency = currency
        self.configuration = configuration
        self.customer = customer
        self.resource = resource
        self.activeSubscriptions = activeSubscriptions
        self.paywallCalculatedPricePoints = paywallCalculatedPricePoints
    }

    public static let shape = Shape(
        required("plans", \.plans, .list(of: .object("plan"), "plans", 0...plansMax), "What can be bought."),
        required("currency", \.currency, .object("currency"), "In which the prices are shown."),
        optional("configuration", \.configuration, .anyObject, "How it looks: null, that is the page's own."),
        optional("customer", \.customer, .object("customer"), "For whom it is."),
        optional("resource", \.resource, .object("resource"), "For which of its resources."),
        optional(
            "activeSubscriptions", \.activeSubscriptions,
            .list(of: .object("subscription"), "subscriptions", 0...10_000),
            "What the customer has; null without one."),
        required(
            "paywallCalculatedPricePoints", \.paywallCalculatedPricePoints,
            .list(of: .object("price point"), "price points", 0...100_000), "What each plan costs at least."),
        make: Self.init)
}

public struct PaywallCurrency: Shaped, Hashable {
    public var code: String
    public var symbol: String

    public init(code: String, symbol: String) {
        self.code = code
        self.symbol = symbol
    }

    public static let shape = Shape(
        required("code", \.code, .currency, "ISO 4217, in lower case."),
        required("symbol", \.symbol, .text(1...16), "What people write."),
        make: Self.init)
}

public struct PaywallResource: Shaped, Hashable {
    public var id: String

    public init(
        id: String
    ) {
        self.id = id
    }

    public static let shape = Shape(
        required("id", \.id, .resourceID, "The resource."),
        make: Self.init)
}

/// What a plan costs a billing period with the fewest units that it is sold with.
public struct PricePoint: Shaped, Hashable {
    public var planID: String
    public var billingPeriod: BillingPeriod
    public var amount: Amount
    public var currency: String
    public var billingCountryCode: String?
    public var additionalChargesMayApply: Bool
    public var feature: PricePointFeature?

    public init(
        planID: String, billingPeriod: BillingPeriod, amount: Amount, currency: String, billingCountryCode: String?,
        additionalChargesMayApply: Bool, feature: PricePointFeature?
    ) {
        self.planID = planID
        self.billingPeriod = billingPeriod
        self.amount = amount
        self.currency = currency
        self.billingCountryCode = billingCountryCode
        self.additionalChargesMayApply = additionalChargesMayApply
        self.feature = feature
    }

    public static let shape = Shape(
        required("planId", \.planID, .planID, "The plan."),
        required("billingPeriod", \.billingPeriod, .choice, "For a month or a year."),
        required("amount", \.amount, .amount, "In major units."),
        required("currency", \.currency, .currency, "Of the amount."),
        optional("billingCountryCode", \.billingCountryCode, .country, "Whose price it is; null for the default."),
        required(
            "additionalChargesMayApply", \.additionalChargesMayApply, .boolean,
            "Whether usage, units or credits may cost more."),
        optional("feature", \.feature, .object("feature"), "Whose units the price is for."),
        make: Self.init)
}

public struct PricePointFeature: Shaped, Hashable {
    public var featureID: FeatureID
    public var displayName: String
    public var unitQuantity: Amount

    public init(featureID: FeatureID, displayName: String, unitQuantity: Amount) {
        self.featureID = featureID
        self.displayName = displayName
        self.unitQuantity = unitQuantity
    }

    public static let shape = Shape(
        required("featureId", \.featureID, .featureID, "The feature."),
        required("displayName", \.displayName, .text(max: 255), "What people read."),
        required("unitQuantity", \.unitQuantity, .amount, "How many the price is for."),
        make: Self.init)
}
