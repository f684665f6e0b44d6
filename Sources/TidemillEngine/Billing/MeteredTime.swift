import TidemillCore
import TidemillOperations
import TidemillPricing

/// Which part of a range of metered time a subscription bills: what was billed before is on another invoice already.
struct MeteredTime {
    let record: SubscriptionRecord
    let session: SubscriptionSession
    /// What was found when the time was closed; it stays so, whatever was closed since.
    let known: [MeteredWindow]?

    /// In order, none of them empty.
    func spans(of feature: FeatureID, _ kind: MeteredWindow.Kind, in range: BillingRange) throws -> [BillingRange] {
        if let known { return known.first { $0.feature == feature && $0.kind == kind }?.spans ?? [] }
        guard range.start < range.end else { return [] }
        let counted = session.catalog.feature(feature)
        // A level is billed as it is at the end, and a maximum or an average of the whole period.
        let addsUp = kind == .usage ? counted?.meterType != .fluctuating : counted?.addsUp ?? false
        let billed = addsUp ? record.usageBilledAt ?? range.start : range.start
        let start = min(max(range.start, billed), range.end)
        let taken = try MeteredWindowTable(
            connection: session.scope.connection, customer: record.customerID, resource: record.resourceID
        ).taken(feature, kind, in: range, besides: record.id)
        return BillingRange(start: start, end: range.end).without(taken)
    }
}

extension BillingRange {
    var isEmpty: Bool { start >= end }

    func contains(_ instant: Timestamp) -> Bool { start <= instant && instant < end }

    /// What is left of it, in order. `taken` is in the order of its starts.
    func without(_ taken: [BillingRange]) -> [BillingRange] {
        var left: [BillingRange] = []
        var from = start
        for part in taken where part.end > from && part.start < end {
            if part.start > from { left.append(BillingRange(start: from, end: part.start)) }
            from = max(from, part.end)
        }
        if from < end { left.append(BillingRange(start: from, end: end)) }
        return left
    }
}
