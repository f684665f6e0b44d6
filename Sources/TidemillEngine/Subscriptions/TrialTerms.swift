import Foundation
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
    /// both. `zone` is the customer's at the start. `history` is all that the customer ever had of the product. Nil where nothing is tried out.
    static func agreed(
        for plan: PackageVersion, override: TrialOverride?, skipped: Bool, history: [SubscriptionRecord],
        start: Timestamp, now: Timestamp, zone: Zone?, _ selection: PackageSelection
    ) throws -> TrialTerms? {
        let usual = plan.defaultTrialConfig
        let behavior = override?.trialEndBehavior ?? usual?.trialEndBehavior ?? .convertToPaid
        guard let override else {
            let isNew = history.allSatisfy { $0.trialEndDate == nil && $0.paidSince == nil }
            guard !skipped, let usual, plan.pricingType != .free, isNew else { return nil }
            let end = Self.end(of: usual, from: start, in: zone)
            // One that is over already, because the start is back-dated, has happened all the same.
            return end > start ? TrialTerms(end: end, behavior: behavior, budget: usual.budget) : nil
        }
        guard override.isTrial else { return nil }
        guard
            let end = override.trialEndDate?.wholeMilliseconds ?? usual.map({ Self.end(of: $0, from: start, in: zone) })
        else {
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

    /// The same time by the customer's clocks so many days or months later. A time that the clocks skip is the next one
    /// that they show; of one that they show twice it is the first.
    private static func end(of config: TrialConfig, from start: Timestamp, in zone: Zone?) -> Timestamp {
        let local = CivilTime(start, in: zone)
        let end =
            switch config.units {
            case .day: local.adding(days: config.duration)
            case .month: local.adding(months: config.duration)
            }
        return switch end.occurrence(in: zone) {
        case .once(let instant), .twice(let instant, _), .never(let instant, _): instant
        }
    }

    /// When its end is announced: nil where a trial is too short for that.
    static func notice(end: Timestamp, now: Timestamp) -> Timestamp? {
        let notice = end.advanced(bySeconds: -noticeSeconds)
        return notice > now ? notice : nil
    }
}
