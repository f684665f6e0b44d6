import TidemillCore
import TidemillOperations

/// Reported usage that costs credits: how it stood before a report, and what becomes of the difference.
///
/// - What accumulates burns, in each billing period, what the period's reports come to, and never less than nothing
///   (`UsageTaken`), as events do.
/// - A level burns what it rises by, and gives back what it falls by. Below zero it is worth nothing.
struct BurnedUsage {
    private let counter: UsageCounter
    private let rating: CreditRating
    private let isLevel: Bool
    /// Whether the period is looked at by itself, and not what there was before.
    private let isOfPeriod: Bool
    private let before: Amount

    /// Nil where the feature costs this customer no credits.
    init?(_ counter: UsageCounter, _ behavior: UpdateBehavior, at: Timestamp, in scope: CallScope) throws {
        guard
            let rating = try CreditRates(scope).rating(
                of: counter.featureID, for: counter.customerID, resource: counter.resourceID)
        else { return nil }
        self.counter = counter
        self.rating = rating
        isLevel = try scope.catalog().feature(counter.featureID)?.meterType == .fluctuating
        // A SET says what usage comes to: what stood below zero when the period began is no part of that.
        isOfPeriod =
            try !isLevel && behavior == .set && rating.period.contains(at)
            && scope.usage.level(of: counter, before: rating.period.start) ?? .zero < .zero
        before = try Self.standing(counter, isOfPeriod ? rating.period : nil, scope)
    }

    private static func standing(_ counter: UsageCounter, _ period: BurnPeriod?, _ scope: CallScope) throws -> Amount {
        guard let period else { return try scope.usage.level(of: counter) ?? .zero }
        return try scope.usage.usage(of: counter, period.start, period.end)
    }

    /// Burns, or gives back, what the report that was stored just now makes of it.
    func reported(
        _ dimensions: TextMap<Payload>?, eventID: String?, at: Timestamp, in scope: CallScope
    ) throws -> CreditConsumed {
        let after = try Self.standing(counter, isOfPeriod ? rating.period : nil, scope)
        let delta = isLevel ? max(after, .zero) - max(before, .zero) : after - before
        return CreditConsumed(
            currencyID: rating.rate.currencyID,
            consumed: try CreditConsumption.usageChanged(
                rating, by: delta, isLevel: isLevel, dimensions, eventID: eventID, at: at, in: scope))
    }
}
