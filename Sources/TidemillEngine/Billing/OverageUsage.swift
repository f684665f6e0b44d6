import TidemillCore
import TidemillOperations
import TidemillPricing

/// Usage of a billing period as overage is billed for it: by the periods after which the entitlement's usage begins
/// anew, as checks count it (stigg.md B.4: billing period and reset period are independent). Where a reset period
/// reaches beyond the billing period, or usage never begins anew, what was used before counts towards the limit and is
/// not billed again.
///
/// That is possible for usage that only adds up. A level, a maximum or an average is held against the limit as it is in
/// the billing period.
struct OverageUsage {
    let record: SubscriptionRecord
    let session: SubscriptionSession
    let features: CountedFeatures
    private let entitled: EntitledSubscription?

    init(_ record: SubscriptionRecord, _ features: CountedFeatures) {
        let session = features.session
        self.record = record
        self.features = features
        self.session = session
        entitled = EntitledSubscription(record, session.catalog)
    }

    struct Billed {
        /// What is billed; without what was billed before.
        var range: BillingRange
        var amount: Amount
        var usage: [LimitedUsage]
    }

    /// `spans`: what of the range is billed. What was used before counts towards the limit.
    func billed(_ id: FeatureID, _ spans: [BillingRange], in range: BillingRange) throws -> Billed {
        guard let first = spans.first, let last = spans.last, let counted = try features.find(id) else {
            return Billed(range: BillingRange(start: range.end, end: range.end), amount: .zero, usage: [])
        }
        let feature = counted.feature
        let source = BilledUsage(connection: session.scope.connection)
        func used(_ range: BillingRange) throws -> Amount {
            try source.amount(of: counted, record.customerID, record.resourceID, in: range)
        }
        guard feature.addsUp else {
            let isWhole = spans == [range]
            guard isWhole || feature.meterType != .fluctuating || last.end == range.end else {
                return Billed(range: last, amount: .zero, usage: [])
            }
            let amount = try used(isWhole ? range : last)
            return Billed(range: isWhole ? range : last, amount: amount, usage: [LimitedUsage(through: amount)])
        }
        var billed = Billed(range: BillingRange(start: first.start, end: last.end), amount: .zero, usage: [])
        for span in spans {
            let (from, bounds) = try windows(of: id, span.start, span.end)
            let before = from < span.start ? try used(BillingRange(start: from, end: span.start)) : .zero
            let amounts = try source.amounts(of: counted, record.customerID, record.resourceID, bounds: [from] + bounds)
            var usage = amounts.map { LimitedUsage(through: $0) }
            usage[0].before = before
            billed.usage += usage
            billed.amount += usage.count == 1 && from == span.start ? amounts[0] : try used(span)
        }
        return billed
    }

    /// Since when usage counts in the reset period that holds `start`, and the ends of that one and those that follow;
    /// the last one up to `end`.
    private func windows(
        of feature: FeatureID, _ start: Timestamp, _ end: Timestamp
    ) throws -> (from: Timestamp, ends: [Timestamp]) {
        let terms = entitled?.terms(of: feature)
        let zones =
            terms?.resetPeriod == nil
            ? ZoneHistory(first: nil)
            : try CustomerZones(connection: session.scope.connection).history(of: session.customer)
        func window(_ instant: Timestamp) -> UsageWindow {
            .of(
                terms?.resetPeriod, terms?.resetConfiguration, from: record.usageAnchor, zones: zones, at: instant)
        }
        var running = window(start)
        let counted = record.usageCountedFrom(inPeriods: terms?.resetPeriod != nil)
        let from = min(max(running.start ?? counted, counted), start)
        var ends: [Timestamp] = []
        while let next = running.end, next < end {
            ends.append(next)
            running = window(next)
        }
        return (from, ends + [end])
    }
}

extension Feature {
    /// Whether the usage of a time span is never less than that of a part of it, counted from the same instant.
    var addsUp: Bool {
        guard meterType != .fluctuating else { return false }
        switch meter?.aggregation.function {
        case nil, .sum, .count, .unique: return true
        case .max, .min, .avg: return false
        }
    }
}
