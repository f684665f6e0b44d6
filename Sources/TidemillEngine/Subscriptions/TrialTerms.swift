import TidemillCore
import TidemillOperations

/// Whether a subscription begins as a trial, until when, and what follows (stigg.md B.11).
struct TrialTerms: Hashable {
    var end: Timestamp
    var behavior: TrialEndBehavior
    var budget: Budget?

    /// Seven days before its end a trial is announced to end soon (stigg.md C.3).
    static let noticeSeconds: Int64 = 7 * 86_400

    /// One trial per customer and product, none after it was paid for, none of a free plan; `override` decides against
    /// both. `history` is all that the customer ever had of the product. Nil where nothing is tried out.
    static func agreed(
        for plan: PackageVersion, override: TrialOverride?, skipped: Bool, history: [SubscriptionRecord],
        start: Timestamp, now: Timestamp, _ selection: PackageSelection
    ) throws -> TrialTerms? {
        let usual = plan.defaultTrialConfig
        let behavior = override?.trialEndBehavior ?? usual?.trialEndBehavior ?? .convertToPaid
        guard let override else {
            let isNew = history.allSatisfy { $0.trialEndDate == nil && $0.paidSince == nil }
            guard !skipped, let usual, plan.pricingType != .free, isNew else { return nil }
            let end = Self.end(of: usual, from: start)
            // One that is over already, because the start is back-dated, has happened all the same.
            return end > start ? TrialTerms(end: end, behavior: behavior, budget: usual.budget) : nil
        }
        guard override.isTrial else { return nil }
        guard let end = override.trialEndDate?.wholeMilliseconds ?? usual.map({ Self.end(of: $0, from: start) }) else {
            throw selection.failure(
                .invalidArgument,
                "'trialOverrideConfiguration.trialEndDate' is required: the plan \"\(plan.id)\" has no trial of its own"
            )
        }
        guard end > start, end > now else {
            throw selection.failure(
                .invalidArgument,
                "'trialOverrideConfiguration.trialEndDate' must be later than the start and than now, got \(end)")
        }
        return TrialTerms(end: end, behavior: behavior, budget: usual?.budget)
    }

    /// Days have 24 hours; months are the calendar's, in UTC.
    private static func end(of config: TrialConfig, from start: Timestamp) -> Timestamp {
        switch config.units {
        case .day: start.advanced(bySeconds: config.duration * 86_400)
        case .month: start.adding(months: config.duration)
        }
    }

    /// When its end is announced: nil where a trial is too short for that.
    static func notice(end: Timestamp, now: Timestamp) -> Timestamp? {
        let notice = end.advanced(bySeconds: -noticeSeconds)
        return notice > now ? notice : nil
    }
}
