public import TidemillCore

/// Begins a subscription, or changes the plan of the one there is (stigg.md B.10).
public enum ProvisionSubscription: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID
        public var planID: String
        public var id: String?
        public var billingPeriod: BillingPeriod?
        public var resourceID: String?
        public var startDate: Timestamp?
        public var addons: [AddonQuantity]?
        public var charges: [ChargeQuantity]?
        public var billableFeatures: [BillableFeature]?
        public var unitQuantity: Amount?
        public var trialOverrideConfiguration: TrialOverride?
        public var skipTrial: Bool?
        public var appliedCoupon: AppliedCoupon?
        public var promotionCode: String?
        public var billingCountryCode: String?
        public var priceOverrides: [PriceOverride]?
        public var minimumSpend: Money?
        public var entitlements: [SubscriptionEntitlement]?
        public var budget: Budget?
        public var scheduleStrategy: ScheduleStrategy?
        public var billingCycleAnchor: BillingCycleAnchorChange?
        public var cancellationDate: Timestamp?
        public var payingCustomerID: CustomerID?
        public var paymentCollectionMethod: PaymentCollectionMethod?
        public var awaitPaymentConfirmation: Bool?
        public var billingInformation: BillingInformation?
        public var checkoutOptions: CheckoutOptions?
        public var billingID: String?
        public var salesforceID: String?
        public var metadata: TextMap<String>?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "Whose it will be."),
            required("planId", \.planID, .planID, "The plan."),
            optional(
                "id", \.id, .newID("a subscription id", such: "subscription-acme"),
                "The id you will know it by; made up when left out.", aliases: ["subscriptionId"]),
            optional(
                "billingPeriod", \.billingPeriod, .choice, "How often it renews; needed where the plan is sold by both."
            ),
            optional(
                "resourceId", \.resourceID, .resourceID, "The resource it is for, where a product allows several."),
            optional("startDate", \.startDate, .timestamp, "When it begins; now when left out."),
            optional("addons", \.addons, .list(of: .object("add-on"), "add-ons", 0...100), "The add-ons."),
            optional(
                "charges", \.charges, .list(of: .object("charge"), "charges", 0...200),
                "How much of each per-unit charge is bought."),
            optional(
                "billableFeatures", \.billableFeatures,
                .list(of: .object("billable feature"), "billable features", 0...200), "The same by feature."),
            optional(
                "unitQuantity", \.unitQuantity, .nonnegativeAmount, "The same where there is one per-unit charge."),
            optional(
                "trialOverrideConfiguration", \.trialOverrideConfiguration, .object("trial override"),
                "Whether it begins as a trial, whatever the plan says."),
            optional("skipTrial", \.skipTrial, .boolean, "Whether it is paid for from the start."),
            optional("appliedCoupon", \.appliedCoupon, .object("coupon"), "What is taken off."),
            optional("promotionCode", \.promotionCode, .text(1...255), "A code that stands for a coupon."),
            optional(
                "billingCountryCode", \.billingCountryCode, .country,
                "The country whose prices hold, also when the customer moves."),
            optional(
                "priceOverrides", \.priceOverrides, .list(of: .object("price override"), "price overrides", 0...200),
                "Prices of this subscription alone."),
            optional("minimumSpend", \.minimumSpend, .price, "The least that usage comes to, in place of the plan's."),
            optional(
                "entitlements", \.entitlements, .list(of: .object("entitlement"), "entitlements", 0...100),
                "What this subscription alone is entitled to."),
            optional("budget", \.budget, .object("budget"), "What may be spent on usage."),
            optional(
                "scheduleStrategy", \.scheduleStrategy, .choice,
                "When a change of plan takes effect; by the product's rule when left out."),
            optional(
                "billingCycleAnchor", \.billingCycleAnchor, .choice,
                "Whether a change of plan begins the billing cycle anew."),
            optional("cancellationDate", \.cancellationDate, .timestamp, "When it ends."),
            optional("payingCustomerId", \.payingCustomerID, .customerID, "Who pays, when somebody else does."),
            optional(
                "paymentCollectionMethod", \.paymentCollectionMethod, .choice,
                "How money is collected: kept for whoever collects it."),
            optional(
                "awaitPaymentConfirmation", \.awaitPaymentConfirmation, .boolean,
                "Kept; no biller is connected, so nothing is awaited."),
            optional(
                "billingInformation", \.billingInformation, .object("billing information"),
                "What matters for the invoice."),
            optional(
                "checkoutOptions", \.checkoutOptions, .object("checkout options"),
                "There is no checkout page; checked and not used."),
            optional("billingId", \.billingID, .text(max: 255), "Its id at the billing provider."),
            optional("salesforceId", \.salesforceID, .text(max: 255), "Its id in Salesforce."),
            optional("metadata", \.metadata, .metadata, "Your own notes."),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var id: String
        public var status: Outcome
        public var subscription: Subscription?
        public var entitlements: [Payload]?
        public var isScheduled: Bool?
        public var checkoutBillingID: String?
        public var checkoutURL: String?

        public init(
            id: String, status: Outcome, subscription: Subscription? = nil, entitlements: [Payload]? = nil,
            isScheduled: Bool? = nil, checkoutBillingID: String? = nil, checkoutURL: String? = nil
        ) {
            self.id = id
            self.status = status
            self.subscription = subscription
            self.entitlements = entitlements
            self.isScheduled = isScheduled
            self.checkoutBillingID = checkoutBillingID
            self.checkoutURL = checkoutURL
        }

        public static let shape = Shape(
            required("id", \.id, .text(1...255), "The subscription's id."),
            required("status", \.status, .choice, "SUCCESS: no biller is connected, so nothing is to be paid first."),
            optional("subscription", \.subscription, .object("subscription"), "The subscription."),
            optional(
                "entitlements", \.entitlements, .list(of: .anything, "entitlements", 0...10_000),
                "What the customer is entitled to from now on."),
            optional("isScheduled", \.isScheduled, .boolean, "Whether the change waits for its time."),
            optional("checkoutBillingId", \.checkoutBillingID, .text(max: 255), "Null: there is no checkout."),
            optional("checkoutUrl", \.checkoutURL, .text(max: 2048), "Null: there is no checkout."),
            make: Self.init)
    }

    /// Whether it is done, or waits for a payment.
    public enum Outcome: String, WireEnum {
        case success = "SUCCESS"
        case paymentRequired = "PAYMENT_REQUIRED"
    }

    public static let row = OperationRow(
        .provisionSubscription, of: Self.self,
        summary: "Begins a subscription, or changes the plan of the one that the customer has of the product.",
        effect: .write, subject: .customer("customerId"),
        route: .post("/api/v1/subscriptions"),
        errors: SubscriptionErrors.buying + [.duplicatedEntity, .tooManySubscriptionsPerCustomer],
        example: OperationRow.Example(SubscriptionExample.input, after: SubscriptionExample.catalog))
}
