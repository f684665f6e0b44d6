public import TidemillCore

/// A subscription as calls answer it.
public struct Subscription: Shaped, Listed, Hashable {
    public var id: String
    public var customerID: CustomerID
    public var payingCustomerID: CustomerID?
    public var resourceID: String?
    public var planID: String
    public var pricingType: PricingType
    public var status: SubscriptionStatus
    public var billingPeriod: BillingPeriod?
    public var startDate: Timestamp
    public var billingCycleAnchor: Timestamp?
    public var currentBillingPeriodStart: Timestamp?
    public var currentBillingPeriodEnd: Timestamp?
    public var trialEndDate: Timestamp?
    public var trial: SubscriptionTrial?
    public var cancellationDate: Timestamp?
    public var cancelReason: CancelReason?
    public var endDate: Timestamp?
    public var effectiveEndDate: Timestamp?
    public var createdAt: Timestamp
    public var addons: [AddonQuantity]?
    public var charges: [ChargeQuantity]?
    public var prices: [SubscriptionPrice]?
    public var coupons: [SubscriptionCoupon]?
    public var minimumSpend: Money?
    public var budget: Budget?
    public var subscriptionEntitlements: [EntitlementReference]?
    public var futureUpdates: [FutureUpdate]?
    public var droppedUpdates: [FutureUpdate]?
    public var paymentCollection: PaymentCollection
    public var paymentCollectionMethod: PaymentCollectionMethod?
    public var latestInvoice: TextMap<Payload>?
    public var billingID: String?
    public var contractID: String?
    public var metadata: TextMap<String>?

    public init(
        id: String, customerID: CustomerID, payingCustomerID: CustomerID? = nil, resourceID: String? = nil,
        planID: String, pricingType: PricingType, status: SubscriptionStatus, billingPeriod: BillingPeriod? = nil,
        startDate: Timestamp, billingCycleAnchor: Timestamp? = nil, currentBillingPeriodStart: Timestamp? = nil,
        currentBillingPeriodEnd: Timestamp? = nil, trialEndDate: Timestamp? = nil, trial: SubscriptionTrial? = nil,
        cancellationDate: Timestamp? = nil, cancelReason: CancelReason? = nil, endDate: Timestamp? = nil,
        effectiveEndDate: Timestamp? = nil, createdAt: Timestamp, addons: [AddonQuantity]? = nil,
        charges: [ChargeQuantity]? = nil, prices: [SubscriptionPrice]? = nil, coupons: [SubscriptionCoupon]? = nil,
        minimumSpend: Money? = nil, budget: Budget? = nil, subscriptionEntitlements: [EntitlementReference]? = nil,
        futureUpdates: [FutureUpdate]? = nil, droppedUpdates: [FutureUpdate]? = nil,
        paymentCollection: PaymentCollection,
        paymentCollectionMethod: PaymentCollectionMethod? = nil, latestInvoice: TextMap<Payload>? = nil,
        billingID: String? = nil, contractID: String? = nil, metadata: TextMap<String>? = nil
    ) {
        self.id = id
        self.customerID = customerID
        self.payingCustomerID = payingCustomerID
        self.resourceID = resourceID
        self.planID = planID
        self.pricingType = pricingType
        self.status = status
        self.billingPeriod = billingPeriod
        self.startDate = startDate
        self.billingCycleAnchor = billingCycleAnchor
        self.currentBillingPeriodStart = currentBillingPeriodStart
        self.currentBillingPeriodEnd = currentBillingPeriodEnd
        self.trialEndDate = trialEndDate
        self.trial = trial
        self.cancellationDate = cancellationDate
        self.cancelReason = cancelReason
        self.endDate = endDate
        self.effectiveEndDate = effectiveEndDate
        self.createdAt = createdAt
        self.addons = addons
        self.charges = charges
        self.prices = prices
        self.coupons = coupons
        self.minimumSpend = minimumSpend
        self.budget = budget
        self.subscriptionEntitlements = subscriptionEntitlements
        self.futureUpdates = futureUpdates
        self.droppedUpdates = droppedUpdates
        self.paymentCollection = paymentCollection
        self.paymentCollectionMethod = paymentCollectionMethod
        self.latestInvoice = latestInvoice
        self.billingID = billingID
        self.contractID = contractID
        self.metadata = metadata
    }

    public static let singular = "subscription"
    public static let plural = "subscriptions"

    public static let shape = Shape(
        required("id", \.id, .text(1...255), "The subscription's id."),
        required("customerId", \.customerID, .customerID, "Whose it is."),
        optional("payingCustomerId", \.payingCustomerID, .customerID, "Who pays for it, when somebody else does."),
        optional("resourceId", \.resourceID, .resourceID, "The resource it is for."),
        required("planId", \.planID, .text(1...255), "The plan."),
        required("pricingType", \.pricingType, .choice, "Whether the plan costs something."),
        required("status", \.status, .choice, "Where it stands."),
        optional("billingPeriod", \.billingPeriod, .choice, "How often it renews."),
        required("startDate", \.startDate, .timestamp, "When it began, or will."),
        optional("billingCycleAnchor", \.billingCycleAnchor, .timestamp, "From where billing periods are counted."),
        optional(
            "currentBillingPeriodStart", \.currentBillingPeriodStart, .timestamp, "When the running period began."),
        optional("currentBillingPeriodEnd", \.currentBillingPeriodEnd, .timestamp, "When the next one begins."),
        optional("trialEndDate", \.trialEndDate, .timestamp, "When the trial ends, or ended."),
        optional("trial", \.trial, .object("trial"), "What follows the trial."),
        optional("cancellationDate", \.cancellationDate, .timestamp, "When it is, or was, canceled."),
        optional("cancelReason", \.cancelReason, .choice, "Why it ended."),
        optional("endDate", \.endDate, .timestamp, "When it ended, or is bound to."),
        optional(
            "effectiveEndDate", \.effectiveEndDate, .timestamp, "The first instant without access, when there is one."),
        required("createdAt", \.createdAt, .timestamp, "When it was made."),
        optional("addons", \.addons, .list(of: .object("add-on"), "add-ons", 0...100), "The add-ons."),
        optional(
            "charges", \.charges, .list(of: .object("charge"), "charges", 0...200),
            "How much of each per-unit charge is bought."),
        optional("prices", \.prices, .list(of: .object("price"), "prices", 0...1000), "What it costs."),
        optional("coupons", \.coupons, .list(of: .object("coupon"), "coupons", 0...10), "What is taken off."),
        optional("minimumSpend", \.minimumSpend, .money, "The least that usage comes to."),
        optional("budget", \.budget, .object("budget"), "What may be spent on usage."),
        optional(
            "subscriptionEntitlements", \.subscriptionEntitlements,
            .list(of: .object("entitlement"), "entitlements", 0...100),
            "What this subscription alone is entitled to, in place of its plan's."),
        optional(
            "futureUpdates", \.futureUpdates, .list(of: .object("change"), "changes", 0...50),
            "Changes that wait for their time."),
        optional(
            "droppedUpdates", \.droppedUpdates, .list(of: .object("change"), "changes", 0...50),
            "Changes that waited until this call, which took them back or replaced them."),
        required("paymentCollection", \.paymentCollection, .choice, "Whether money is awaited."),
        optional("paymentCollectionMethod", \.paymentCollectionMethod, .choice, "How money is collected."),
        optional("latestInvoice", \.latestInvoice, .anyObject, "The newest final one; null while there is none."),
        optional("billingId", \.billingID, .text(max: 255), "Its id at the billing provider."),
        optional("contractId", \.contractID, .text(max: 255), "Null: there are no contracts."),
        optional("metadata", \.metadata, .metadata, "Your own notes."),
        make: Self.init)
}

/// What follows a trial.
public struct SubscriptionTrial: Shaped, Hashable {
    public var trialEndBehavior: TrialEndBehavior

    public init(
        trialEndBehavior: TrialEndBehavior
    ) {
        self.trialEndBehavior = trialEndBehavior
    }

    public static let shape = Shape(
        required("trialEndBehavior", \.trialEndBehavior, .choice, "Whether it is paid for from then on, or ends."),
        make: Self.init)
}

/// A discount on a subscription.
public struct SubscriptionCoupon: Shaped, Hashable {
    public var id: String
    public var name: String
    public var status: Status
    public var percentOff: Amount?
    public var amountsOff: [Money]?

    public init(
        id: String, name: String, status: Status, percentOff: Amount? = nil, amountsOff: [Money]? = nil
    ) {
        self.id = id
        self.name = name
        self.status = status
        self.percentOff = percentOff
        self.amountsOff = amountsOff
    }

    public static let shape = Shape(
        required("id", \.id, .text(max: 255), "The coupon; empty for a discount made up for this subscription."),
        required("name", \.name, .text(max: 255), "What it is called."),
        required("status", \.status, .choice, "Whether it takes something off."),
        optional("percentOff", \.percentOff, .amount, "The percentage."),
        optional("amountsOff", \.amountsOff, .list(of: .money, "amounts", 0...200), "The amount, by currency."),
        make: Self.init)
}

extension SubscriptionCoupon {
    /// Whether a discount takes something off.
    public enum Status: String, WireEnum {
        case active = "ACTIVE"
        case expired = "EXPIRED"
        case removed = "REMOVED"
    }
}

/// One price of a subscription, after its overrides.
public struct SubscriptionPrice: Shaped, Hashable {
    public var addonID: String?
    public var featureID: FeatureID?
    public var baseCharge: Bool?
    public var amount: Amount?
    public var currency: String?
    public var blockSize: Amount?
    public var tiers: [Tier]?
    public var billingCountryCode: String?

    public init(
        addonID: String? = nil, featureID: FeatureID? = nil, baseCharge: Bool? = nil, amount: Amount? = nil,
        currency: String? = nil, blockSize: Amount? = nil, tiers: [Tier]? = nil, billingCountryCode: String? = nil
    ) {
        self.addonID = addonID
        self.featureID = featureID
        self.baseCharge = baseCharge
        self.amount = amount
        self.currency = currency
        self.blockSize = blockSize
        self.tiers = tiers
        self.billingCountryCode = billingCountryCode
    }

    public static let shape = Shape(
        optional("addonId", \.addonID, .text(max: 255), "The add-on whose price it is."),
        optional("featureId", \.featureID, .featureID, "The feature whose price it is."),
        optional("baseCharge", \.baseCharge, .boolean, "Whether it is the flat price."),
        optional("amount", \.amount, .nonnegativeAmount, "The price; of a unit where units are priced."),
        optional("currency", \.currency, .currency, "Its currency."),
        optional("blockSize", \.blockSize, .positiveAmount, "How many units the price is for."),
        optional("tiers", \.tiers, .tiers, "The price by amount."),
        optional("billingCountryCode", \.billingCountryCode, .country, "The country whose price it is."),
        make: Self.init)
}
