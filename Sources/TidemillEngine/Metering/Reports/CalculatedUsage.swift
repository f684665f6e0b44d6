public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Usage that the application counts itself and reports. The level at an instant is the last SET before it plus the
/// DELTAs after that, in the order (at, arrival): a report that comes late gives the same levels as one in time.
public struct CalculatedUsage {
    let connection: any SQLConnection

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
             WHERE \(Self.isCounted) AND at < $5 AND behavior = 'SET' ORDER BY at DESC, sequence DESC LIMIT 1
            """, counter.key + before
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
             WHERE \(Self.isCounted) AND at >= $5 AND at < $6 ORDER BY at, sequence
            """, counter.key + [.integer(first.microseconds), .integer(last.microseconds)]
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
            "SELECT MIN(at), MAX(at) FROM usage_reports WHERE \(Self.isCounted)", counter.key
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
            SELECT u.bucket, u.customer_id, u.feature_id, u.resource_id, u.level_units, u.level_nanos FROM usage_levels u
             WHERE \(conditions.joined(separator: " AND ")) ORDER BY u.customer_id, u.feature_id, u.resource_id
            """, arguments
        ) { (UsageCounter($0, at: 0), $0.amount(4)) }
    }
}

// MARK: - The tables

extension CalculatedUsage {
    /// What is kept beside the reports, so that a new one need not read the old ones.
    struct Running {
        var reports: Int64
        var set: (at: Int64, sequence: Int64)?
        var latestAt: Int64
        var level: Amount
    }

    func running(_ counter: UsageCounter) throws -> Running? {
        try connection.first(
            """
            SELECT reports, set_at, set_sequence, latest_at, level_units, level_nanos FROM usage_levels
             WHERE \(Self.isCounter)
            """, counter.key
        ) { row in
            Running(
                reports: row.integer(0), set: row.isNull(1) ? nil : (row.integer(1), row.integer(2)),
                latestAt: row.integer(3), level: row.amount(4))
        }
    }

    /// The DELTAs later than `after` in the order of effect, and earlier than `before`. The sums are taken in three
    /// parts that cannot overflow.
    func sumOfDeltas(
        _ counter: UsageCounter, after: (at: Int64, sequence: Int64), before: Int64
    ) throws -> (count: Int64, sum: Amount) {
        let giga: Int64 = 1_000_000_000
        return try connection.first(
            """
            SELECT COUNT(*), COALESCE(SUM(value_units / \(giga)), 0), COALESCE(SUM(value_units % \(giga)), 0),
                   COALESCE(SUM(value_nanos), 0)
              FROM usage_reports
             WHERE \(Self.isCounted) AND behavior = 'DELTA' AND at < $5 AND (at, sequence) > ($6, $7)
            """, counter.key + [.integer(before), .integer(after.at), .integer(after.sequence)]
        ) { row in
            let units = Int128(row.integer(1)) * Int128(giga) + Int128(row.integer(2))
            return (row.integer(0), Amount(nanos: units * Amount.nanosPerUnit + Int128(row.integer(3))))
        } ?? (0, .zero)
    }

    /// The instant of the delivery's first report.
    func first(of delivery: DeliveryID, _ counter: UsageCounter) throws -> Timestamp? {
        try connection.value(
            "SELECT MIN(at) FROM usage_reports WHERE \(Self.isCounted) AND delivery = $5",
            counter.key + [.text(delivery.text)])
    }

    static let isCounter = "bucket = $1 AND customer_id = $2 AND feature_id = $3 AND resource_id = $4"

    /// The reports of the counter that count: those of a voided delivery do not.
    static let isCounted = isCounter + " AND voided = 0"
}

extension SQLRow {
    /// An amount in two columns, the first of which is `column`.
    func amount(_ column: Int) -> Amount {
        Amount(units: integer(column), nanos: integer(column + 1))
    }
}

extension CallScope {
    var usage: CalculatedUsage { CalculatedUsage(connection: connection) }
}
