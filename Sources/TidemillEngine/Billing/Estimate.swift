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
    private static let clockSeconds: Int64 = 60

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
            if terms.appliedCoupon?.configuration?.startDate == nil { coupon.appliedAt = max(start, now) }
            record.coupon = coupon
        }
        let calculator = try calculator(for: record, in: revised.prices.currency)
        let isCharged = isCharged(record, from: start)
        let quote = try priced {
            () throws(PricingError) in
            try calculator.new(revised.prices, start: start, now: now, trialEnd: trialEnd, isCharged: isCharged)
        }
        return Estimate(quote: quote, prices: revised.prices, isPlanDowngrade: false, hasScheduledUpdates: false)
    }

    /// Whether what started in the past is due with all periods since; else it is charged with its next period first.
    /// Where two clocks differ a little, nothing was back-dated.
    func isCharged(_ record: SubscriptionRecord, from start: Timestamp) -> Bool {
        start.advanced(bySeconds: Self.clockSeconds) >= now || (record.billingInformation?.isBackdated ?? false)
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
        let held = try selection.prices(of: old)
        let isPlanDowngrade = record.planID != old.planID && direction == .downgrade
        let instant = date ?? session.instant(for: old, direction, terms.strategy)
        let waits = instant.map { $0 > now } ?? false
        let at = waits ? instant ?? now : now
        let restarts = beginsPeriod(from: old, held, to: revised.prices, asked: change.billingCycleAnchor, at: at)
        let period = waits ? old.billingPeriodRange(within: at) : old.runningPeriod(at: now)
        guard let period else {
            let calculator = try calculator(for: record, in: revised.prices.currency)
            let quote = try priced {
                () throws(PricingError) in
                try calculator.scheduled(
                    revised.prices, at: now, effectiveAt: at,
                    anchor: restarts || old.status != .active ? nil : old.billingCycleAnchor)
            }
            return Estimate(
                quote: quote, prices: revised.prices, isPlanDowngrade: isPlanDowngrade, hasScheduledUpdates: true)
        }
        let quote = try quote(
            from: old, held, to: record, revised.prices, in: period, at: at,
            beginsPeriod: change.billingCycleAnchor == .now, waits: waits)
        return Estimate(
            quote: quote, prices: revised.prices, isPlanDowngrade: isPlanDowngrade,
            hasScheduledUpdates: waits || old.pendingUpdate != nil)
    }

    /// What a change comes to that takes effect within `period`: what is estimated, and what happens.
    func quote(
        from old: SubscriptionRecord, _ held: SelectedPrices, to record: SubscriptionRecord, _ prices: SelectedPrices,
        in period: BillingRange, at instant: Timestamp, beginsPeriod: Bool, waits: Bool = false
    ) throws -> SubscriptionQuote {
        var paid = try paidPeriod(of: old, held, in: period)
        let restarts = QuoteCalculator.beginsPeriod(from: held, to: prices, paid: paid, asked: beginsPeriod)
        // What was not charged yet is not credited; it is charged with the next period.
        let asked = record.billingInformation?.prorationBehavior ?? .invoiceImmediately
        let behavior = old.isUnpaid(at: instant) ? .none : asked
        let isCharged = old.status == .active && !waits && (restarts || record.planID != old.planID)
        var usage: [QuoteLine] = []
        if isCharged {
            let metered = try MeteredPeriod(old, held, session, until: now)
            usage = try metered.closingLines(before: prices, isNewCycle: restarts, behavior: behavior)
            // Months of usage within a year have drawn on it.
            if !restarts { paid = paid.prepaying(try metered.minimumSpendLeft()) }
        }
        let (before, closing) = (paid, usage)
        let calculator = try calculator(for: record, in: prices.currency)
        return try priced {
            () throws(PricingError) in
            try calculator.change(
                from: held, to: prices, in: period, at: instant, behavior: behavior, beginsPeriod: beginsPeriod,
                isPaid: old.status != .inTrial, paid: before, usage: closing, isScheduled: waits)
        }
    }

    /// Whether a change at `instant` begins a new period.
    func beginsPeriod(
        from old: SubscriptionRecord, _ held: SelectedPrices, to prices: SelectedPrices,
        asked anchor: BillingCycleAnchorChange?, at instant: Timestamp
    ) -> Bool {
        // What the running period knows is forgotten when it is over.
        let isOver = old.currentBillingPeriodEnd.map { instant > $0 } ?? true
        return QuoteCalculator.beginsPeriod(
            from: held, to: prices, paid: isOver || old.status != .active ? nil : old.paid, asked: anchor == .now)
    }

    /// What was charged for the running period, or will be for one to come.
    func paidPeriod(
        of old: SubscriptionRecord, _ held: SelectedPrices, in period: BillingRange
    ) throws -> PaidPeriod {
        if let running = old.currentBillingPeriodEnd, period.start >= running {
            return try paidPeriod(of: old, held, at: period.start)
        }
        if let known = old.paid { return known }
        // From before that was kept. Who began back-dated paid when it was provisioned, not when its period began.
        return try paidPeriod(of: old, held, at: max(period.start, min(old.createdAt, now)))
    }

    /// What is charged in advance at `instant`.
    func paidPeriod(
        of record: SubscriptionRecord, _ prices: SelectedPrices, at instant: Timestamp
    ) throws -> PaidPeriod {
        let calculator = try calculator(for: record)
        return try priced { () throws(PricingError) in try calculator.paidPeriod(of: prices, at: instant) }
    }

    // MARK: - Discounts and tax

    private func coupon(_ terms: Terms, for revised: RevisedSubscription) throws -> SubscribedCoupon? {
        let application = CouponApplication(
            session: session, coupon: terms.appliedCoupon, promotionCode: terms.promotionCode)
        guard !application.isNothing, !application.isRemoval else { return nil }
        return try application.discount(for: revised.record, costing: revised.order, redeems: false)
    }

    /// With what the account of whoever pays has in the currency.
    func calculator(for record: SubscriptionRecord, in currency: String) throws -> QuoteCalculator {
        var calculator = try calculator(for: record)
        try scope.advance(accountOf: record.payer, besides: record.customerID)
        calculator.credit = try scope.accounts.credit(of: record.account(in: currency))
        return calculator
    }

    private func calculator(for record: SubscriptionRecord) throws -> QuoteCalculator {
        let customers = try CustomerCoupons.applied(to: session.customer, in: scope)
        return QuoteCalculator(
            discounts: [record.coupon, customers].compactMap { $0 }.compactMap { Discount($0) }, tax: tax(of: record))
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

extension SubscriptionRecord {
    /// The billing period that an instant lies within; nil where it begins one, or where nothing is paid for.
    fileprivate func billingPeriodRange(within instant: Timestamp) -> BillingRange? {
        guard status == .active, instant != currentBillingPeriodEnd else { return nil }
        let window = billingCycle.window(containing: instant)
        return window.start < instant ? BillingRange(start: window.start, end: window.end) : nil
    }
}
