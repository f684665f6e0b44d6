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
        let calculator = try estimator.calculator(for: record, isNew: false, from: record.startDate)
        let quote = try estimator.priced {
            () throws(PricingError) in try calculator.new(prices, start: instant)
        }
        return PreviewNextInvoice.Output(
            subscriptionID: record.id, invoice: PreviewInvoice(quote.due, BillingPeriodRange(quote.period)),
            dueDate: instant, minimumSpendAdjustment: Money(quote.minimumSpendAdjustment, quote.currency), usage: [])
    }

    private func ofRunningPeriod() throws -> PreviewNextInvoice.Output {
        let now = session.now
        let prices = try session.selection.prices(of: record)
        let cycle = record.billingCycle.window(containing: now)
        let period = BillingRange(
            start: record.currentBillingPeriodStart ?? cycle.start, end: record.currentBillingPeriodEnd ?? cycle.end)
        // An annual subscription pays its usage by the month.
        let month = record.billingMonths.window(containing: now)
        let usagePeriod =
            prices.items.contains { $0.isUsage } || prices.overageBillingPeriod == .monthly && !prices.overages.isEmpty
            ? BillingRange(start: max(month.start, period.start), end: min(month.end, period.end)) : period
        let endsPeriod = usagePeriod.end == period.end
        let usage = try MeteredPeriod(
            record: record, prices: prices, usagePeriod: usagePeriod,
            overagePeriod: prices.overageBillingPeriod == .monthly ? usagePeriod : period, session: session)
        let renews = endsPeriod && !(record.effectiveEndDate.map { $0 <= period.end } ?? false)
        let next = renews ? try renewed(at: period.end) : nil
        let calculator = try estimator.calculator(for: record, isNew: false, from: record.startDate)
        let invoice = try estimator.priced {
            () throws(PricingError) in
            let used = try usage.billing.lines(
                withFloor: endsPeriod, withOverage: endsPeriod || prices.overageBillingPeriod == .monthly)
            let advance = try next.map { (next) throws(PricingError) in try calculator.advanceLines(of: next) } ?? []
            return try Invoice(
                advance + used, in: prices.currency, discounts: calculator.discounts, at: usagePeriod.end,
                tax: calculator.tax)
        }
        let missing = invoice.lines.filter { $0.kind == .minimumSpend }.reduce(Amount.zero) { $0 + $1.amount }
        return PreviewNextInvoice.Output(
            subscriptionID: record.id, invoice: PreviewInvoice(invoice, BillingPeriodRange(usagePeriod)),
            dueDate: usagePeriod.end, minimumSpendAdjustment: Money(missing, prices.currency), usage: usage.rows)
    }

    /// What renews: with the change that waits for that instant.
    private func renewed(at end: Timestamp) throws -> SelectedPrices {
        guard let pending = record.pendingUpdate, pending.at <= end else {
            return try session.selection.prices(of: record)
        }
        return try session.selection.revise(record, by: pending.change, customer: session.customer).prices
    }
}

/// Usage of a billing period that is charged, in the small units that are reported.
private struct MeteredPeriod {
    let billing: UsageBilling
    let rows: [InvoicedUsage]

    init(
        record: SubscriptionRecord, prices: SelectedPrices, usagePeriod: BillingRange, overagePeriod: BillingRange,
        session: SubscriptionSession
    ) throws {
        let scope = session.scope
        var usage: [FeatureID: Amount] = [:]
        var overageUsage: [FeatureID: Amount] = [:]
        var included: [FeatureID: Amount] = [:]
        var rows: [InvoicedUsage] = []
        let access = IncludedUsage(record: record, catalog: session.catalog)
        func used(_ feature: FeatureID, in range: BillingRange) throws -> Amount {
            guard let counted = session.catalog.feature(feature) else { return .zero }
            return try BilledUsage(connection: scope.connection).amount(
                of: counted, record.customerID, record.resourceID, in: range)
        }
        for item in prices.items where item.isUsage {
            guard let feature = item.charge.featureID, usage[feature] == nil else { continue }
            let amount = try used(feature, in: usagePeriod)
            usage[feature] = amount
            rows.append(
                InvoicedUsage(
                    featureID: feature, usage: amount, included: nil, overage: nil, start: usagePeriod.start,
                    end: usagePeriod.end))
        }
        for item in prices.overages {
            guard let feature = item.charge.featureID, overageUsage[feature] == nil else { continue }
            let amount = try used(feature, in: overagePeriod)
            overageUsage[feature] = amount
            let limit = access.limit(of: feature)
            included[feature] = limit
            let billed = ChargePricer.billedUnits(of: amount, item.transformation)
            rows.append(
                InvoicedUsage(
                    featureID: feature, usage: amount, included: limit,
                    overage: limit.map { max(billed - $0, .zero) }, start: overagePeriod.start, end: overagePeriod.end))
        }
        let (metered, beyond, limits) = (usage, overageUsage, included)
        billing = UsageBilling(
            prices, usage: { metered[$0] ?? .zero }, overageUsage: { beyond[$0] ?? .zero }, included: { limits[$0] })
        self.rows = rows
    }
}
