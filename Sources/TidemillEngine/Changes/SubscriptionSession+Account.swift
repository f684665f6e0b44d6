import TidemillCore
import TidemillOperations
import TidemillPricing

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
    func chargeStart(_ record: SubscriptionRecord, at start: Timestamp, isCharged: Bool = true, isDue: Bool) throws {
        guard isCharged, try isAccountUsed(record) else { return }
        try unlessUnpriced {
            let first = try NextInvoice(record: record, estimator: estimator, asOf: now)
                .first(at: start, now: now, billsWaiting: isDue)
            if let first { try settle(first, of: record, .start) }
        }
    }

    /// The invoice that is due at this very instant: of a period, or of a month's usage. `next` is what renews, where it
    /// is not what was planned.
    func chargeRenewal(_ old: SubscriptionRecord, next: SelectedPrices? = nil) throws {
        guard try isAccountUsed(old) else { return }
        try unlessUnpriced {
            let invoice = try NextInvoice(record: old, estimator: estimator, asOf: before, next: next).made()
            if let invoice, invoice.dueDate == now { try settle(invoice, of: old, .renewal) }
        }
    }

    /// A change within a period: the quote that was estimated.
    func chargeChange(_ quote: SubscriptionQuote, from old: SubscriptionRecord, to record: SubscriptionRecord) throws {
        try settle(quote.due, in: record.account(in: quote.currency), .change, of: record.id)
        try putOff(quote.putOff, in: record.account(in: quote.currency), .change, of: record.id)
        guard let left = quote.left else { return }
        try settle(left, in: old.account(in: left.currency), .change, of: record.id)
    }

    /// An end: unused time is credited unless it is not to be, and what was used waits for the next invoice.
    func chargeEnd(_ old: SubscriptionRecord, prorates: Bool?) throws {
        guard old.status == .active, now >= old.createdAt else { return }
        try unlessUnpriced {
            let prices = try selection.prices(of: old)
            let account = old.account(in: prices.currency)
            let period = old.runningPeriod(at: now)
            let behavior = old.billingInformation?.prorationBehavior ?? .invoiceImmediately
            let isCredited = (prorates ?? old.proratesEnd ?? (behavior != .none)) && !old.isUnpaid(at: now)
            let isEdge = now == period.end || now == old.usageInvoiceAt
            let metered = try MeteredPeriod(old, prices, self, at: isEdge ? before : now, until: now)
            let used = try metered.finalLines(creditedAt: isCredited ? now : nil)
            let paid = try isCredited ? estimator.paidPeriod(of: old, prices, in: period) : PaidPeriod()
            let unused = try estimator.priced {
                () throws(PricingError) in try paid.unusedTime(in: period, at: now, digits: prices.digits)
            }
            guard !(used.isEmpty && unused.isEmpty) else { return }
            let calculator = try estimator.calculator(for: old, in: prices.currency)
            let waits = behavior == .createProrations
            if !waits {
                let invoice = try estimator.priced {
                    () throws(PricingError) in
                    try Invoice(
                        unused, in: prices.currency, discounts: calculator.discounts, at: now,
                        credit: calculator.credit, tax: calculator.tax)
                }
                try settle(invoice, in: account, .end, of: old.id)
            }
            let lines = try estimator.priced {
                () throws(PricingError) in
                try PutOff.lines(
                    waits ? unused : [], in: prices.currency, discounts: calculator.discounts, at: now,
                    tax: calculator.tax)
                    + PutOff.lines(
                        used, in: prices.currency, discounts: calculator.discounts, at: now, tax: calculator.tax)
            }
            try putOff(lines, in: account, .end, of: old.id)
        }
    }

    /// Keeps what is charged for the period that begins now.
    func notePayment(_ record: inout SubscriptionRecord, _ prices: SelectedPrices? = nil) throws {
        record.paid = nil
        guard record.status == .active else { return }
        try unlessUnpriced {
            record.paid = try estimator.paidPeriod(
                of: record, try prices ?? selection.prices(of: record), at: now)
        }
    }

    // MARK: - Entries

    /// Whether anything is kept for whoever pays, after all that happened before. What was made up for before somebody
    /// provisioned it was not charged then.
    private func isAccountUsed(_ record: SubscriptionRecord) throws -> Bool {
        guard now >= record.createdAt else { return false }
        try scope.advance(accountOf: record.payer, besides: record.customerID)
        return try accounts.isUsed(by: record.payer)
    }

    private func settle(_ made: NextInvoice.Made, of record: SubscriptionRecord, _ cause: AccountCause) throws {
        let account = record.account(in: made.invoice.currency)
        for line in made.waiting { try accounts.bill(line, of: account, cause, by: record.id, at: now) }
        try settle(made.invoice, in: account, cause, of: record.id)
    }

    private func settle(
        _ invoice: Invoice, in account: MoneyAccount, _ cause: AccountCause, of subscription: String
    ) throws {
        let change = invoice.surplus - invoice.creditUsed
        guard change != .zero else { return }
        try accounts.add(credit: change, to: account, cause, of: subscription, at: now)
    }

    private func putOff(
        _ lines: [QuoteLine], in account: MoneyAccount, _ cause: AccountCause, of subscription: String
    ) throws {
        for line in lines { try accounts.add(line: line, to: account, cause, of: subscription, at: now) }
    }

    /// What cannot be priced any more, because an amount is too large or a package has no price in the currency, must
    /// not hold up time.
    private func unlessUnpriced(_ body: () throws -> Void) throws {
        do { try body() } catch let error as OperationError where !error.isStoreFailure {}
    }
}
