public import TidemillCore
public import TidemillStore

extension CalculatedUsage {
    /// A counter whose kept level is not what its reports come to.
    public struct Difference: Sendable {
        public let counter: UsageCounter
        public let kept: Amount
        public let recomputed: Amount
    }

    /// Recomputes counters from their reports and compares: at most `limit`, those after `after` in the order of
    /// `counters`. `last` is where the next call goes on; nil when all are done.
    public func verify(
        after: UsageCounter? = nil, limit: Int64 = 1000
    ) throws -> (checked: Int, differences: [Difference], last: UsageCounter?) {
        let start: [SQLValue] =
            after?.key ?? [.integer(Int64(-1)), .text(""), .text(""), .text("")]
        let kept = try connection.rows(
            """
            SELECT bucket, customer_id, feature_id, resource_id, level_units, level_nanos FROM usage_levels
             WHERE (bucket, customer_id, feature_id, resource_id) > ($1, $2, $3, $4)
             ORDER BY bucket, customer_id, feature_id, resource_id LIMIT \(limit)
            """, start
        ) { (counter: UsageCounter($0, at: 0), level: $0.amount(4)) }
        var differences: [Difference] = []
        for (counter, level) in kept {
            let recomputed = try recompute(counter)
            if recomputed != level {
                differences.append(Difference(counter: counter, kept: level, recomputed: recomputed))
            }
        }
        return (kept.count, differences, kept.count < limit ? nil : kept.last?.counter)
    }

    /// Counters in the order of their keys.
    func keys(after: UsageCounter?, limit: Int) throws -> [UsageCounter] {
        try connection.values(
            """
            SELECT bucket, customer_id, feature_id, resource_id FROM usage_levels
             WHERE (bucket, customer_id, feature_id, resource_id) > ($1, $2, $3, $4)
             ORDER BY bucket, customer_id, feature_id, resource_id LIMIT \(limit)
            """, after?.key ?? [.integer(Int64(-1)), .text(""), .text(""), .text("")])
    }

    /// Counters that have reports and no kept level: `verify` goes by the levels and does not see them.
    public func withoutLevel(limit: Int64 = 1000) throws -> [UsageCounter] {
        try connection.values(
            """
            SELECT DISTINCT bucket, customer_id, feature_id, resource_id FROM usage_reports r
             WHERE r.voided = 0 AND NOT EXISTS (
               SELECT 1 FROM usage_levels l
                WHERE l.bucket = r.bucket AND l.customer_id = r.customer_id AND l.feature_id = r.feature_id
                  AND l.resource_id = r.resource_id)
             LIMIT \(limit)
            """)
    }

    /// Every counter of the store, in reads that are short each: how many were compared, and a sentence for each that
    /// differs.
    public static func verify(_ store: any Store) throws -> (counters: Int, differences: [String]) {
        var counters = 0
        var differences: [String] = []
        var after: UsageCounter?
        repeat {
            let from = after
            let page = try store.read { try CalculatedUsage(connection: $0).verify(after: from) }
            counters += page.checked
            differences += page.differences.map {
                "\($0.counter.text): the reports come to \($0.recomputed), the level says \($0.kept)"
            }
            after = page.last
        } while after != nil
        let missing = try store.read { try CalculatedUsage(connection: $0).withoutLevel() }
        differences += missing.map { "\($0.text): there are reports, and no level" }
        return (counters + missing.count, differences)
    }

    /// The level from the reports alone, one after the other.
    public func recompute(_ counter: UsageCounter) throws -> Amount {
        var level = Amount.zero
        try connection.query(
            "SELECT behavior, value_units, value_nanos FROM usage_reports WHERE \(Self.isCounted) ORDER BY at, sequence",
            counter.key
        ) { row in
            level = row.text(0) == "SET" ? row.amount(1) : level + row.amount(1)
        }
        return level
    }
}

extension UsageCounter {
    fileprivate var text: String {
        let resource = resourceID.map { " for \($0)" } ?? ""
        return "reported usage of \(featureID.text) of \(customerID.text)\(resource)"
    }
}
