public import TidemillCore
import TidemillOperations
public import TidemillStore

extension EntitlementState {
    /// How much of the limit is used, to two decimals; nil without a limit.
    var usedPercentage: Amount? {
        guard let usage, let limit, limit > .zero else { return nil }
        return usage.times(100)?.divided(by: limit)?.rounded(toDigits: 2)
    }

    /// The highest of these shares of the limit, in percent, that usage has reached; 0 for none.
    func reached(_ percentages: [Int]) -> Int {
        guard let usage, let limit, limit > .zero, usage > .zero else { return 0 }
        return percentages.filter { percentage in
            guard let used = usage.times(100), let share = limit.times(Int64(percentage)) else { return false }
            return used >= share
        }.max() ?? 0
    }
}

/// Watches usage against limits over one call or batch: each customer's feature is announced once at most, with the
/// highest share of its limit that was newly reached (stigg.md C.1).
///
/// What was reached in a period is kept, so that a share is announced again only after usage fell below it, the limit
/// rose, or a new period began.
final class UsageAlerts {
    private struct Key: Hashable {
        let customer: CustomerID
        let feature: FeatureID
        @ComparedByBytes var resource: String?
    }

    private let scope: CallScope
    private var order: [Key] = []
    private var watched: [Key: Watched] = [:]

    private struct Watched {
        let subject: EntitlementSubject
        let before: EntitlementState?
        var after: EntitlementState?
    }

    /// Subscriptions with a budget whose customers use something.
    private var budgeted: [String] = []
    private var isBudgeted: Set<String> = []

    init(scope: CallScope) {
        self.scope = scope
    }

    /// Notes that usage of the feature moves: `before` is how it stood and `after` how it stands, where that is known.
    func watch(
        _ subject: EntitlementSubject, _ feature: FeatureID, before: EntitlementState? = nil,
        after: EntitlementState? = nil
    ) {
        let key = Key(customer: subject.customerID, feature: feature, resource: subject.resourceID)
        guard watched[key] == nil else {
            watched[key]?.after = after
            return
        }
        order.append(key)
        watched[key] = Watched(subject: subject, before: before, after: after)
    }

    /// Notes that usage moves which the customer's budgets may pay for.
    func watchSpend(of subject: EntitlementSubject) {
        for id in subject.budgeted where isBudgeted.insert(id).inserted { budgeted.append(id) }
    }

    /// Compares how usage stands now with how it stood, and announces what was reached. `found` hears how each stands.
    func finish(_ found: (EntitlementState, EntitlementSubject) -> Void = { _, _ in }) throws {
        struct Subject: Hashable {
            let customer: CustomerID
            let feature: FeatureID
        }
        var passed: [Subject: (threshold: Int, state: EntitlementState, subject: EntitlementSubject)] = [:]
        var announced: [Subject] = []
        let resolver = EntitlementResolver(scope: scope)
        for key in order {
            guard let watched = watched[key] else { continue }
            let subject = watched.subject
            let state = try watched.after ?? resolver.state(of: key.feature, for: subject)
            let counter = UsageCounter(customerID: key.customer, featureID: key.feature, resourceID: key.resource)
            try NegativeUsage.note(counter, state.usage, at: scope.now, on: scope.connection)
            let threshold = try newlyReached(state, key, before: watched.before)
            found(state, subject)
            guard let threshold else { continue }
            let place = Subject(customer: key.customer, feature: key.feature)
            if passed[place] == nil { announced.append(place) }
            if threshold > passed[place]?.threshold ?? 0 { passed[place] = (threshold, state, subject) }
        }
        order = []
        watched = [:]
        for place in announced {
            guard let (threshold, state, subject) = passed[place] else { continue }
            try EntitlementEvents.usageExceeded(threshold, state, of: subject, in: scope)
        }
        for id in budgeted { try SpendLimits(scope: scope).review(id) }
        budgeted = []
        isBudgeted = []
    }

    private func newlyReached(_ state: EntitlementState, _ key: Key, before: EntitlementState?) throws -> Int? {
        let percentages = scope.settings.usageAlerts
        guard let winner = state.winner, !percentages.isEmpty else { return nil }
        // A change that began usage anew begins a period here too.
        let period = [winner.window.start, winner.countedFrom].compactMap { $0?.microseconds }.max() ?? 0
        let row: [SQLValue] =
            key.customer.key + [
                .text(key.feature.text),
                .text(key.resource ?? ""),
            ]
        let kept = try scope.connection.first(
            """
            SELECT period_start, threshold, period_end FROM usage_alerts
             WHERE bucket = $1 AND customer_id = $2 AND feature_id = $3 AND resource_id = $4
            """, row
        ) { (period: $0.integer(0), threshold: Int($0.integer(1)), end: $0.integer(2)) }
        let level = state.reached(percentages)
        let past =
            kept.flatMap { $0.period == period ? $0.threshold : nil }
            ?? before.flatMap { $0.winner?.window == winner.window ? $0.reached(percentages) : nil } ?? 0
        let end = winner.window.end?.microseconds ?? .max
        if level != kept?.threshold || period != kept?.period || end != kept?.end, kept != nil || level > 0 {
            try scope.connection.execute(
                """
                INSERT INTO usage_alerts(bucket, customer_id, feature_id, resource_id, period_start, threshold, period_end)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (bucket, customer_id, feature_id, resource_id) DO UPDATE SET
                  period_start = excluded.period_start, threshold = excluded.threshold, period_end = excluded.period_end
                """, row + [.integer(period), .integer(level), .integer(end)])
        }
        return level > past ? level : nil
    }
}

/// Who has reached a share of a limit in a period that is not over: by the standing of their last usage. Limits move
/// meanwhile, so whoever asks looks at each once more.
public enum ReachedLimits {
    public struct Entry: Sendable, Hashable {
        public let customerID: CustomerID
        public let featureID: FeatureID
        public let resourceID: String?
    }

    /// The highest share first, and of one those whose period ends soonest.
    public static func list(at now: Timestamp, limit: Int, on connection: any SQLConnection) throws -> [Entry] {
        var entries: [Entry] = []
        var below = Int64.max
        while entries.count < limit,
            let threshold = try connection.first(nextQuery, [.integer(below)], { $0.isNull(0) ? nil : $0.integer(0) })
                ?? nil
        {
            below = threshold
            try connection.query(
                query, [.integer(threshold), .integer(now.microseconds), .integer(Int64(limit - entries.count))]
            ) { row in
                entries.append(
                    Entry(
                        customerID: CustomerID(row.text(0)), featureID: FeatureID(row.text(1)),
                        resourceID: row.text(2).isEmpty ? nil : row.text(2)))
            }
        }
        return entries
    }

    static let nextQuery = "SELECT MAX(threshold) FROM usage_alerts WHERE threshold > 0 AND threshold < $1"
    static let query = """
        SELECT customer_id, feature_id, resource_id FROM usage_alerts
         WHERE threshold > 0 AND threshold = $1 AND period_end > $2
         ORDER BY period_end, bucket, customer_id, feature_id, resource_id LIMIT $3
        """
}
