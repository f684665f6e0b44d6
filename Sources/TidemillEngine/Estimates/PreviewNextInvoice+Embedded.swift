import TidemillCore
import TidemillOperations
import TidemillPricing

extension PreviewNextInvoice: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        let record = try scope.subscription(input.id, for: .previewNextInvoice)
        let customer = try scope.customers.require(record.customerID, for: .previewNextInvoice)
        let session = try SubscriptionSession(customer, in: scope, for: .previewNextInvoice)
        return try NextInvoice(record: record, estimator: Estimator(session: session)).preview()
    }
}

/// The next invoice of a subscription, as things stand.
private struct NextInvoice {
    let record: SubscriptionRecord
    let estimator: Estimator

    private var session: SubscriptionSession { estimator.session }

    func preview() throws -> PreviewNextInvoice.Output {
        switch record.status {
        case .active: return try ofRunningPeriod()
        case .inTrial:
            guard record.trialEndBehavior != .cancelSubscription, let end = record.trialEndDate else { return nothing }
            return try first(at: end)
        case .notStarted: return try first(at: record.trialEndDate ?? record.startDate)
        case .paymentPending, .expired, .canceled: return nothing
        }
    }

    private var nothing: PreviewNextInvoice.Output {
        PreviewNextInvoice.Output(
            subscriptionID: record.id, invoice: nil, dueDate: nil, minimumSpendAdjustment: nil, usage: [])
    }

    /// Nothing was charged yet: the first period in advance, when it begins.
    private func first(at instant: Timestamp) throws -> PreviewNextInvoice.Output {
        if let end = record.effectiveEndDate, end <= instant { return nothing }
        let prices = try session.selection.prices(of: record)
        let calculator = try estimator.calculator(for: record)
        let quote = try estimator.priced {
            () throws(PricingError) in try calculator.new(prices, start: instant)
        }
        return PreviewNextInvoice.Output(
            subscriptionID: record.id, invoice: PreviewInvoice(quote.due, BillingPeriodRange(quote.period)),
            dueDate: instant, minimumSpendAdjustment: Money(quote.minimumSpendAdjustment, quote.currency), usage: [])
    }

    private func ofRunningPeriod() throws -> PreviewNextInvoice.Output {
        let prices = try session.selection.prices(of: record)
        let metered = try MeteredPeriod(record, prices, session)
        let (period, usagePeriod) = (metered.period, metered.usagePeriod)
        let endsPeriod = usagePeriod.end == period.end
        let renews = endsPeriod && !(record.effectiveEndDate.map { $0 <= period.end } ?? false)
        let next = renews ? try renewed(at: period.end) : nil
        let used = try metered.lines(withOverage: endsPeriod || prices.overageBillingPeriod == .monthly)
        let calculator = try estimator.calculator(for: record)
        let invoice = try estimator.priced {
            () throws(PricingError) in
            let advance = try next.map { (next) throws(PricingError) in try calculator.renewalLines(of: next) } ?? []
            return try Invoice(
                advance + used, in: prices.currency, discounts: calculator.discounts, at: usagePeriod.end,
                tax: calculator.tax)
        }
        let floor = invoice.lines.filter { $0.kind == .minimumSpend }.reduce(Amount.zero) { $0 + $1.amount }
        return PreviewNextInvoice.Output(
            subscriptionID: record.id, invoice: PreviewInvoice(invoice, BillingPeriodRange(usagePeriod)),
            dueDate: usagePeriod.end, minimumSpendAdjustment: Money(floor, prices.currency), usage: metered.rows)
    }

    /// What renews: with the change that waits for that instant.
    private func renewed(at end: Timestamp) throws -> SelectedPrices {
        guard let pending = record.pendingUpdate, pending.at <= end else {
            return try session.selection.prices(of: record)
        }
        return try session.selection.revise(record, by: pending.change, customer: session.customer).prices
    }
}
