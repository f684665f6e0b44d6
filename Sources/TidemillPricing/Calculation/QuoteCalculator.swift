public import TidemillCore
public import TidemillOperations

/// Computes quotes in memory. The same calculation serves estimates, previews and the ranking of plans.
public struct QuoteCalculator: Sendable {
    /// Coupons of the subscription first, then the customer's.
    public var discounts: [Discount]
    public var tax: Tax?
    /// What the customer's account has in the currency of what is quoted.
    public var credit: Amount
    /// Lines that were put off until what is quoted.
    public var waiting: [QuoteLine] = []

    public init(discounts: [Discount] = [], tax: Tax? = nil, credit: Amount = .zero) {
        self.discounts = discounts
        self.tax = tax
        self.credit = credit
    }

    /// A new subscription that starts at `start`. Nothing is due during a trial. One that started before `now` is due
    /// with each period since; not `isCharged`, it is charged with its next period first (stigg.md B.10).
    public func new(
        _ prices: SelectedPrices, start: Timestamp, now: Timestamp? = nil, trialEnd: Timestamp? = nil,
        isCharged: Bool = true
    ) throws(PricingError) -> SubscriptionQuote {
        let now = max(start, now ?? start)
        let cycle = BillingCycle(prices.billingPeriod, anchor: start)
        let period = trialEnd.map { BillingRange(start: start, end: $0) } ?? cycle.range(containing: now)
        let isDue = trialEnd == nil && isCharged
        let lines = isDue ? try startLines(of: prices, periods: cycle.periods(until: now), at: now) : []
        return try quote(prices, lines: lines, period: period, at: now, proration: Proration(date: start))
    }

    /// A change of a subscription that was paid for `period`. `isPaid` is false in a trial, where there is nothing to
    /// credit. `paid` is what was charged for the period; where nothing is kept of that, the old prices with the discounts
    /// that were in force when it began. `usage` is due with it. `isScheduled`: it comes at `instant`, and nothing is due before.
    public func change(
        from old: SelectedPrices, to new: SelectedPrices, in period: BillingRange, at instant: Timestamp,
        behavior: ProrationBehavior = .invoiceImmediately, beginsPeriod: Bool = false, isPaid: Bool = true,
        paid known: PaidPeriod? = nil, usage: [QuoteLine] = [], isScheduled: Bool = false
    ) throws(PricingError) -> SubscriptionQuote {
        let paid = if let known { known } else { try paidPeriod(of: old, at: period.start) }
        let restarts = Self.beginsPeriod(from: old, to: new, paid: paid, asked: beginsPeriod) && isPaid
        let next = restarts ? BillingCycle(new.billingPeriod, anchor: instant).first : period
        guard isPaid else {
            return try quote(
                new, lines: [], period: next, at: instant, proration: Proration(date: instant),
                isScheduled: isScheduled)
        }
        let proration: Proration
        var lines: [QuoteLine]
        let charge = paid.next(at: instant)
        let origin = ChargeSource.origin(charge)
        var after = try paidPeriod(of: new, at: instant, ChargeSource(charge))
        var change: PeriodChange?
        let balance: (kept: ChargeSource.Share?, excess: Amount)
        if Self.changesCurrency(from: old, to: new, paid: paid) {
            // What was paid in another currency cannot be set off: it stays in that one.
            let unused =
                behavior == .none ? [] : try paid.unusedTime(in: period, at: instant, digits: old.digits)
            let left = try Invoice(unused + usage, in: old.currency, discounts: discounts, at: instant, tax: tax)
            let charged = try renewalLines(of: new)
            let lines = try charged.map { $0.of(origin) } + addedOneOffs(from: old, to: new, paid)
            after = try after.giving(paid.given).giving(self.given(by: unused, in: old.currency, at: instant))
            return try quote(
                new, lines: isScheduled ? [] : lines, period: next, at: instant,
                proration: Proration(date: instant, debitLines: charged), after: after, left: isScheduled ? nil : left,
                excess: self.balance(unused, [], in: old.currency, at: instant, used: []).excess,
                isScheduled: isScheduled)
        }
        if restarts {
            let charged = try renewalLines(of: new)
            let unused =
                behavior == .none ? [] : try paid.unusedTime(in: period, at: instant, digits: old.digits)
            proration = Proration(date: instant, creditLines: unused, debitLines: charged)
            // A new period is charged when it begins; only the credit can wait for the next invoice.
            lines = (behavior == .invoiceImmediately ? unused : []) + charged
            balance = try self.balance(
                behavior == .invoiceImmediately ? unused : [], charged, in: new.currency, at: instant, used: [])
            after = try paidPeriod(of: new, at: instant, ChargeSource(charge, kept: balance.kept))
        } else {
            if behavior != .none { change = try PeriodChange(from: old, to: new, paid: paid) }
            let terms = PaidTerms(inForce(at: instant, in: new.currency).map { PaidTerms.Part($0) }, tax: tax)
            proration =
                change.map { Proration($0, in: period, at: instant, digits: new.digits, on: terms) }
                ?? Proration(date: instant)
            lines = behavior == .invoiceImmediately ? proration.creditLines + proration.debitLines : []
            balance = try self.balance(
                proration.creditLines, proration.debitLines, in: new.currency, at: instant, used: paid.used,
                onlyPercentages: behavior != .invoiceImmediately)
        }
        lines = try lines.map { $0.of(origin) } + addedOneOffs(from: old, to: new, paid) + usage
        if !restarts {
            let before =
                old.planID == new.planID
                ? paid
                : paid.leaving(
                    old.planID, left: (paid.prepaid ?? .zero) + Self.covered(by: usage), for: new.planID,
                    charged: .zero)
            let source = ChargeSource(charge, kept: balance.kept)
            after =
                change.map { paidAfter($0, (old, new), proration, behavior, paid, source, charging: lines) } ?? before
            after.once = Self.once(paid.once, old, new)
        }
        let given = try self.given(by: proration.creditLines, in: new.currency, at: instant)
        after = after.giving(paid.given.filter { after.given[$0.key] == nil }).giving(given)
        let waiting = behavior == .createProrations && !isScheduled
        let putOff =
            waiting
            ? try PutOff.lines(
                (proration.creditLines + (restarts ? [] : proration.debitLines)).map { $0.of(origin) },
                in: new.currency, discounts: discounts, at: instant, tax: tax) : []
        return try quote(
            new, lines: isScheduled ? [] : lines, period: next, at: instant, proration: proration,
            after: after, used: restarts ? [] : paid.used, putOff: putOff,
            excess: behavior == .invoiceImmediately ? balance.excess : .zero, isScheduled: isScheduled)
    }

    /// A whole period that is charged in advance at `instant`.
    public func paidPeriod(
        of prices: SelectedPrices, at instant: Timestamp, _ source: ChargeSource? = nil
    ) throws(PricingError) -> PaidPeriod {
        let charges =
            discounts.isEmpty ? Amount.zero : try renewalLines(of: prices).reduce(.zero) { $0 + $1.amount }
        let inForce = inForce(at: instant, in: prices.currency)
        let settled = Discount.settle(inForce, off: charges, in: prices.currency)
        return PaidPeriod(
            of: prices, terms: PaidTerms(inForce, settled, of: charges, tax: tax), used: settled.used,
            source ?? ChargeSource(instant.microseconds))
    }

    private func inForce(at instant: Timestamp, in currency: String) -> [Discount] {
        discounts.filter { $0.isInForce(at: instant) && $0.figure(in: currency) != nil }
    }

    /// What is paid after a change within a period: what it leaves alone as it was paid, and what it charges now.
    private func paidAfter(
        _ change: PeriodChange, _ prices: (old: SelectedPrices, new: SelectedPrices), _ proration: Proration,
        _ behavior: ProrationBehavior, _ paid: PaidPeriod, _ source: ChargeSource, charging due: [QuoteLine]
    ) -> PaidPeriod {
        let (old, new) = prices
        let lines = proration.creditLines + proration.debitLines
        let own = lines.filter { $0.kind == .credit || $0.terms != nil }
        let credits = own.map { PaidTerms.Credit(amount: $0.amount, terms: $0.terms ?? PaidTerms(tax: tax)) }
        // Fixed amounts are no part of prorations that are put off.
        let known = inForce(at: proration.date, in: new.currency).filter {
            behavior == .invoiceImmediately || $0.isPercentage
        }
        func sum(_ lines: [QuoteLine]) -> Amount {
            lines.filter { $0.kind != .credit && $0.terms == nil }.reduce(.zero) { $0 + $1.amount }
        }
        let settled = Discount.settle(known, off: sum(due), credits: credits, used: paid.used, in: new.currency)
        func floor(_ lines: [QuoteLine]) -> Amount {
            lines.reduce(.zero) { $1.isMinimumSpend ? $0 + $1.amount : $0 }
        }
        let (given, charged) = (floor(proration.creditLines), floor(proration.debitLines))
        let after = change.paid(
            on: PaidTerms(known, settled, of: sum(proration.debitLines), tax: tax), in: new.currency,
            used: settled.used, prepaid: paid.prepaid.map { $0 + given + charged }, source)
        guard old.planID != new.planID else { return after }
        return after.leaving(
            old.planID, left: (paid.prepaid ?? .zero) + given + Self.covered(by: due), for: new.planID,
            charged: charged)
    }

    /// What a minimum spend has paid of usage; below zero.
    private static func covered(by lines: [QuoteLine]) -> Amount {
        lines.reduce(.zero) { $1.kind == .covered ? $0 + $1.amount : $0 }
    }

    /// A change that waits for the end of the running period: nothing is due now. `anchor` is what periods are counted
    /// from, where the change leaves that alone.
    public func scheduled(
        _ new: SelectedPrices, at instant: Timestamp, effectiveAt: Timestamp, anchor: Timestamp? = nil
    ) throws(PricingError) -> SubscriptionQuote {
        let period = BillingCycle(new.billingPeriod, anchor: anchor ?? effectiveAt).range(containing: effectiveAt)
        return try quote(
            new, lines: [], period: period, at: instant, proration: Proration(date: effectiveAt), isScheduled: true,
            recursAt: period.start)
    }

    /// Whether a change begins a new period: asked for, another currency, another length of period, or the first thing
    /// that is paid in advance: neither `old` nor the running period, of which `paid` tells, knew one. So what leaves and
    /// comes back goes on with the period that it left, and so does what an own price of nothing was given for.
    public static func beginsPeriod(
        from old: SelectedPrices, to new: SelectedPrices, paid: PaidPeriod?, asked: Bool
    ) -> Bool {
        if asked || changesCurrency(from: old, to: new, paid: paid) { return true }
        let isKnown = old.knowsAdvance || paid?.knowsAdvance == true
        return isKnown ? old.billingPeriod != new.billingPeriod : !new.packagesInAdvance.isEmpty
    }

    /// What costs nothing has no currency of its own.
    private static func changesCurrency(
        from old: SelectedPrices, to new: SelectedPrices, paid: PaidPeriod?
    ) -> Bool {
        old.currency != new.currency && new.isPriced && (old.isPriced || paid?.packagesInAdvance.isEmpty == false)
    }

    private func quote(
        _ prices: SelectedPrices, lines: [QuoteLine], period: BillingRange, at instant: Timestamp,
        proration: Proration, after: PaidPeriod = PaidPeriod(), used: [Discount.Taken] = [], putOff: [QuoteLine] = [],
        left: Invoice? = nil, excess: Amount = .zero,
        isScheduled: Bool = false, recursAt: Timestamp? = nil
    ) throws(PricingError) -> SubscriptionQuote {
        let currency = prices.currency
        let due = try Invoice(
            lines, in: currency, discounts: discounts, at: instant, used: used, waiting: waiting,
            credit: credit,
            tax: tax)
        // What the next renewal costs: with the coupons that are in force then.
        let recurring = try Invoice(
            renewalLines(of: prices), in: currency, discounts: discounts, at: recursAt ?? period.end, tax: tax)
        return SubscriptionQuote(
            currency: currency, due: due, putOff: putOff, left: left, recurring: recurring,
            recurs: prices.items.contains { !$0.isOneOff } || !prices.overages.isEmpty || prices.minimumSpend != nil,
            period: period, proration: proration, excess: excess,
            minimumSpendAdjustment: lines.filter { $0.isMinimumSpend && $0.kind != .credit }.reduce(.zero) {
                $0 + $1.amount
            },
            isScheduled: isScheduled, paid: after)
    }

    private func startLines(
        of prices: SelectedPrices, periods: Int64, at instant: Timestamp
    ) throws(PricingError) -> [QuoteLine] {
        var lines: [QuoteLine] = []
        for line in try renewalLines(of: prices, at: instant) { lines.append(try line.repeated(periods)) }
        for item in prices.items where item.isOneOff { lines.append(try QuoteLine(item, digits: prices.digits)) }
        return lines
    }

    /// A whole period of everything that is paid in advance. The floor under usage is: usage draws it down (stigg.md
    /// B.8). `instant`: when it is charged.
    public func renewalLines(
        of prices: SelectedPrices, at instant: Timestamp? = nil
    ) throws(PricingError) -> [QuoteLine] {
        var lines: [QuoteLine] = []
        for item in prices.items where item.isInAdvance { lines.append(try QuoteLine(item, digits: prices.digits)) }
        if let line = QuoteLine(floorOf: prices, kind: .minimumSpend) { lines.append(line) }
        guard let instant else { return lines }
        return lines.map { $0.of(ChargeSource.origin(instant.microseconds)) }
    }

    /// What is known of what is due once after a change within the period.
    private static func once(
        _ known: [PaidPeriod.Once], _ old: SelectedPrices, _ new: SelectedPrices
    ) -> [PaidPeriod.Once] {
        var once = known
        let held = old.oneOffs
        for item in held + new.oneOffs {
            if let index = once.firstIndex(where: { $0.key == item.key }) {
                once[index].note(
                    item, from: held.first { $0.key == item.key }, in: new.countryCode,
                    isMoved: old.isElsewhere(than: new))
            } else {
                once.append(item)
            }
        }
        return Array(once.suffix(PeriodChange.rememberedMax))
    }

    /// What is due once is due for what a change adds: a new package, or more of an add-on, at the period's own price,
    /// unless it comes back in the period in which it left.
    private func addedOneOffs(
        from old: SelectedPrices, to new: SelectedPrices, _ period: PaidPeriod
    ) throws(PricingError) -> [QuoteLine] {
        var lines: [QuoteLine] = []
        let held = old.oneOffs
        for item in new.items where item.isOneOff {
            let known = period.once.first { $0.key == item.chargeKey }
            let before = held.first { $0.key == item.chargeKey }
            let charge = item.paidCharge(
                at: known?.price?.ruled(
                    by: item.price, from: before?.price, in: new.countryCode, isMoved: old.isElsewhere(than: new)))
            var paid = PaidCharge.Size.none
            for known in held + period.once where known.key == item.chargeKey {
                if try charge.reaches(known.size, paid) { paid = known.size }
            }
            guard try !charge.reaches(paid, item.size) else { continue }
            let line = QuoteLine(once: try charge.part(from: paid, through: item.size), digits: new.digits)
            if line.amount > .zero { lines.append(line) }
        }
        return lines
    }
}
