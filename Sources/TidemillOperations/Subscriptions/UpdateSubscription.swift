public import TidemillCore

/// Changes a subscription, but not its plan: that is provisionSubscription's.
public enum UpdateSubscription: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var billingPeriod: BillingPeriod?
        public var addons: [AddonQuantity]?
        public var charges: [ChargeQuantity]?
        public var billableFeatures: [BillableFeature]?
        public var unitQuantity: Amount?
        public var appliedCoupon: Change<AppliedCoupon>
        public var promotionCode: String?
        public var priceOverrides: [PriceOverride]?
        public var minimumSpend: Change<Money>
        public var entitlements: [SubscriptionEntitlement]?
        public var budget: Change<Budget>
        public var metadata: TextMap<String>?
        public var trialEndDate: Timestamp?
        public var cancellationDate: Change<Timestamp>
        public var scheduleStrategy: ScheduleStrategy?
        public var billingCycleAnchor: BillingCycleAnchorChange?
        public var billingInformation: BillingInformation?
        public var awaitPaymentConfirmation: Bool?
        public var salesforceID: Change<String>

        public static let shape = Shape(
            required("id", \.id, .text(1...255), "The subscription.", aliases: ["subscriptionId"]),
            changeable("billingPeriod", \.billingPeriod, .choice, "How often it renews."),
            changeable(
                "addons", \.addons, .list(of: .object("add-on"), "add-ons", 0...100),
                "All its add-ons from now on; [] for none."),
            changeable(
                "charges", \.charges, .list(of: .object("charge"), "charges", 0...200),
                "How much of per-unit charges is bought; others stay."),
            changeable(
                "billableFeatures", \.billableFeatures,
                .list(of: .object("billable feature"), "billable features", 0...200), "The same by feature."),
            changeable(
                "unitQuantity", \.unitQuantity, .nonnegativeAmount, "The same where there is one per-unit charge."),
            clearable(
                "appliedCoupon", \.appliedCoupon, .object("coupon"),
                "What is taken off, in place of what was; null or {} for nothing."),
            changeable("promotionCode", \.promotionCode, .text(1...255), "A code that stands for a coupon."),
            changeable(
                "priceOverrides", \.priceOverrides, .list(of: .object("price override"), "price overrides", 0...200),
                "All prices of this subscription alone; [] for none."),
            clearable("minimumSpend", \.minimumSpend, .price, "The least that usage comes to."),
            changeable(
                "entitlements", \.entitlements, .list(of: .object("entitlement"), "entitlements", 0...100),
                "All it alone is entitled to; [] for nothing."),
            clearable("budget", \.budget, .object("budget"), "What may be spent on usage."),
            changeable("metadata", \.metadata, .metadata, "Your own notes, replaced as a whole."),
            changeable("trialEndDate", \.trialEndDate, .timestamp, "When the trial ends."),
            clearable("cancellationDate", \.cancellationDate, .timestamp, "When it ends; null lets it go on."),
            changeable(
                "scheduleStrategy", \.scheduleStrategy, .choice,
                "When the change takes effect; by the product's rule when left out."),
            changeable(
                "billingCycleAnchor", \.billingCycleAnchor, .choice, "Whether the change begins the billing cycle anew."
            ),
            changeable(
                "billingInformation", \.billingInformation, .object("billing information"),
                "What matters for the invoice."),
            changeable("awaitPaymentConfirmation", \.awaitPaymentConfirmation, .boolean, "Kept; nothing is awaited."),
            clearable("salesforceId", \.salesforceID, .text(max: 255), "Its id in Salesforce."),
            make: Self.init)
    }

    public typealias Output = Subscription

    public static let row = OperationRow(
        .updateSubscription, of: Self.self,
        summary:
            "Changes a subscription: what is left out stays; lists are replaced as a whole. Less waits, by the product's rule; a change of plan that waits goes on waiting.",
        effect: .write, subject: .subscription("id"),
        route: .patch("/api/v1/subscriptions/{id}"),
        errors: SubscriptionErrors.buying + [
            .subscriptionNotFound, .subscriptionAlreadyCanceledOrExpired, .invalidSubscriptionStatus,
            .invalidCancellationDate,
        ],
        example: OperationRow.Example(
            ["id": "subscription-acme", "metadata": ["tier": "gold"]], after: SubscriptionExample.provisioned))
}
