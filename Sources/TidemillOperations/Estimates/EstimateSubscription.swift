public import TidemillCore

/// What a new subscription costs, and what the change comes to where the customer has one of the product already.
public enum EstimateSubscription: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID
        public var planID: String
        public var billingPeriod: BillingPeriod?
        public var billableFeatures: [BillableFeature]?
        public var charges: [ChargeQuantity]?
        public var addons: [AddonQuantity]?
        public var promotionCode: String?
        public var appliedCoupon: AppliedCoupon?
        public var startDate: Timestamp?
        public var billingCountryCode: String?
        public var resourceID: String?
        public var unitQuantity: Amount?
        public var priceUnitAmount: Amount?
        public var payingCustomerID: CustomerID?
        public var skipTrial: Bool
        public var trialOverrideConfiguration: TrialOverride?
        public var billingInformation: BillingInformation?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "Who would subscribe."),
            required("planId", \.planID, .planID, "To which plan."),
            optional("billingPeriod", \.billingPeriod, .choice, "Where the plan is sold by the month and the year."),
            optional("billableFeatures", \.billableFeatures, .billableFeatures, "Quantities of charges per unit."),
            optional("charges", \.charges, .chargeQuantities, "The same, and credits to buy each period."),
            optional("addons", \.addons, .addonQuantities, "Add-ons and their quantities."),
            optional("promotionCode", \.promotionCode, .text(1...255), "A code; it is checked and not redeemed."),
            optional("appliedCoupon", \.appliedCoupon, .object("coupon"), "A coupon, code or discount."),
            optional("startDate", \.startDate, .timestamp, "When it would start; now when left out."),
            optional("billingCountryCode", \.billingCountryCode, .country, "Whose prices hold."),
            optional("resourceId", \.resourceID, .resourceID, "For which resource."),
            optional("unitQuantity", \.unitQuantity, .nonnegativeAmount, "Of the only charge per unit."),
            optional("priceUnitAmount", \.priceUnitAmount, .nonnegativeAmount, "A price per unit of its own."),
            optional("payingCustomerId", \.payingCustomerID, .customerID, "Who would pay."),
            defaulted("skipTrial", \.skipTrial, .boolean, to: false, "Whether to leave out the plan's trial."),
            optional(
                "trialOverrideConfiguration", \.trialOverrideConfiguration, .object("trial"), "Another trial, or none."
            ),
            optional(
                "billingInformation", \.billingInformation, .object("billing information"),
                "Tax, and what happens to the difference of a change."),
            make: Self.init)
    }

    public typealias Output = SubscriptionPreview

    public static let row = OperationRow(
        .estimateSubscription, of: Self.self,
        summary: "Tells what a new subscription would cost: due now, each period, and prorated. Changes nothing.",
        effect: .read, subject: .customer("customerId"),
        route: .post("/api/v1/subscriptions/estimate"),
        errors: EstimateExample.errors,
        example: OperationRow.Example(
            [
                "customerId": "customer-acme", "planId": "plan-pro", "billingPeriod": "MONTHLY",
                "billableFeatures": [["featureId": "feature-seats", "quantity": 3]],
            ],
            after: EstimateExample.catalog))
}

extension FieldKind where Value == [BillableFeature] {
    static var billableFeatures: FieldKind { .list(of: .object("quantity"), "quantities", 0...200) }
}

extension FieldKind where Value == [ChargeQuantity] {
    static var chargeQuantities: FieldKind { .list(of: .object("quantity"), "quantities", 0...200) }
}

extension FieldKind where Value == [AddonQuantity] {
    static var addonQuantities: FieldKind { .list(of: .object("add-on"), "add-ons", 0...100) }
}
