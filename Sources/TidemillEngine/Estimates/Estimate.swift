import TidemillCore
import TidemillOperations
import TidemillPricing

/// What an estimate came to, before it is written in the words of an operation.
struct Estimate {
    let quote: SubscriptionQuote
    let prices: SelectedPrices
    let isPlanDowngrade: Bool
    /// Of the subscription as it stands, or because this change would wait.
    let hasScheduledUpdates: Bool
}

/// Computes what an order or a change would cost, by the steps of provisioning and updating and without any of their
/// effects: nothing is stored, no code is redeemed.
struct Estimator {
    let session: SubscriptionSession

    private var scope: CallScope { session.scope }
    private var selection: PackageSelection { session.selection }
    private var now: Timestamp { session.now }

    /// The discount that is asked for, and what else is no part of the subscription.
    struct Terms {
        var appliedCoupon: AppliedCoupon?
        var promotionCode: String?
        var strategy: ScheduleStrategy?
    }

    // MARK: - New subscriptions

    /// A subscription that begins at `start`. `draft` has what the customer holds of it already, if anything.
    func new(
        _ draft: SubscriptionRecord, by change: SubscriptionChange, _ terms: Terms, start: Timestamp,
        trialEnd: Timestamp?
    ) throws -> Estimate {
        let revised = try selection.revise(draft, by: change, customer: session.customer)
        var record = revised.record
        if var coupon = try coupon(terms, for: revised) {
            // Its months are counted from the first invoice.
            if terms.appliedCoupon?.configuration?.startDate == nil { coupon.appliedAt = start }
            record.coupon = coupon
        }
        let calculator = try calculator(for: record, isNew: true, from: start)
        let isBackdated = start < now && (record.billingInformation?.isBackdated ?? false)
        let quote = try priced {
            () throws(PricingError) in
            try calculator.new(revised.prices, start: start, trialEnd: trialEnd, isBackdated: isBackdated)
        }
        return Estimate(quote: quote, prices: revised.prices, isPlanDowngrade: false, hasScheduledUpdates: false)
    }

    // MARK: - Changes

    /// A change of a subscription that runs. `date`: when it is asked for, if not now.
    func change(
        _ old: SubscriptionRecord, by change: SubscriptionChange, _ terms: Terms, at date: Timestamp? = nil
    ) throws -> Estimate {
        let revised = try selection.revise(old, by: change, customer: session.customer)
        var record = revised.record
        if let coupon = try coupon(terms, for: revised) { record.coupon = coupon }
        let direction = try PlanDirection.of(old, to: revised, selection)
        let calculator = try calculator(for: record, isNew: false, from: record.startDate)
        let isPlanDowngrade = record.planID != old.planID && direction == .downgrade
        let waits = old.pendingUpdate != nil
        if let instant = date ?? session.instant(for: old, direction, terms.strategy), instant > now {
            let quote = try priced {
                () throws(PricingError) in
                try calculator.scheduled(revised.prices, at: now, effectiveAt: instant)
            }
            return Estimate(
                quote: quote, prices: revised.prices, isPlanDowngrade: isPlanDowngrade, hasScheduledUpdates: true)
        }
        let held = try selection.prices(of: old)
        let cycle = old.billingCycle.window(containing: now)
        let period = BillingRange(
            start: old.currentBillingPeriodStart ?? cycle.start, end: old.currentBillingPeriodEnd ?? cycle.end)
        let behavior = record.billingInformation?.prorationBehavior ?? .invoiceImmediately
        let quote = try priced {
            () throws(PricingError) in
            try calculator.change(
                from: held, to: revised.prices, in: period, at: now, behavior: behavior,
                beginsPeriod: change.billingCycleAnchor == .now, isPaid: old.status != .inTrial)
        }
        return Estimate(
            quote: quote, prices: revised.prices, isPlanDowngrade: isPlanDowngrade, hasScheduledUpdates: waits)
    }

    // MARK: - Discounts and tax

    private func coupon(_ terms: Terms, for revised: RevisedSubscription) throws -> SubscribedCoupon? {
        let application = CouponApplication(
            session: session, coupon: terms.appliedCoupon, promotionCode: terms.promotionCode)
        guard !application.isNothing, !application.isRemoval else { return nil }
        return try application.discount(for: revised.record, costing: revised.order, redeems: false)
    }

    func calculator(for record: SubscriptionRecord, isNew: Bool, from start: Timestamp) throws -> QuoteCalculator {
        var discounts = [record.coupon.flatMap { Discount($0) }].compactMap { $0 }
        if let id = session.customer.couponID, let coupon = session.catalog.coupon(id) {
            // When a customer got its coupon is not known; its months count from the subscription's start.
            discounts.append(Discount(coupon, start: isNew ? start : max(start, coupon.createdAt)))
        }
        return QuoteCalculator(discounts: discounts, tax: tax(of: record))
    }

    private func tax(of record: SubscriptionRecord) -> Tax? {
        let configured = scope.settings.tax
        guard let own = record.billingInformation?.taxPercentage else { return configured }
        return Tax(
            percentage: own, isInclusive: configured?.isInclusive ?? false,
            displayName: configured?.displayName ?? "Tax")
    }

    func priced<T>(_ body: () throws(PricingError) -> T) throws -> T {
        do throws(PricingError) {
            return try body()
        } catch {
            throw error.error(in: selection.operation)
        }
    }
}

extension Discount {
    /// Nil for a coupon of the biller's, whose worth is not known.
    init?(_ coupon: SubscribedCoupon) {
        guard let value = Value(percent: coupon.percentOff, amounts: coupon.amountsOff) else { return nil }
        self.init(
            name: coupon.name, code: coupon.promotionCode, value: value,
            duration: coupon.durationInMonths.map { .repeating(months: $0) } ?? .forever, start: coupon.appliedAt)
    }

    init(_ coupon: Coupon, start: Timestamp) {
        self.init(
            name: coupon.name,
            value: Value(percent: coupon.percentOff, amounts: coupon.amountsOff) ?? .fixed([]),
            duration: coupon.durationInMonths.map { .repeating(months: $0) } ?? .forever, start: start)
    }
}

extension Discount.Value {
    fileprivate init?(percent: Amount?, amounts: [Money]?) {
        if let percent {
            self = .percent(percent)
        } else if let amounts {
            self = .fixed(amounts)
        } else {
            return nil
        }
    }
}
