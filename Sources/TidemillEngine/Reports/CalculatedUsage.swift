public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Usage that the application counts itself and reports. The level at an instant is the last SET before it plus the
/// DELTAs after that, in the order (at, arrival): a report that comes late gives the same levels as one in time.
public struct CalculatedUsage {
    private let connection: any SQLConnection

    public init(connection: any SQLConnection) {
        self.connection = connection
    }

    /// The level after every report, also one dated a little ahead; nil when nothing was reported.
    public func level(of counter: UsageCounter) throws -> Amount? {
        try running(counter)?.level
    }

    /// The level just before `instant`; nil when nothing was reported before it.
    public func level(of counter: UsageCounter, before instant: Timestamp) throws -> Amount? {
        let before = [SQLValue.integer(instant.microseconds)]
        let set = try connection.first(
            """
            SELECT at, sequence, value_units, value_nanos FROM usage_reports
             WHERE \(Self.isCounter) AND at < $5 AND behavior = 'SET' ORDER BY at DESC, sequence DESC LIMIT 1
            """, key(counter) + before
        ) { (at: $0.integer(0), sequence: $0.integer(1), value: $0.amount(2)) }
        let deltas = try sumOfDeltas(
            counter, after: set.map { ($0.at, $0.sequence) } ?? (.min, .min), before: instant.microseconds)
        guard set != nil || deltas.count > 0 else { return nil }
        return (set?.value ?? .zero) + deltas.sum
    }

    /// The level at the end of each window: `bounds` are the windows' starts and, last, the end of the last one. Nil
    /// for windows that end before the first report.
    public func levels(of counter: UsageCounter, bounds: [Timestamp]) throws -> [Amount?] {
        guard let first = bounds.first, let last = bounds.last, bounds.count > 1 else { return [] }
        var level = try self.level(of: counter, before: first)
        var levels: [Amount?] = []
        try connection.query(
            """
            SELECT at, behavior, value_units, value_nanos FROM usage_reports
             WHERE \(Self.isCounter) AND at >= $5 AND at < $6 ORDER BY at, sequence
            """, key(counter) + [.integer(first.microseconds), .integer(last.microseconds)]
        ) { row in
            while bounds[levels.count + 1].microseconds <= row.integer(0) { levels.append(level) }
            level = row.text(1) == "SET" ? row.amount(2) : (level ?? .zero) + row.amount(2)
        }
        while levels.count < bounds.count - 1 { levels.append(level) }
        return levels
    }

    /// The first and the last instant for which usage was reported.
    public func span(of counter: UsageCounter) throws -> ClosedRange<Timestamp>? {
        try connection.first(
            "SELECT MIN(at), MAX(at) FROM usage_reports WHERE \(Self.isCounter)", key(counter)
        ) { row in
            row.isNull(0)
                ? nil : Timestamp(microseconds: row.integer(0))...Timestamp(microseconds: row.integer(1))
        } ?? nil
    }

    /// The counters that exist, ordered, with their levels after every report. Nil lets everything through; a resource
    /// of "" means usage without a resource. Features that have a meter by now are left out: events answer for them.
    public func counters(
        customer: CustomerID? = nil, feature: FeatureID? = nil, resource: String? = nil
    ) throws -> [(counter: UsageCounter, level: Amount)] {
        var conditions: [String] = []
        var arguments: [SQLValue] = []
        func require(_ column: String, _ value: SQLValue) {
            arguments.append(value)
            conditions.append("u.\(column) = $\(arguments.count)")
        }
        if let customer {
            require("bucket", .integer(Bucket(customer).number))
            require("customer_id", .text(customer.text))
        }
        if let feature { require("feature_id", .text(feature.text)) }
        if let resource { require("resource_id", .text(resource)) }
        conditions.append("NOT EXISTS (SELECT 1 FROM features f WHERE f.id = u.feature_id AND f.has_meter <> 0)")
        return try connection.rows(
            """
            SELECT u.customer_id, u.feature_id, u.resource_id, u.level_units, u.level_nanos FROM usage_levels u
             WHERE \(conditions.joined(separator: " AND ")) ORDER BY u.customer_id, u.feature_id, u.resource_id
            """, arguments
        ) { row in
            let resource = row.text(2)
            let counter = UsageCounter(
                customerID: CustomerID(row.text(0)), featureID: FeatureID(row.text(1)),
                resourceID: resource.isEmpty ? nil : resource)
            return (counter, row.amount(3))
        }
    }
}

// MARK: - Writing

extension CalculatedUsage {
    /// What is kept beside the reports, so that a new one need not read the old ones.
    private struct Running {
        var reports: Int64
        var set: (at: Int64, sequence: Int64)?
        var latestAt: Int64
        var level: Amount
    }

    /// The report with this key, if it was stored.
    func report(of counter: UsageCounter, key idempotencyKey: String) throws -> StoredReport? {
        try connection.first(
            """
            SELECT id, at, behavior, value_units, value_nanos, created_at FROM usage_reports
             WHERE \(Self.isCounter) AND idempotency_key = $5
            """, key(counter) + [.text(idempotencyKey)]
        ) { row in
            StoredReport(
                id: row.text(0), at: Timestamp(microseconds: row.integer(1)),
                behavior: UpdateBehavior(rawValue: row.text(2)) ?? .delta, value: row.amount(3),
                idempotencyKey: idempotencyKey, dimensions: nil, createdAt: Timestamp(microseconds: row.integer(5)))
        }
    }

    /// Stores a report and returns the level after it; nil when that would be beyond an amount's bound.
    func append(_ report: StoredReport, to counter: UsageCounter, caller: CallContext.Caller) throws -> Amount? {
        var running =
            try running(counter) ?? Running(reports: 0, set: nil, latestAt: report.at.microseconds, level: .zero)
        let sequence = running.reports + 1
        // The newest arrival: among reports of the same instant it is the last.
        let isAfterSet = running.set.map { report.at.microseconds >= $0.at } ?? true
        switch report.behavior {
        case .delta:
            if isAfterSet { running.level += report.value }
        case .set:
            if isAfterSet {
                running.set = (report.at.microseconds, sequence)
                let later = try sumOfDeltas(counter, after: (report.at.microseconds, sequence), before: .max)
                running.level = report.value + later.sum
            }
        }
        guard running.level.isWithinBound else { return nil }
        running.latestAt = max(running.latestAt, report.at.microseconds)
        running.reports = sequence
        try insert(report, sequence, counter, caller)
        try save(running, counter)
        if let resource = counter.resourceID { try touch(resource, of: counter.customerID, at: report.createdAt) }
        return running.level
    }

    private func insert(
        _ report: StoredReport, _ sequence: Int64, _ counter: UsageCounter, _ caller: CallContext.Caller
    ) throws {
        var origin: [SQLValue] = [.null, .null]
        if case .record(let delivery, let number, _) = caller { origin = [.text(delivery.text), .integer(number)] }
        try connection.execute(
            """
            INSERT INTO usage_reports(bucket, customer_id, feature_id, resource_id, sequence, id, at, behavior,
              value_units, value_nanos, idempotency_key, dimensions, delivery, record, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            """,
            key(counter) + [
                .integer(sequence), .text(report.id), .integer(report.at.microseconds), .text(report.behavior.rawValue),
                .integer(report.value.units), .integer(report.value.fraction), .text(report.idempotencyKey),
                .text(report.dimensions.map { Payload.object($0).json }),
            ] + origin + [.integer(report.createdAt.microseconds)])
    }

    private func save(_ running: Running, _ counter: UsageCounter) throws {
        try connection.execute(
            """
            INSERT INTO usage_levels(bucket, customer_id, feature_id, resource_id, reports, set_at, set_sequence,
              latest_at, level_units, level_nanos)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (bucket, customer_id, feature_id, resource_id) DO UPDATE SET
              reports = excluded.reports, set_at = excluded.set_at, set_sequence = excluded.set_sequence,
              latest_at = excluded.latest_at, level_units = excluded.level_units, level_nanos = excluded.level_nanos
            """,
            key(counter) + [
                .integer(running.reports), .integer(running.set?.at), .integer(running.set?.sequence),
                .integer(running.latestAt), .integer(running.level.units), .integer(running.level.fraction),
            ])
    }

    private func touch(_ resource: String, of customer: CustomerID, at now: Timestamp) throws {
        try connection.execute(
            """
            INSERT INTO customer_resources(bucket, customer_id, id, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
            ON CONFLICT (bucket, customer_id, id) DO UPDATE SET updated_at = excluded.updated_at
            """,
            [.integer(Bucket(customer).number), .text(customer.text), .text(resource), .integer(now.microseconds)])
    }

    private func running(_ counter: UsageCounter) throws -> Running? {
        try connection.first(
            """
            SELECT reports, set_at, set_sequence, latest_at, level_units, level_nanos FROM usage_levels
             WHERE \(Self.isCounter)
            """, key(counter)
        ) { row in
            Running(
                reports: row.integer(0), set: row.isNull(1) ? nil : (row.integer(1), row.integer(2)),
                latestAt: row.integer(3), level: row.amount(4))
        }
    }

    /// The DELTAs later than `after` in the order of effect, and earlier than `before`. The sums are taken in three
    /// parts that cannot overflow.
    private func sumOfDeltas(
        _ counter: UsageCounter, after: (at: Int64, sequence: Int64), before: Int64
    ) throws -> (count: Int64, sum: Amount) {
        let giga: Int64 = 1_000_000_000
        return try connection.first(
            """
            SELECT COUNT(*), COALESCE(SUM(value_units / \(giga)), 0), COALESCE(SUM(value_units % \(giga)), 0),
                   COALESCE(SUM(value_nanos), 0)
              FROM usage_reports
             WHERE \(Self.isCounter) AND behavior = 'DELTA' AND at < $5 AND (at, sequence) > ($6, $7)
            """, key(counter) + [.integer(before), .integer(after.at), .integer(after.sequence)]
        ) { row in
            let units = Int128(row.integer(1)) * Int128(giga) + Int128(row.integer(2))
            return (row.integer(0), Amount(nanos: units * Amount.nanosPerUnit + Int128(row.integer(3))))
        } ?? (0, .zero)
    }

    private static let isCounter = "bucket = $1 AND customer_id = $2 AND feature_id = $3 AND resource_id = $4"

    private func key(_ counter: UsageCounter) -> [SQLValue] {
        [
            .integer(Bucket(counter.customerID).number), .text(counter.customerID.text),
            .text(counter.featureID.text), .text(counter.resourceID ?? ""),
        ]
    }
}

extension SQLRow {
    /// An amount in two columns, the first of which is `column`.
    fileprivate func amount(_ column: Int) -> Amount {
        Amount(units: integer(column), nanos: integer(column + 1))
    }
}

// MARK: - Verification

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
