import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// What subscriptions leave in the account of whoever pays, and what their invoices take from it: in the transaction of
/// what causes it, so that it happens once.
extension SubscriptionSession {
    private var accounts: AccountTable { scope.accounts }
    private var estimator: Estimator { Estimator(session: self) }

    /// The instant before this one: where a period still runs that ends now.
    private var before: Timestamp { Timestamp(microseconds: now.microseconds - 1) }

    // MARK: - Causes

    /// The first invoice of a subscription; nothing for one that is charged with its next period first. `isDue`: time
    /// brings it, and so it also bills what waits.
    func chargeStart(
        _ record: SubscriptionRecord, at start: Timestamp, isCharged: Bool = true, isDue: Bool, closesPast: Bool = true
    ) throws {
        guard isCharged, try isCharging(record) else { return }
        let remake = InvoiceRemake(record: record, at: now, isDue: isDue)
        let first = try unlessUnpriced(of: record, .start, at: start, remake) {
            try NextInvoice(record: record, estimator: estimator, asOf: now)
                .first(at: start, now: now, billsWaiting: isDue)
        }
        if let first { try settle(first, of: record, .start, at: start) }
        if closesPast { try closePast(of: record, from: start) }
    }

    /// The invoice that is due at this very instant: of a period, or of a month's usage. `next` is what renews, where it
    /// is not what was planned.
    /// Answers what discounts took of it.
    @discardableResult
    func chargeRenewal(
        _ old: SubscriptionRecord, next: (record: SubscriptionRecord, prices: SelectedPrices)? = nil
    ) throws -> [Discount.Taken] {
        guard try isCharging(old) else { return [] }
        let cause: InvoiceCause = old.currentBillingPeriodEnd == now ? .renewal : .usageMonth
        let remake = InvoiceRemake(record: old, at: now, next: next?.record)
        let invoice = try unlessUnpriced(of: old, cause, at: now, remake) {
            try NextInvoice(record: old, estimator: estimator, asOf: before, next: next?.prices).made()
        }
        guard let invoice, invoice.dueDate == now else { return [] }
        try settle(invoice, of: old, cause, at: now)
        return invoice.invoice.discounts
    }

    /// A change within a period: the quote that was estimated. `prices`: those that hold from now on.
    func chargeChange(
        _ quote: SubscriptionQuote, from old: SubscriptionRecord, to record: SubscriptionRecord,
        _ prices: SelectedPrices, isNewCycle: Bool
    ) throws {
        let account = record.account(in: quote.currency)
        try putOff(quote.putOff, in: account, .change, of: record.id)
        // Usage is on the invoice in the currency in which it was priced.
        let closing = quote.left ?? quote.due
        let terms = try changeTerms(closing, from: old, to: record, prices, isNewCycle: isNewCycle)
        let isAll = quote.left == nil
        try makeChangeInvoice(
            quote.due, in: account, for: record, quote.period, isAll ? terms : nil,
            excess: isAll ? quote.excess : .zero)
        guard let left = quote.left else { return }
        let other = old.account(in: left.currency)
        try makeChangeInvoice(left, in: other, for: record, quote.period, terms, excess: quote.excess)
    }

    private func makeChangeInvoice(
        _ invoice: Invoice, in account: MoneyAccount, for record: SubscriptionRecord, _ period: BillingRange,
        _ terms: UsageTerms?, excess: Amount
    ) throws {
        guard !invoice.lines.isEmpty else {
            guard let terms else { return }
            try close(terms, .change, in: account)
            return
        }
        var order = InvoiceBook.Order(cause: .change, invoice: invoice, account: account, period: period)
        order.terms = terms
        order.excess = excess
        // What time brings was told to nobody.
        order.isTold = scope.recordedAt == now
        try scope.invoices.make(order, of: record)
    }

    /// By what the usage is priced that a change makes due.
    private func changeTerms(
        _ invoice: Invoice, from old: SubscriptionRecord, to record: SubscriptionRecord, _ prices: SelectedPrices,
        isNewCycle: Bool
    ) throws -> UsageTerms? {
        guard old.status == .active, isNewCycle || record.planID != old.planID else { return nil }
        let held = try selection.prices(of: old)
        let metered = try MeteredPeriod(old, held, self, until: now)
        let asked = record.billingInformation?.prorationBehavior ?? .invoiceImmediately
        let behavior = old.isUnpaid(at: now) ? .none : asked
        let lines = try metered.closingLines(before: prices, isNewCycle: isNewCycle, behavior: behavior)
        let calculator = try estimator.calculator(for: record, in: invoice.currency)
        let used = isNewCycle ? [] : try estimator.paidPeriod(of: old, held, in: old.runningPeriod(at: now)).used
        return UsageTerms(
            record: old, asOf: now, until: now, creditedAt: behavior == .none ? nil : now, at: now,
            currency: invoice.currency, besides: Array(invoice.lines.dropLast(lines.count)),
            discounts: calculator.discounts, used: used, tax: calculator.tax,
            windows: metered.closedWindows(before: prices, isNewCycle: isNewCycle))
    }

    /// Whether an end gives unused time back. What was not charged is not given back.
    func proratesEnd(of old: SubscriptionRecord, _ prorates: Bool?) -> Bool {
        let behavior = old.billingInformation?.prorationBehavior ?? .invoiceImmediately
        return (prorates ?? old.proratesEnd ?? (behavior != .none)) && !old.isUnpaid(at: now)
    }

    /// An end: unused time is credited unless it is not to be, and what was used waits for the next invoice. Answers what
    /// it gives back of which charge.
    @discardableResult
    func chargeEnd(_ old: SubscriptionRecord, prorates: Bool?) throws -> [Int64: Amount] {
        guard old.status == .active, now >= old.createdAt else { return [:] }
        var given: [Int64: Amount] = [:]
        _ = try unlessUnpriced(of: old, .end, at: now, InvoiceRemake(record: old, at: now, prorates: prorates)) {
            let prices = try selection.prices(of: old)
            let account = old.account(in: prices.currency)
            let period = old.runningPeriod(at: now)
            let behavior = old.billingInformation?.prorationBehavior ?? .invoiceImmediately
            let isCredited = proratesEnd(of: old, prorates)
            let isEdge = now == period.end || now == old.usageInvoiceAt
            let metered = try MeteredPeriod(old, prices, self, at: isEdge ? before : now, until: now)
            let paid = try isCredited ? estimator.paidPeriod(of: old, prices, in: period) : PaidPeriod()
            let unused = try estimator.priced {
                () throws(PricingError) in try paid.unusedTime(in: period, at: now, digits: prices.digits)
            }
            let calculator = try estimator.calculator(for: old, in: prices.currency)
            let waits = behavior == .createProrations
            given = try estimator.priced {
                () throws(PricingError) in try calculator.given(by: unused, in: prices.currency, at: now)
            }
            if !waits, !unused.isEmpty {
                let invoice = try estimator.priced {
                    () throws(PricingError) in
                    try Invoice(
                        unused, in: prices.currency, discounts: calculator.discounts, at: now,
                        credit: calculator.credit, tax: calculator.tax)
                }
                try scope.invoices.make(
                    InvoiceBook.Order(
                        cause: .end, invoice: invoice, account: account,
                        period: BillingRange(start: min(period.start, now), end: now)), of: old)
            }
            if waits {
                let origin = ChargeSource.origin(now.microseconds)
                try putOff(unused.map { $0.of(origin) }, calculator, in: account, .end, of: old.id, at: now)
            }
            try closeUsage(
                metered, metered.windows, of: old, calculator, .end, (.end, now), asOf: isEdge ? before : now,
                until: now, creditedAt: isCredited ? now : nil)
            return nil
        }
        return given
    }

    /// Whose usage is metered, who pays, or at which price changes within a period, from now on: what adds up so far is
    /// closed, and waits for the next invoice of whoever paid for it. Levels, maxima and averages are billed as they are
    /// at the period's end.
    func closeUsage(of old: SubscriptionRecord, before record: inout SubscriptionRecord) throws {
        guard old.status == .active, now >= old.createdAt else { return }
        let prices = try selection.prices(of: old)
        let metered = try MeteredPeriod(old, prices, self, until: now)
        let windows = metered.windows.filter { catalog.feature($0.feature)?.addsUp ?? false }
        guard windows.contains(where: { !$0.spans.isEmpty }) else { return }
        let calculator = try estimator.calculator(for: old, in: prices.currency)
        let lines = try closeUsage(
            metered, windows, of: old, calculator, .move, (.change, now), asOf: now, until: now, creditedAt: nil)
        record.usageBilledAt = now
        // The minimum spend goes on: what is left of it pays for what is used from now on.
        if let paid = record.paid, paid.prepaid != nil {
            let covered = lines.reduce(Amount.zero) { $1.kind == .covered ? $0 - $1.amount : $0 }
            record.paid = paid.prepaying(try metered.minimumSpendLeft() - covered)
        }
    }

    /// What was used in the periods that were over when it began: due with the next invoice.
    private func closePast(of record: SubscriptionRecord, from start: Timestamp) throws {
        guard record.status == .active, start < now else { return }
        var past = record
        var instant = start
        while instant < now {
            past.enterPeriod(containing: instant)
            let prices = try selection.prices(of: past)
            let metered = try MeteredPeriod(past, prices, self, at: instant)
            guard metered.usagePeriod.end <= now, metered.usagePeriod.end > instant else { return }
            let end = metered.usagePeriod.end
            try closeUsage(
                metered, metered.billedWindows, of: past, estimator.calculator(for: record, in: prices.currency),
                .start,
                (.start, end), asOf: instant, until: nil, creditedAt: nil, withOverage: metered.billsOverage)
            instant = end
        }
    }

    /// Closes metered time whose lines wait for the next invoice; answers the lines, those that come to nothing among
    /// them.
    @discardableResult
    private func closeUsage(
        _ metered: MeteredPeriod, _ windows: [MeteredWindow], of record: SubscriptionRecord,
        _ calculator: QuoteCalculator, _ cause: AccountCause, _ why: (cause: InvoiceCause, at: Timestamp),
        asOf: Timestamp, until: Timestamp?, creditedAt: Timestamp?, withOverage: Bool = true
    ) throws -> [QuoteLine] {
        let currency = try selection.prices(of: record).currency
        let account = record.account(in: currency)
        let terms = UsageTerms(
            record: record, asOf: asOf, until: until, creditedAt: creditedAt, withOverage: withOverage, at: why.at,
            currency: currency, discounts: calculator.discounts.filter(\.isPercentage), tax: calculator.tax,
            windows: windows)
        let lines = try terms.price(metered, estimator, waiting: [], credit: .zero).lines
        let id = try close(terms, why.cause, in: account)
        try putOff(lines.map { $0.of(id) }, calculator, in: account, cause, of: record.id, at: why.at)
        return lines
    }

    /// Under which id, where there is time to close.
    @discardableResult
    private func close(_ terms: UsageTerms, _ cause: InvoiceCause, in account: MoneyAccount) throws -> String? {
        guard terms.windows.contains(where: { !$0.spans.isEmpty }) else { return nil }
        var key = InvoiceRecord.Key(payer: account.payer, subscriptionID: terms.record.id, cause: cause, at: terms.at)
        while try scope.closed.find(key.id, of: terms.record.customerID) != nil { key.ordinal += 1 }
        try scope.invoices.close(terms, as: key.id, of: account, isBilled: true)
        return key.id
    }

    /// Keeps what is charged for the period that begins now.
    func notePayment(_ record: inout SubscriptionRecord, _ prices: SelectedPrices? = nil) throws {
        let given = record.paid?.given ?? [:]
        record.paid = nil
        guard record.status == .active else { return }
        try unlessUnpriced {
            record.paid = try estimator.paidPeriod(
                of: record, try prices ?? selection.prices(of: record), at: now
            ).giving(given)
        }
    }

    // MARK: - Entries

    /// Whether anything is charged at this instant, after all that happened before to the account of whoever pays. What was
    /// made up for before somebody provisioned it was not charged then.
    private func isCharging(_ record: SubscriptionRecord) throws -> Bool {
        guard now >= record.createdAt else { return false }
        try scope.advance(accountOf: record.payer, besides: record.customerID)
        return true
    }

    /// Makes the invoice. One that costs nothing is made where the subscription is paid for.
    private func settle(
        _ made: NextInvoice.Made, of record: SubscriptionRecord, _ why: InvoiceCause, at instant: Timestamp
    ) throws {
        let account = record.account(in: made.invoice.currency)
        guard record.pricingType == .paid || !made.invoice.lines.isEmpty else { return }
        var order = InvoiceBook.Order(cause: why, invoice: made.invoice, account: account, period: made.period)
        order.at = instant
        order.waiting = made.waiting
        order.terms = made.terms
        try scope.invoices.make(order, of: record)
    }

    /// With the percentages that are in force at `instant`.
    private func putOff(
        _ lines: [QuoteLine], _ calculator: QuoteCalculator, in account: MoneyAccount, _ cause: AccountCause,
        of subscription: String, at instant: Timestamp
    ) throws {
        let lines = try estimator.priced {
            () throws(PricingError) in
            try PutOff.lines(
                lines, in: account.currency, discounts: calculator.discounts, at: instant, tax: calculator.tax)
        }
        try putOff(lines, in: account, cause, of: subscription)
    }

    private func putOff(
        _ lines: [QuoteLine], in account: MoneyAccount, _ cause: AccountCause, of subscription: String
    ) throws {
        for line in lines { try accounts.add(line: line, to: account, cause, of: subscription, at: now) }
    }

    /// What cannot be priced any more, because an amount is too large or a package has no price in the currency, must
    /// not hold up time.
    func unlessUnpriced(_ body: () throws -> Void) throws {
        do { try body() } catch let error as OperationError where !error.isStoreFailure {}
    }

    /// The same of an invoice: where a subscription is paid for it is made nevertheless, as a draft that says why.
    private func unlessUnpriced(
        of record: SubscriptionRecord, _ cause: InvoiceCause, at instant: Timestamp, _ remake: InvoiceRemake,
        _ body: () throws -> NextInvoice.Made?
    ) throws -> NextInvoice.Made? {
        do {
            return try scope.connection.savepoint { try body() }
        } catch let error as OperationError where !error.isStoreFailure {
            guard record.pricingType == .paid, let currency = record.currency else { return nil }
            var order = InvoiceBook.Order(
                cause: cause, invoice: nil, account: record.account(in: currency), period: nil)
            order.at = instant
            order.problem = error.message
            order.remake = remake
            try scope.invoices.make(order, of: record)
            return nil
        }
    }
}
