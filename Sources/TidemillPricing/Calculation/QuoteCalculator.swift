public import TidemillCore
public import TidemillOperations

/// Computes quotes in memory. The same calculation serves estimates, previews and the ranking of plans.
public struct QuoteCalculator: Sendable {
    /// Coupons of the subscription first, then the customer's.
    public var discounts: [Discount]
    public var tax: Tax?

    public init(discounts: [Discount] = [], tax: Tax? = nil) {
        self.discounts = discounts
        self.tax = tax
    }

    /// A new subscription that starts at `start`. Nothing is due during a trial, or with the first period of one that is
    /// backdated.
    public func new(
        _ prices: SelectedPrices, start: Timestamp, trialEnd: Timestamp? = nil, isBackdated: Bool = false
    ) throws(PricingError) -> SubscriptionQuote {
        let isCharged = trialEnd == nil && !isBackdated
        let first = BillingCycle(prices.billingPeriod, anchor: start).first
        let period = trialEnd.map { BillingRange(start: start, end: $0) } ?? first
        return try quote(
            prices, lines: isCharged ? startLines(of: prices) : [], period: period, at: start,
            proration: Proration(date: start))
    }

    /// A change of a subscription that was paid for `period`. `isPaid` is false in a trial, where there is nothing to
    /// credit.
    public func change(
        from old: SelectedPrices, to new: SelectedPrices, in period: BillingRange, at instant: Timestamp,
        behavior: ProrationBehavior = .invoiceImmediately, beginsPeriod: Bool = false, isPaid: Bool = true
    ) throws(PricingError) -> SubscriptionQuote {
        let restarts = Self.beginsPeriod(from: old, to: new, asked: beginsPeriod) && isPaid
        let next = restarts ? BillingCycle(new.billingPeriod, anchor: instant).first : period
        guard isPaid else {
            return try quote(new, lines: [], period: next, at: instant, proration: Proration(date: instant))
        }
        let oneOffs = try addedOneOffs(from: old, to: new)
        guard restarts else {
            let proration =
                behavior == .none
                ? Proration(date: instant) : try Proration(from: old, to: new, in: period, at: instant)
            let now = behavior == .invoiceImmediately ? proration.creditLines + proration.debitLines : []
            return try quote(
                new, lines: now + oneOffs, period: next, at: instant, proration: proration, paidFrom: period.start)
        }
        let charged = try advanceLines(of: new)
        let unused = behavior == .none ? [] : try Proration.unusedTime(of: old, in: period, at: instant)
        let proration = Proration(date: instant, creditLines: unused, debitLines: charged)
        // A new period is charged when it begins; only the credit can wait for the next invoice.
        let credits = behavior == .invoiceImmediately ? unused : []
        return try quote(
            new, lines: credits + charged + minimumSpendLines(of: new) + oneOffs, period: next, at: instant,
            proration: proration, paidFrom: period.start)
    }

    /// A change that waits for the end of the running period: nothing is due now.
    public func scheduled(_ new: SelectedPrices, at instant: Timestamp, effectiveAt: Timestamp) throws(PricingError)
        -> SubscriptionQuote
    {
        try quote(
            new, lines: [], period: BillingCycle(new.billingPeriod, anchor: effectiveAt).first, at: instant,
            proration: Proration(date: effectiveAt), isScheduled: true)
    }

    /// Whether a change begins a new period: asked for, another length of period, the first paid plan, or another
    /// currency. A subscription that is paid for keeps its period otherwise.
    public static func beginsPeriod(from old: SelectedPrices, to new: SelectedPrices, asked: Bool) -> Bool {
        asked || !old.isChargedInAdvance && new.isChargedInAdvance || old.currency != new.currency
            || old.isChargedInAdvance && new.isChargedInAdvance && old.billingPeriod != new.billingPeriod
    }

    private func quote(
        _ prices: SelectedPrices, lines: [QuoteLine], period: BillingRange, at instant: Timestamp,
        proration: Proration, paidFrom: Timestamp? = nil, isScheduled: Bool = false
    ) throws(PricingError) -> SubscriptionQuote {
        let currency = prices.currency
        let due = try Invoice(
            lines, in: currency, discounts: discounts, at: instant, paidFrom: paidFrom, tax: tax)
        // What the next renewal costs: with the coupons that are in force then.
        let recurring = try Invoice(
            advanceLines(of: prices) + minimumSpendLines(of: prices), in: currency, discounts: discounts,
            at: isScheduled ? period.start : period.end, tax: tax)
        return SubscriptionQuote(
            currency: currency, due: due, recurring: recurring,
            recurs: prices.items.contains { !$0.isOneOff } || !prices.overages.isEmpty || prices.minimumSpend != nil,
            period: period, proration: proration,
            minimumSpendAdjustment: lines.filter { $0.kind == .minimumSpend }.reduce(.zero) { $0 + $1.amount },
            isScheduled: isScheduled)
    }

    private func startLines(of prices: SelectedPrices) throws(PricingError) -> [QuoteLine] {
        var lines = try advanceLines(of: prices)
        for item in prices.items where item.isOneOff { lines.append(try QuoteLine(item, digits: prices.digits)) }
        return lines + minimumSpendLines(of: prices)
    }

    /// A whole period of everything that is paid in advance.
    public func advanceLines(of prices: SelectedPrices) throws(PricingError) -> [QuoteLine] {
        var lines: [QuoteLine] = []
        for item in prices.items where item.isInAdvance { lines.append(try QuoteLine(item, digits: prices.digits)) }
        return lines
    }

    /// The floor under usage is charged in advance, and drawn down by usage (notes B.8).
    private func minimumSpendLines(of prices: SelectedPrices) -> [QuoteLine] {
        guard let floor = prices.minimumSpend, floor > .zero else { return [] }
        let amount = floor.rounded(toDigits: prices.digits)
        return [
            QuoteLine(
                kind: .minimumSpend, description: "Minimum spend", packageID: prices.planID, quantity: Amount(1),
                unitPrice: floor, amount: amount)
        ]
    }

    /// What is due once is due for what a change adds: a new package, or more of an add-on.
    private func addedOneOffs(from old: SelectedPrices, to new: SelectedPrices) throws(PricingError) -> [QuoteLine] {
        var lines: [QuoteLine] = []
        for item in new.items where item.isOneOff {
            let before = old.items.first {
                $0.isOneOff && $0.kind == item.kind && $0.packageID == item.packageID
                    && PriceList.Key($0.charge) == PriceList.Key(item.charge)
            }
            let line = try QuoteLine(item, digits: new.digits)
            let paid = before.map { min($0.exact, item.exact).rounded(toDigits: new.digits) } ?? .zero
            guard line.amount > paid else { continue }
            lines.append(
                QuoteLine(
                    kind: .oneOff, description: line.description, packageID: line.packageID,
                    featureID: line.featureID, quantity: line.quantity, unitPrice: line.unitPrice,
                    amount: line.amount - paid))
        }
        return lines
    }
}
