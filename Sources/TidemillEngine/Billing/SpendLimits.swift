import TidemillCore
import TidemillOperations
import TidemillPricing

extension SubscriptionRecord {
    /// What may be spent on usage now: during a trial the trial's budget comes first (stigg.md B.5).
    var spendLimit: Budget? { status == .inTrial ? trialBudget ?? budget : budget }
}

/// What usage that is paid for as it comes has cost in the running period, held against the subscription's budget.
/// Without a budget nothing is computed.
struct SpendLimits {
    let scope: CallScope

    /// The shares of a budget that are announced (stigg.md C.3).
    static let percentages: [Int64] = [80, 100]

    private struct Standing {
        var spent: Amount
        var periodStart: Timestamp
    }

    /// Whether nothing is left of a budget that must not be exceeded.
    func isSpent(_ record: SubscriptionRecord) throws -> Bool {
        guard let budget = record.spendLimit, !budget.hasSoftLimit else { return false }
        return try standing(of: record, try session(of: record)).spent >= budget.limit
    }

    /// Announces the highest share of the budget that was newly reached. It is announced again after the spend fell
    /// below it, the budget rose, or a new period began.
    func review(_ id: String) throws {
        guard var record = try scope.subscriptions.find(id), record.status.isLive, let budget = record.spendLimit
        else { return }
        let session = try session(of: record)
        let standing = try standing(of: record, session)
        let reached = Self.reached(standing.spent, of: budget.limit)
        let past = record.spendNotice.flatMap { $0.periodStart == standing.periodStart ? $0.percentage : nil } ?? 0
        let notice = reached == 0 ? nil : SpendNotice(periodStart: standing.periodStart, percentage: reached)
        if notice != record.spendNotice {
            record.spendNotice = notice
            try scope.subscriptions.update(record)
        }
        guard reached > past else { return }
        let share = standing.spent.times(100)?.divided(by: budget.limit)?.rounded(toDigits: 2)
        try session.announce(
            .spendLimitExceeded, record,
            [
                "spendLimit": Payload(budget.limit), "currentSpend": Payload(standing.spent),
                "currentSpendPercentage": share.map { Payload($0) } ?? .null,
                "thresholdPercentage": .integer(reached), "isSoftLimit": .boolean(budget.hasSoftLimit),
            ])
    }

    /// The highest announced share that was reached; 0 for none.
    private static func reached(_ spent: Amount, of limit: Amount) -> Int64 {
        guard spent > .zero else { return 0 }
        return percentages.filter { percentage in
            guard let hundredfold = spent.times(100), let share = limit.times(percentage) else { return spent >= limit }
            return hundredfold >= share
        }.max() ?? 0
    }

    /// Usage and overage, before discounts and taxes; no minimum, which is due however little is used.
    private func standing(of record: SubscriptionRecord, _ session: SubscriptionSession) throws -> Standing {
        let metered = try MeteredPeriod(record, session.selection.prices(of: record), session)
        return Standing(spent: try metered.cost(), periodStart: metered.usagePeriod.start)
    }

    private func session(of record: SubscriptionRecord) throws -> SubscriptionSession {
        try SubscriptionSession(
            scope.customers.require(record.customerID, for: .checkEntitlement), in: scope, for: .checkEntitlement)
    }
}
