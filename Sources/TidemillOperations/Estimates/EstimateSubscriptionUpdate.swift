public import TidemillCore

/// What a change of a running subscription comes to.
public enum EstimateSubscriptionUpdate: ClientOperation {
    public struct Input: Shaped {
        public var subscriptionID: String
        public var billableFeatures: [BillableFeature]?
        public var charges: [ChargeQuantity]?
        public var addons: [AddonQuantity]?
        public var promotionCode: String?
        public var appliedCoupon: Change<AppliedCoupon>
        public var unitQuantity: Amount?
        public var billingPeriod: BillingPeriod?
        public var billingCycleAnchor: BillingCycleAnchorChange?
        public var billingInformation: BillingInformation?
        public var scheduleStrategy: ScheduleStrategy?

        public static let shape = Shape(
            required("subscriptionId", \.subscriptionID, .text(1...255), "The subscription.", aliases: ["id"]),
            optional("billableFeatures", \.billableFeatures, .billableFeatures, "Other quantities."),
            optional("charges", \.charges, .chargeQuantities, "The same, and credits to buy each period."),
            optional("addons", \.addons, .addonQuantities, "All add-ons that it would have; left out, they stay."),
            optional("promotionCode", \.promotionCode, .text(1...255), "A code; it is checked and not redeemed."),
            clearable(
                "appliedCoupon", \.appliedCoupon, .object("coupon"),
                "A coupon, code or discount; null or {} for none."),
            optional("unitQuantity", \.unitQuantity, .nonnegativeAmount, "Of the only charge per unit."),
            optional("billingPeriod", \.billingPeriod, .choice, "Another billing period; it begins a new one."),
            optional("billingCycleAnchor", \.billingCycleAnchor, .choice, "NOW begins a new period."),
            optional(
                "billingInformation", \.billingInformation, .object("billing information"),
                "Tax, and what happens to the difference."),
            optional("scheduleStrategy", \.scheduleStrategy, .choice, "When the change would take effect."),
            make: Self.init)
    }

    public typealias Output = SubscriptionPreview

    public static let row = OperationRow(
        .estimateSubscriptionUpdate, of: Self.self,
        summary: "Tells what a change of a subscription would cost, with credit and debit. Changes nothing.",
        effect: .read, subject: .subscription("subscriptionId"),
        route: .post("/api/v1/subscriptions/{subscriptionId}/estimate"),
        errors: [.subscriptionNotFound, .subscriptionAlreadyCanceledOrExpired] + EstimateExample.errors,
        example: OperationRow.Example(
            [
                "subscriptionId": "subscription-acme",
                "billableFeatures": [["featureId": "feature-seats", "quantity": 5]],
            ],
            after: EstimateExample.subscribed))
}
