import TidemillCore
import TidemillStore

/// Days of usage that a reprocess has touched, until they are counted again.
struct TouchedUsage {
    let connection: any SQLConnection

    func note(_ key: UsageKey) throws {
        try connection.execute(
            """
            INSERT INTO reprocess_usage(bucket, day, meter, customer_id, resource_id) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT DO NOTHING
            """, arguments(key))
    }

    /// Some of a shard, in the order of time.
    func keys(shard: Int64, limit: Int) throws -> [UsageKey] {
        try connection.rows(
            """
            SELECT bucket, meter, day, customer_id, resource_id FROM reprocess_usage WHERE bucket BETWEEN $1 AND $2
             ORDER BY day, bucket, meter, customer_id, resource_id LIMIT $3
            """, [.integer(shard * 16), .integer(shard * 16 + 15), .integer(limit)]
        ) { row in
            UsageKey(
                bucket: row.integer(0), meter: row.integer(1), day: row.integer(2), customer: row.text(3),
                resource: row.text(4))
        }
    }

    func forget(_ key: UsageKey) throws {
        try connection.execute(
            """
            DELETE FROM reprocess_usage
             WHERE bucket = $1 AND day = $2 AND meter = $3 AND customer_id = $4 AND resource_id = $5
            """, arguments(key))
    }

    private func arguments(_ key: UsageKey) -> [SQLValue] {
        [.integer(key.bucket), .integer(key.day), .integer(key.meter), .text(key.customer), .text(key.resource)]
    }
}

extension LateUsageTable {
    /// What was billed of touched days is billed anew, by difference.
    func note(_ touched: some Sequence<UsageKey>, _ meters: MeterSet) throws {
        let features = Dictionary(
            meters.versions.map { ($0.id, $0.featureID) }, uniquingKeysWith: { first, _ in first })
        for key in touched {
            guard let feature = features[key.meter] else { continue }
            try note(LateSubject(key.customer, key.resource, feature), from: Timestamp.hour(key.day * 24))
        }
    }
}
