import TidemillCore
import TidemillOperations
import TidemillPricing

extension EstimateSubscription: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> SubscriptionPreview {
        SubscriptionPreview(try EstimateOrder(input, in: scope).estimate())
    }
}

extension EstimateSubscriptionUpdate: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> SubscriptionPreview {
        let (record, session) = try scope.openSubscription(input.subscriptionID, for: .estimateSubscriptionUpdate)
        var change = SubscriptionChange.nothing
        change.billingPeriod = input.billingPeriod
        change.addons = input.addons
        change.charges = ChargeQuantity.all(input.charges, input.billableFeatures)
        change.unitQuantity = input.unitQuantity
        change.billingCycleAnchor = input.billingCycleAnchor
        change.billingInformation = input.billingInformation
        let coupon = AppliedCoupon(asked: input.appliedCoupon)
        let terms = Estimator.Terms(
            appliedCoupon: coupon, promotionCode: input.promotionCode, strategy: input.scheduleStrategy)
        let application = CouponApplication(session: session, coupon: coupon, promotionCode: input.promotionCode)
        change.clearsCoupon = application.isRemoval
        let estimator = Estimator(session: session)
        guard record.status != .notStarted else {
            let estimate = try estimator.new(
                record, by: change, terms, start: record.startDate, trialEnd: record.trialEndDate)
            return SubscriptionPreview(estimate)
        }
        return SubscriptionPreview(try estimator.change(record, by: change, terms))
    }
}

extension PreviewSubscription: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        let estimate = try EstimateOrder(input, in: scope).estimate()
        let quote = estimate.quote
        let range = BillingPeriodRange(quote.period)
        return Output(
            immediateInvoice: PreviewInvoice(quote.due, range),
            recurringInvoice: quote.recurs ? PreviewInvoice(quote.recurring, nil) : nil, billingPeriodRange: range,
            freeItems: estimate.prices.freeItems, hasScheduledUpdates: estimate.hasScheduledUpdates,
            isPlanDowngrade: estimate.isPlanDowngrade)
    }
}
