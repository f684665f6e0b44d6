import TidemillCore
import TidemillOperations
import TidemillPricing

/// The next invoice of a subscription, as things stand at an instant: what a preview shows, and what a renewal settles.
struct NextInvoice {
    let record: SubscriptionRecord
    let estimator: Estimator
    let asOf: Timestamp
    /// What renews, where it is not what is planned.
    var next: SelectedPrices?

    struct Made {
        let invoice: Invoice
        let dueDate: Timestamp
        let period: BillingRange
        let minimumSpend: Amount
        /// What it bills of what waited in the account.
        let waiting: [AccountTable.Line]
        var usage: [InvoicedUsage] = []
        /// By what its usage is priced once more, until it is final.
        var terms: UsageTerms?
    }

    private var session: SubscriptionSession { estimator.session }
    private var accounts: AccountTable { session.scope.accounts }

    /// Nil where none follows.
    func made() throws -> Made? {
        switch record.status {
        case .active: return try ofRunningPeriod()
        case .inTrial:
            guard record.trialEndBehavior != .cancelSubscription, let end = record.trialEndDate else { return nil }
            return try first(at: end)
        case .notStarted: return try first(at: record.trialEndDate ?? record.startDate)
        case .expired, .canceled: return try final()
        case .paymentPending: return nil
        }
    }

    /// Nothing was charged yet: the first period in advance, when it begins; since then each, where `now` is later.
    func first(at instant: Timestamp, now: Timestamp? = nil, billsWaiting: Bool = true) throws -> Made? {
        if let end = record.effectiveEndDate, end <= instant { return nil }
        let prices = try session.selection.prices(of: record)
        var calculator = try estimator.calculator(for: record, in: prices.currency)
        let waiting = billsWaiting ? try waiting(in: prices.currency) : []
        calculator.waiting = waiting.map(\.line)
        let final = calculator
        let quote = try estimator.priced {
            () throws(PricingError) in try final.new(prices, start: instant, now: now)
        }
        return Made(
            invoice: quote.due, dueDate: instant, period: quote.period, minimumSpend: quote.minimumSpendAdjustment,
            waiting: waiting)
    }

    private func ofRunningPeriod() throws -> Made? {
        let prices = try session.selection.prices(of: record)
        let metered = try MeteredPeriod(record, prices, session, at: asOf)
        let (period, usagePeriod) = (metered.period, metered.usagePeriod)
        if let end = record.effectiveEndDate, end < period.end, end <= usagePeriod.end {
            return try ending(at: end, prices, period)
        }
        let endsPeriod = usagePeriod.end == period.end
        let renews = endsPeriod && !(record.effectiveEndDate.map { $0 <= period.end } ?? false)
        let next = renews ? try self.next ?? renewed(at: period.end) : nil
        let calculator = try estimator.calculator(for: record, in: prices.currency)
        let waiting = try waiting(in: prices.currency)
        let advance = try estimator.priced {
            () throws(PricingError) in
            try next.map { (next) throws(PricingError) in try calculator.renewalLines(of: next, at: period.end) } ?? []
        }
        // A fixed amount is good for a period once: what is left of it goes on to the usage of a year's months.
        let used = endsPeriod ? [] : record.paid?.used ?? []
        let terms = UsageTerms(
            record: record, asOf: asOf, withOverage: metered.billsOverage, at: usagePeriod.end,
            currency: prices.currency, besides: advance, discounts: calculator.discounts, used: used,
            tax: calculator.tax, windows: metered.billedWindows)
        func price(_ credit: Amount) throws -> UsageTerms.Priced {
            try terms.price(metered, estimator, waiting: waiting.map(\.line), credit: credit)
        }
        var priced = try price(calculator.credit)
        // What waits for usage is final after the drafts that there are, and what does not before them.
        let later = try session.scope.invoices.credit(of: record.account(in: prices.currency))
        if later != calculator.credit, priced.lines.contains(where: \.isMetered) { priced = try price(later) }
        let invoice = priced.invoice
        let floor = invoice.lines.filter { $0.kind == .minimumSpend }.reduce(Amount.zero) { $0 + $1.amount }
        // What is charged in advance is for the next period.
        let isNext = next.map { !advance.isEmpty && $0.billingPeriod == prices.billingPeriod } ?? false
        let range = record.billingCycle.window(containing: period.end)
        return Made(
            invoice: invoice, dueDate: usagePeriod.end,
            period: isNext ? BillingRange(start: range.start, end: range.end) : usagePeriod, minimumSpend: floor,
            waiting: waiting, usage: metered.rows, terms: terms)
    }

    /// An end that is agreed within the period: it gives back unused time at once, or is followed by what was used until
    /// then.
    private func ending(at end: Timestamp, _ prices: SelectedPrices, _ period: BillingRange) throws -> Made? {
        let behavior = record.billingInformation?.prorationBehavior ?? .invoiceImmediately
        let isCredited = (record.proratesEnd ?? (behavior != .none)) && !record.isUnpaid(at: end)
        let paid = try isCredited ? estimator.paidPeriod(of: record, prices, in: period) : PaidPeriod()
        let calculator = try estimator.calculator(for: record, in: prices.currency)
        let unused = try estimator.priced {
            () throws(PricingError) in try paid.unusedTime(in: period, at: end, digits: prices.digits)
        }
        let metered = try MeteredPeriod(record, prices, session, at: asOf, until: end)
        let range = BillingRange(start: min(period.start, end), end: end)
        guard behavior == .createProrations || unused.isEmpty else {
            let invoice = try estimator.priced {
                () throws(PricingError) in
                try Invoice(
                    unused, in: prices.currency, discounts: calculator.discounts, at: end, credit: calculator.credit,
                    tax: calculator.tax)
            }
            return Made(
                invoice: invoice, dueDate: end, period: range, minimumSpend: .zero, waiting: [], usage: metered.rows)
        }
        let used = try metered.lines(of: metered.windows, creditedAt: isCredited ? end : nil, withOverage: true)
        let credit = try session.scope.invoices.credit(of: record.account(in: prices.currency))
        let waiting = try waiting(in: prices.currency)
        let invoice = try estimator.priced {
            () throws(PricingError) in
            let late = try PutOff.lines(
                unused + used, in: prices.currency, discounts: calculator.discounts, at: end, tax: calculator.tax)
            return try Invoice(
                [], in: prices.currency, at: end, waiting: waiting.map(\.line) + late, credit: credit,
                tax: calculator.tax)
        }
        guard !invoice.lines.isEmpty else { return nil }
        return Made(
            invoice: invoice, dueDate: end, period: range, minimumSpend: .zero, waiting: waiting, usage: metered.rows)
    }

    /// What renews: with the change that waits for that instant.
    private func renewed(at end: Timestamp) throws -> SelectedPrices {
        var renewed = record
        var prices: SelectedPrices?
        for pending in record.pendingUpdates where pending.at <= end {
            let change = try session.selection.fitted(pending.change, to: renewed).change
            let revised = try session.selection.revise(renewed, by: change, customer: session.customer)
            (renewed, prices) = (revised.record, revised.prices)
        }
        return try prices ?? session.selection.prices(of: record)
    }

    /// What an ended subscription left to be billed, while no other invoice of whoever pays will do so.
    private func final() throws -> Made? {
        guard let currency = record.currency, let end = record.endDate ?? record.cancellationDate else { return nil }
        let calculator = try estimator.calculator(for: record, in: currency)
        let account = record.account(in: currency)
        let waiting = try accounts.lines(of: account).filter { $0.subscriptionID == record.id }
        guard let last = waiting.last, try !accounts.isAwaitingInvoice(account) else { return nil }
        // Drafts are final before it is made.
        let credit = try session.scope.invoices.credit(of: account)
        let invoice = try estimator.priced {
            () throws(PricingError) in
            try Invoice(
                [], in: currency, at: end, waiting: waiting.map(\.line), credit: credit,
                tax: calculator.tax)
        }
        let start = min(record.currentBillingPeriodStart ?? end, end)
        return Made(
            invoice: invoice, dueDate: max(end, last.at), period: BillingRange(start: start, end: end),
            minimumSpend: .zero, waiting: waiting)
    }

    /// Lines of this subscription, and of those that have no invoice to come.
    private func waiting(in currency: String) throws -> [AccountTable.Line] {
        let account = record.account(in: currency)
        return try accounts.lines(of: account).filter { line in
            guard line.subscriptionID != record.id,
                let other = try session.scope.subscriptions.find(line.subscriptionID)
            else { return true }
            return other.status.isOver || other.account(in: other.currency ?? "") != account
        }
    }
}
