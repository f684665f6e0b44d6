public import TidemillCore

/// The REST twin of the estimates: the same calculation as invoices.
public enum PreviewSubscription: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID
        public var planID: String
        public var addons: [AddonQuantity]?
        public var appliedCoupon: AppliedCoupon?
        public var billableFeatures: [BillableFeature]?
        public var billingCountryCode: String?
        public var billingCycleAnchor: BillingCycleAnchorChange?
        public var billingInformation: BillingInformation?
        public var billingPeriod: BillingPeriod?
        public var charges: [ChargeQuantity]?
        public var payingCustomerID: CustomerID?
        public var resourceID: String?
        public var scheduleStrategy: ScheduleStrategy?
        public var startDate: Timestamp?
        public var trialOverrideConfiguration: TrialOverride?
        public var unitQuantity: Amount?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "Who would subscribe."),
            required("planId", \.planID, .planID, "To which plan."),
            optional("addons", \.addons, .addonQuantities, "Add-ons and their quantities."),
            optional("appliedCoupon", \.appliedCoupon, .object("coupon"), "A coupon, code or discount."),
            optional("billableFeatures", \.billableFeatures, .billableFeatures, "Quantities of charges per unit."),
            optional("billingCountryCode", \.billingCountryCode, .country, "Whose prices hold."),
            optional("billingCycleAnchor", \.billingCycleAnchor, .choice, "NOW begins a new period."),
            optional(
                "billingInformation", \.billingInformation, .object("billing information"),
                "Tax, and what happens to the difference of a change."),
            optional("billingPeriod", \.billingPeriod, .choice, "Where the plan is sold by the month and the year."),
            optional("charges", \.charges, .chargeQuantities, "Quantities, and credits to buy each period."),
            optional("payingCustomerId", \.payingCustomerID, .customerID, "Who would pay."),
            optional("resourceId", \.resourceID, .resourceID, "For which resource."),
            optional("scheduleStrategy", \.scheduleStrategy, .choice, "When a change would take effect."),
            optional("startDate", \.startDate, .timestamp, "When it would start; now when left out."),
            optional(
                "trialOverrideConfiguration", \.trialOverrideConfiguration, .object("trial"), "Another trial, or none."
            ),
            optional("unitQuantity", \.unitQuantity, .nonnegativeAmount, "Of the only charge per unit."),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var immediateInvoice: PreviewInvoice
        public var recurringInvoice: PreviewInvoice?
        public var billingPeriodRange: BillingPeriodRange?
        public var freeItems: [AddonQuantity]?
        public var hasScheduledUpdates: Bool?
        public var isPlanDowngrade: Bool?

        public init(
            immediateInvoice: PreviewInvoice, recurringInvoice: PreviewInvoice?,
            billingPeriodRange: BillingPeriodRange?, freeItems: [AddonQuantity]?, hasScheduledUpdates: Bool?,
            isPlanDowngrade: Bool?
        ) {
            self.immediateInvoice = immediateInvoice
            self.recurringInvoice = recurringInvoice
            self.billingPeriodRange = billingPeriodRange
            self.freeItems = freeItems
            self.hasScheduledUpdates = hasScheduledUpdates
            self.isPlanDowngrade = isPlanDowngrade
        }

        public static let shape = Shape(
            required("immediateInvoice", \.immediateInvoice, .object("invoice"), "What is due now."),
            optional(
                "recurringInvoice", \.recurringInvoice, .object("invoice"),
                "What each period costs from then on; null when nothing comes again."),
            optional("billingPeriodRange", \.billingPeriodRange, .object("period"), "The period that runs then."),
            optional("freeItems", \.freeItems, .addonQuantities, "Add-ons that cost nothing."),
            optional(
                "hasScheduledUpdates", \.hasScheduledUpdates, .boolean, "Whether changes wait for the period's end."),
            optional("isPlanDowngrade", \.isPlanDowngrade, .boolean, "Whether the plan is below the one that runs."),
            make: Self.init)
    }

    public static let row = OperationRow(
        .previewSubscription, of: Self.self,
        summary: "Shows the invoices of a new subscription or of a change of plan. Changes nothing.",
        effect: .read, subject: .customer("customerId"),
        route: .post("/api/v1/subscriptions/preview"),
        errors: EstimateExample.errors,
        example: OperationRow.Example(
            [
                "customerId": "customer-acme", "planId": "plan-pro", "billingPeriod": "MONTHLY",
                "billableFeatures": [["featureId": "feature-seats", "quantity": 3]],
            ],
            after: EstimateExample.catalog))
}
