import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// How much of a feature is billed for a period, in the small units that are reported: billing rounds large units by a
/// rule of its own (stigg.md E.24). All usage of the period counts, also that from before a reset within it; overage is
/// held against what is included by reset periods (`OverageUsage`).
struct BilledUsage {
    let connection: any SQLConnection

    func amount(
        of counted: CountedFeature, _ customer: CustomerID, _ resource: String?, in range: BillingRange
    ) throws -> Amount {
        let feature = counted.feature
        guard feature.featureType == .number else { return .zero }
        let all = try used(counted, customer, resource, in: range)
        return try all - unbilled(feature, customer, resource, in: range)
    }

    /// What came too late to be billed without a person.
    private func unbilled(
        _ feature: Feature, _ customer: CustomerID, _ resource: String?, in range: BillingRange
    ) throws -> Amount {
        try LateUsageTable(connection: connection).unbilled(
            LateSubject(customer: customer, resource: resource, feature: feature.id),
            from: feature.meterType == .fluctuating ? nil : range.start, to: range.end)
    }

    private func used(
        _ counted: CountedFeature, _ customer: CustomerID, _ resource: String?, in range: BillingRange
    ) throws -> Amount {
        let feature = counted.feature
        // What goes up and down has a level, which a new period does not change.
        let from = feature.meterType == .fluctuating ? nil : range.start
        guard feature.meter == nil else {
            var query = UsageQuery(
                feature: feature.id, customer: customer, resource: resource ?? "", from: from, to: range.end)
            query.meter = counted.version
            return try rows(query, counted.deltas).first?.value ?? .zero
        }
        let counter = UsageCounter(customerID: customer, featureID: feature.id, resourceID: resource)
        let usage = CalculatedUsage(connection: connection)
        guard let from else { return try usage.level(of: counter, before: range.end) ?? .zero }
        return try usage.reported(of: counter, [from, range.end])[0]
    }

    /// Throws where events are gone without which that cannot be told.
    private func rows(_ query: UsageQuery, _ deltas: CustomerDeltas?) throws -> [UsageRow] {
        let reader = try UsageReader.forStore(on: connection)
        guard let answer = try reader.usage(query, deltas, on: connection) else { return [] }
        guard !answer.isPartial else {
            let span = [query.from, query.to].compactMap { $0?.description }.joined(separator: " to ")
            throw OperationError(
                .usageOutOfRange,
                "what was used of \"\(query.feature)\" from \(span) cannot be told: it begins or ends within an hour, and events of then are not stored any more (events.keep)"
            )
        }
        return answer.rows
    }

    /// The same of each of the spans between the bounds, of what adds up; each counts from zero.
    func amounts(
        of counted: CountedFeature, _ customer: CustomerID, _ resource: String?, bounds: [Timestamp]
    ) throws -> [Amount] {
        let spans = zip(bounds, bounds.dropFirst()).map { BillingRange(start: $0, end: $1) }
        let amounts = try used(counted, customer, resource, bounds: bounds, spans)
        return try zip(amounts, spans).map { try $0 - unbilled(counted.feature, customer, resource, in: $1) }
    }

    private func used(
        _ counted: CountedFeature, _ customer: CustomerID, _ resource: String?, bounds: [Timestamp],
        _ spans: [BillingRange]
    ) throws -> [Amount] {
        let feature = counted.feature
        guard let meter = feature.meter, spans.count > 1 else {
            if spans.count > 1, feature.featureType == .number {
                let counter = UsageCounter(customerID: customer, featureID: feature.id, resourceID: resource)
                return try CalculatedUsage(connection: connection).reported(of: counter, bounds)
            }
            return try spans.map { try used(counted, customer, resource, in: $0) }
        }
        // Hours that lie in one span each are read at once and added; different values can be told within one hour only.
        let hour: Int64 = 3_600_000_000
        let isByHours =
            meter.aggregation.function == .unique
            ? spans.allSatisfy { $0.start.hour == ($0.end.microseconds - 1).flooredDivision(by: hour) }
            : bounds.dropFirst().dropLast().allSatisfy { $0.microseconds % hour == 0 }
        guard isByHours, let first = bounds.first, let last = bounds.last else {
            return try spans.map { try used(counted, customer, resource, in: $0) }
        }
        var query = UsageQuery(
            feature: feature.id, customer: customer, resource: resource ?? "", from: first, to: last, window: .hour)
        query.meter = counted.version
        var amounts = [Amount](repeating: .zero, count: spans.count)
        var span = 0
        for row in try rows(query, counted.deltas) {
            guard let start = row.windowStart else { continue }
            while span < spans.count - 1, spans[span].end <= start { span += 1 }
            amounts[span] += row.value
        }
        return amounts
    }
}

extension CalculatedUsage {
    /// What was reported in each of the spans between the bounds, counted from zero: a SET says what the span comes to so
    /// far.
    fileprivate func reported(of counter: UsageCounter, _ bounds: [Timestamp]) throws -> [Amount] {
        guard let first = bounds.first, let last = bounds.last, bounds.count > 1 else { return [] }
        var amounts = [Amount](repeating: .zero, count: bounds.count - 1)
        var span = 0
        try connection.query(
            """
            SELECT behavior, value_units, value_nanos, at FROM usage_reports
             WHERE \(Self.isCounted) AND at >= $5 AND at < $6 ORDER BY at, sequence
            """, counter.key + [.integer(first.microseconds), .integer(last.microseconds)]
        ) { row in
            while bounds[span + 1].microseconds <= row.integer(3) { span += 1 }
            let value = row.amount(1)
            amounts[span] = row.text(0) == "SET" ? value : amounts[span] + value
        }
        return amounts
    }
}

/// What a subscription includes of a feature before overage begins (stigg.md B.6): its own word, else the plan's, with
/// the add-ons'.
struct IncludedUsage {
    let record: SubscriptionRecord
    let catalog: CatalogSnapshot

    /// Nil for no limit; zero where nothing is included.
    func limit(of feature: FeatureID) -> Amount? {
        for case .feature(let own) in record.entitlements where own.id == feature {
            return own.hasUnlimitedUsage == true ? nil : own.usageLimit ?? .zero
        }
        let plan = catalog.chain(of: record).lazy.compactMap { $0.entitlement(to: feature) }.first
        guard plan?.hasUnlimitedUsage != true else { return nil }
        var limit = plan?.isGranted == false ? .zero : plan?.usageLimit ?? .zero
        var override: Amount?
        for addon in record.addons {
            guard let own = catalog.addon(addon.id, version: addon.version)?.entitlement(to: feature) else { continue }
            if own.hasUnlimitedUsage == true { return nil }
            let given = (own.usageLimit ?? .zero).times(addon.quantity) ?? .bound
            switch own.behavior {
            case .increment: limit += given
            case .override: override = max(override ?? .zero, given)
            }
        }
        return override ?? limit
    }
}
