import TidemillCore
import TidemillOperations
import TidemillPricing

/// Usage of a billing period that is charged, in the small units that are reported.
struct MeteredPeriod {
    /// The billing period that runs.
    let period: BillingRange
    /// The part of it whose usage is billed next: an annual subscription pays its usage by the month.
    let usagePeriod: BillingRange
    let rows: [InvoicedUsage]
    /// The time of each feature that is billed; what was billed before, of this subscription or of another, is no part
    /// of it, save for levels, which are billed as they are at the end.
    let windows: [MeteredWindow]
    private let record: SubscriptionRecord
    private let prices: SelectedPrices
    private let session: SubscriptionSession
    private let billing: UsageBilling
    private let features: CountedFeatures

    /// The period that runs at `instant`, if not now. `until`: what was used before this instant; up to the end of the
    /// period otherwise. `known`: the time that was found to be billed when the period was closed.
    init(
        _ record: SubscriptionRecord, _ prices: SelectedPrices, _ session: SubscriptionSession,
        at instant: Timestamp? = nil, until: Timestamp? = nil, known: [MeteredWindow]? = nil
    ) throws {
        let instant = instant ?? session.now
        let period = record.runningPeriod(at: instant)
        let month = record.billingMonths.window(containing: instant)
        let isMonthly = prices.overageBillingPeriod == .monthly
        var usagePeriod = period
        let isBilledByMonth = prices.items.contains(where: \.isUsage) || isMonthly && !prices.overages.isEmpty
        // A trial is one period, however long.
        if isBilledByMonth, record.status != .inTrial {
            usagePeriod = BillingRange(start: max(month.start, period.start), end: min(month.end, period.end))
        }
        var overagePeriod = isMonthly ? usagePeriod : period
        if let until {
            usagePeriod = BillingRange(start: usagePeriod.start, end: until)
            overagePeriod = BillingRange(start: overagePeriod.start, end: until)
        }
        var usage: [FeatureID: Amount] = [:]
        var overageUsage: [FeatureID: [LimitedUsage]] = [:]
        var included: [FeatureID: Amount] = [:]
        var rows: [InvoicedUsage] = []
        var windows: [MeteredWindow] = []
        let access = IncludedUsage(record: record, catalog: session.catalog)
        let features = CountedFeatures(session: session, known: known ?? [])
        let overage = OverageUsage(record, features)
        let time = MeteredTime(record: record, session: session, known: known)
        for item in prices.items where item.isUsage {
            guard let feature = item.charge.featureID, usage[feature] == nil else { continue }
            let spans = try time.spans(of: feature, .usage, in: usagePeriod)
            let counted = try features.find(feature)
            let amount = try Self.amount(counted, of: record, spans, in: usagePeriod, session)
            usage[feature] = amount
            windows.append(
                MeteredWindow(
                    feature: feature, kind: .usage, spans: spans, value: amount, meter: counted?.meter))
            rows.append(
                InvoicedUsage(
                    featureID: feature, usage: amount, included: nil, overage: nil, start: usagePeriod.start,
                    end: usagePeriod.end))
        }
        for item in prices.overages {
            guard let feature = item.charge.featureID, overageUsage[feature] == nil else { continue }
            let spans = try time.spans(of: feature, .overage, in: overagePeriod)
            let used = try overage.billed(feature, spans, in: overagePeriod)
            overageUsage[feature] = used.usage
            let limit = access.limit(of: feature)
            included[feature] = limit
            windows.append(
                MeteredWindow(
                    feature: feature, kind: .overage, spans: spans, value: used.amount,
                    meter: try features.find(feature)?.meter))
            rows.append(
                InvoicedUsage(
                    featureID: feature, usage: used.amount, included: limit,
                    overage: limit.map { used.usage.units(beyond: $0, item.transformation) }, start: used.range.start,
                    end: used.range.end))
        }
        let (metered, beyond, limits) = (usage, overageUsage, included)
        billing = UsageBilling(
            prices, usage: { metered[$0] ?? .zero }, overageUsage: { beyond[$0] ?? [] }, included: { limits[$0] })
        self.period = period
        self.usagePeriod = usagePeriod
        self.rows = rows
        self.windows = windows
        self.record = record
        self.prices = prices
        self.session = session
        self.features = features
    }

    // MARK: - Lines

    /// Whether the next invoice bills overage: with a month's usage only where that is billed by the month.
    var billsOverage: Bool { usagePeriod.end == period.end || prices.overageBillingPeriod == .monthly }

    /// What the next invoice bills.
    var billedWindows: [MeteredWindow] { billsOverage ? windows : windows.filter { $0.kind == .usage } }

    /// What usage and overage come to, whatever was paid for them in advance.
    func cost() throws -> Amount {
        try priced(billing, prepaid: .zero, withOverage: true).reduce(.zero) { $0 + $1.amount }
    }

    /// What is closed when another plan takes its place: usage and overage so far. What does not add up (levels, the
    /// overage of maxima and averages) is billed when the period ends, where it is billed then at all.
    func closedWindows(before new: SelectedPrices, isNewCycle: Bool) -> [MeteredWindow] {
        guard !isNewCycle else { return windows }
        return windows.filter { window in
            let feature = session.catalog.feature(window.feature)
            switch window.kind {
            case .usage:
                return feature?.meterType != .fluctuating
                    || !new.items.contains { $0.isUsage && $0.charge.featureID == window.feature }
            case .overage:
                return feature?.addsUp ?? false || !new.overages.contains { $0.charge.featureID == window.feature }
            }
        }
    }

    /// What is due at once when another plan takes its place.
    func closingLines(
        before new: SelectedPrices, isNewCycle: Bool, behavior: ProrationBehavior
    ) throws -> [QuoteLine] {
        let closed = closedWindows(before: new, isNewCycle: isNewCycle)
        return try lines(of: closed, creditedAt: behavior == .none ? nil : session.now, withOverage: true)
            .filter { $0.amount != .zero }
    }

    /// What the windows come to, all of it, each line with its window: usage, what the minimum spend covers of it, overage. `instant`: when the
    /// unused part of the minimum spend was credited, if it was.
    func lines(
        of windows: [MeteredWindow], creditedAt instant: Timestamp?, withOverage: Bool
    ) throws -> [QuoteLine] {
        let left = try minimumSpendLeft(creditedAt: instant)
        return try priced(billing, prepaid: left, withOverage: withOverage).compactMap { line in
            guard let kind = MeteredWindow.Kind(rawValue: line.kind.rawValue), let feature = line.featureID else {
                return line
            }
            guard let window = windows.first(where: { $0.kind == kind && $0.feature.text == feature }) else {
                return nil
            }
            var line = line
            line.window = window.range
            return line
        }
    }

    private func priced(_ billing: UsageBilling, prepaid: Amount, withOverage: Bool) throws -> [QuoteLine] {
        do throws(PricingError) {
            return try billing.lines(prepaid: prepaid, withOverage: withOverage)
        } catch {
            throw error.error(in: session.selection.operation)
        }
    }

    // MARK: - Usage

    private static func used(
        _ counted: CountedFeature?, of record: SubscriptionRecord, in range: BillingRange,
        _ session: SubscriptionSession
    ) throws -> Amount {
        guard let counted else { return .zero }
        return try BilledUsage(connection: session.scope.connection).amount(
            of: counted, record.customerID, record.resourceID, in: range)
    }

    /// What was used in the spans of the range, which are what is left of it for this bill. A level is as it is at the
    /// range's end; what adds up is what the spans add to it; of anything else each span has its own.
    private static func amount(
        _ counted: CountedFeature?, of record: SubscriptionRecord, _ spans: [BillingRange], in range: BillingRange,
        _ session: SubscriptionSession
    ) throws -> Amount {
        guard let last = spans.last, let feature = counted?.feature else { return .zero }
        func used(until end: Timestamp) throws -> Amount {
            guard range.start < end else { return .zero }
            return try Self.used(counted, of: record, in: BillingRange(start: range.start, end: end), session)
        }
        if feature.meterType == .fluctuating { return last.end == range.end ? try used(until: range.end) : .zero }
        if spans == [range] { return try used(until: range.end) }
        guard feature.addsUp else { return try Self.used(counted, of: record, in: last, session) }
        var sum = Amount.zero
        for span in spans { sum += try used(until: span.end) - used(until: span.start) }
        return max(sum, .zero)
    }

    // MARK: - Minimum spend

    /// What is left of the minimum spend that the running period was charged for in advance: without its unused time
    /// that is credited, and without what earlier months of a year used.
    func minimumSpendLeft(creditedAt instant: Timestamp? = nil) throws -> Amount {
        let paidFrom = max(period.start, record.usageBilledAt ?? period.start)
        var left = record.paid?.prepaid ?? prepaid(at: paidFrom)
        if let instant { left -= try unusedFloor(at: instant) }
        guard left > .zero else { return .zero }
        var start = paidFrom
        while start < usagePeriod.start {
            let end = min(record.billingMonths.window(containing: start).end, usagePeriod.start)
            var usage: [FeatureID: Amount] = [:]
            for item in prices.items where item.isUsage {
                guard let feature = item.charge.featureID, usage[feature] == nil else { continue }
                usage[feature] = try Self.used(
                    features.find(feature, of: record, at: start), of: record, in: BillingRange(start: start, end: end),
                    session)
            }
            let counted = usage
            let month = UsageBilling(prices, usage: { counted[$0] ?? .zero })
            for line in try priced(month, prepaid: .zero, withOverage: false) { left -= line.amount }
            start = end
        }
        return max(left, .zero)
    }

    /// What was charged for the minimum spend, where that was not kept: the rest of the period at the price of now.
    private func prepaid(at instant: Timestamp) -> Amount {
        let share = PeriodShare(leftAt: instant, start: period.start, end: period.end)
        return ExactAmount(prices.minimumSpend ?? .zero).share(share, toDigits: prices.digits)
    }

    /// What of it is given back at an instant.
    private func unusedFloor(at instant: Timestamp) throws -> Amount {
        guard let paid = record.paid, paid.prepaid != nil else { return prepaid(at: instant) }
        do throws(PricingError) {
            return try paid.unusedTime(in: period, at: instant, digits: prices.digits)
                .reduce(.zero) { $1.isMinimumSpend ? $0 - $1.amount : $0 }
        } catch {
            throw error.error(in: session.selection.operation)
        }
    }
}

extension SubscriptionRecord {
    /// The billing period that runs at `instant`.
    func runningPeriod(at instant: Timestamp) -> BillingRange {
        let cycle = billingCycle.window(containing: instant)
        return BillingRange(start: currentBillingPeriodStart ?? cycle.start, end: currentBillingPeriodEnd ?? cycle.end)
    }
}
