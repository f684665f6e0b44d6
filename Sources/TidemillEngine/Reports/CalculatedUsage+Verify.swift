public import TidemillCore
import TidemillStore

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
            after.map(key) ?? [.integer(Int64(-1)), .text(""), .text(""), .text("")]
        let kept = try connection.rows(
            """
            SELECT customer_id, feature_id, resource_id, level_units, level_nanos FROM usage_levels
             WHERE (bucket, customer_id, feature_id, resource_id) > ($1, $2, $3, $4)
             ORDER BY bucket, customer_id, feature_id, resource_id LIMIT \(limit)
            """, start
        ) { row in
            let resource = row.text(2)
            let counter = UsageCounter(
                customerID: CustomerID(row.text(0)), featureID: FeatureID(row.text(1)),
                resourceID: resource.isEmpty ? nil : resource)
            return (counter: counter, level: row.amount(3))
        }
        var differences: [Difference] = []
        for (counter, level) in kept {
            let recomputed = try recompute(counter)
            if recomputed != level {
                differences.append(Difference(counter: counter, kept: level, recomputed: recomputed))
            }
        }
        return (kept.count, differences, kept.count < limit ? nil : kept.last?.counter)
    }

    /// The level from the reports alone, one after the other.
    public func recompute(_ counter: UsageCounter) throws -> Amount {
        var level = Amount.zero
        try connection.query(
            "SELECT behavior, value_units, value_nanos FROM usage_reports WHERE \(Self.isCounter) ORDER BY at, sequence",
            key(counter)
        ) { row in
            level = row.text(0) == "SET" ? row.amount(1) : level + row.amount(1)
        }
        return level
    }
}
