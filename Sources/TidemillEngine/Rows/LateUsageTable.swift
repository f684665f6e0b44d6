import Crypto
import Foundation
import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// Whose usage changed.
struct LateSubject: Sendable, Hashable {
    let customer: CustomerID
    let resource: String?
    let feature: FeatureID

    init(customer: CustomerID, resource: String?, feature: FeatureID) {
        self.customer = customer
        self.resource = resource
        self.feature = feature
    }

    /// With '' for no resource, as events and the store have it.
    init(_ customer: String, _ resource: String, _ feature: FeatureID) {
        self.init(customer: CustomerID(customer), resource: resource.isEmpty ? nil : resource, feature: feature)
    }

    var key: [SQLValue] {
        [
            .integer(Bucket(customer).number), .text(customer.text), .text(resource ?? ""), .text(feature.text),
        ]
    }
}

/// Usage that came when its time was billed, and usage that came too late to be billed without a person: the one writer
/// of both tables.
struct LateUsageTable {
    let connection: any SQLConnection

    // MARK: - Marks

    struct Mark {
        let subject: LateSubject
        let from: Timestamp
    }

    /// Notes that usage from `instant` on is to be held against what was billed; nothing where nothing of it is billed.
    func note(_ subject: LateSubject, from instant: Timestamp) throws {
        let windows = MeteredWindowTable(
            connection: connection, customer: subject.customer, resource: subject.resource)
        guard try !windows.closings(of: subject.feature, after: instant, isBilled: true).isEmpty else { return }
        try connection.execute(
            """
            INSERT INTO late_usage(bucket, customer_id, resource_id, feature_id, at, look_at)
            VALUES ($1, $2, $3, $4, $5, 0)
            ON CONFLICT (bucket, customer_id, resource_id, feature_id)
              DO UPDATE SET at = CASE WHEN excluded.at < late_usage.at THEN excluded.at ELSE late_usage.at END,
                look_at = 0, problem = NULL
            """, subject.key + [.integer(instant.microseconds)])
    }

    /// Those that are to be looked at, by their time.
    func marks(until now: Timestamp, limit: Int) throws -> [Mark] {
        try connection.rows(
            """
            SELECT customer_id, resource_id, feature_id, at FROM late_usage
             WHERE look_at <= $1 ORDER BY look_at, bucket, customer_id LIMIT $2
            """, [.integer(now.microseconds), .integer(limit)]
        ) { row in
            let resource = row.text(1)
            return Mark(
                subject: LateSubject(
                    customer: CustomerID(row.text(0)), resource: resource.isEmpty ? nil : resource,
                    feature: FeatureID(row.text(2))), from: Timestamp(microseconds: row.integer(3)))
        }
    }

    func nextMark() throws -> Timestamp? {
        try connection.first("SELECT MIN(look_at) FROM late_usage") {
            $0.optionalInteger(0).map { Timestamp(microseconds: $0) }
        } ?? nil
    }

    func hasMark(of subject: LateSubject) throws -> Bool {
        try connection.hasRows(
            "SELECT 1 FROM late_usage WHERE \(Self.isMarked)", subject.key)
    }

    private static let isMarked = "bucket = $1 AND customer_id = $2 AND resource_id = $3 AND feature_id = $4"

    /// It is billed.
    func end(_ mark: Mark) throws {
        try connection.execute("DELETE FROM late_usage WHERE \(Self.isMarked)", mark.subject.key)
    }

    /// It could not be billed, and is tried again.
    func postpone(_ mark: Mark, to instant: Timestamp, because problem: String) throws {
        try connection.execute(
            "UPDATE late_usage SET look_at = $5, problem = $6 WHERE \(Self.isMarked)",
            mark.subject.key + [.integer(instant.microseconds), .text(problem)])
    }

    // MARK: - Too late

    /// What came too late, of one delivery or call.
    struct TooLate {
        let subject: LateSubject
        let at: Timestamp
        let delivery: String
        let arrivedAt: Timestamp
        var amount: Amount
        var state = LateUsageState.waits

        /// By which a person names it.
        var id: String {
            let key = [
                subject.customer.text, subject.resource ?? "", subject.feature.text, String(at.microseconds), delivery,
                String(arrivedAt.microseconds),
            ]
            return "late-" + SHA256.hash(data: Data(key.joined(separator: "\n").utf8)).hexadecimal.prefix(16)
        }
    }

    /// Which of it is meant; nil lets everything through.
    struct Choice {
        var ids: [String] = []
        var customer: CustomerID?
        var feature: FeatureID?
        var delivery: String?
        var isWaiting = true
        var after: Cursor?
        var limit: Int64 = 1000
    }

    func tooLate(_ choice: Choice) throws -> [TooLate] {
        var conditions = choice.isWaiting ? ["state = 'WAITS'"] : ["TRUE"]
        var arguments: [SQLValue] = []
        func require(_ column: String, _ value: SQLValue) {
            arguments.append(value)
            conditions.append("\(column) = $\(arguments.count)")
        }
        if let customer = choice.customer {
            require("bucket", .integer(Bucket(customer).number))
            require("customer_id", .text(customer.text))
        }
        if let feature = choice.feature { require("feature_id", .text(feature.text)) }
        if let delivery = choice.delivery { require("delivery", .text(delivery)) }
        if !choice.ids.isEmpty {
            let places = choice.ids.indices.map { "$\(arguments.count + 1 + $0)" }.joined(separator: ", ")
            conditions.append("id IN (\(places))")
            arguments += choice.ids.map { .text($0) }
        }
        if let after = choice.after {
            conditions.append("(arrived_at, id) > ($\(arguments.count + 1), $\(arguments.count + 2))")
            arguments += [.integer(after.createdAt.microseconds), .text(after.id)]
        }
        return try connection.rows(
            """
            SELECT customer_id, resource_id, feature_id, at, delivery, arrived_at, units, nanos, state FROM too_late_usage
             WHERE \(conditions.joined(separator: " AND ")) ORDER BY arrived_at, id LIMIT $\(arguments.count + 1)
            """, arguments + [.integer(choice.limit)]
        ) { row in
            let resource = row.text(1)
            let subject = LateSubject(
                customer: CustomerID(row.text(0)), resource: resource.isEmpty ? nil : resource,
                feature: FeatureID(row.text(2)))
            return TooLate(
                subject: subject, at: Timestamp(microseconds: row.integer(3)), delivery: row.text(4),
                arrivedAt: Timestamp(microseconds: row.integer(5)), amount: row.amount(6),
                state: LateUsageState(rawValue: row.text(8)) ?? .waits)
        }
    }

    /// A person has decided. What is accepted is billed by the worker's next turn.
    func decide(_ usage: TooLate, as state: LateUsageState, because reason: String, at now: Timestamp) throws {
        try connection.execute(
            """
            UPDATE too_late_usage SET state = $8, decided_at = $9, reason = $10
             WHERE bucket = $1 AND customer_id = $2 AND resource_id = $3 AND feature_id = $4 AND at = $5
               AND delivery = $6 AND arrived_at = $7
            """,
            usage.subject.key + [
                .integer(usage.at.microseconds), .text(usage.delivery), .integer(usage.arrivedAt.microseconds),
                .text(state.rawValue), .integer(now.microseconds), .text(reason),
            ])
        if state == .accepted { try note(usage.subject, from: usage.at) }
    }

    /// When a delivery arrived: a file that lay in its inbox while no worker ran came when it was written.
    func arrival(of delivery: DeliveryID, receivedAt: Timestamp) throws -> Timestamp {
        guard let file = try DeliveryLedger.find(delivery, on: connection) else { return receivedAt }
        return min(receivedAt, file.modifiedAt)
    }

    /// Keeps it for a person, where its time is closed and billed by this meter (0 for reports). Whoever uses the feature
    /// otherwise is asked nothing.
    func hold(_ usage: TooLate, meter: Int64) throws {
        let windows = MeteredWindowTable(
            connection: connection, customer: usage.subject.customer, resource: usage.subject.resource)
        guard try windows.meter(of: usage.subject.feature, at: usage.at) == meter else { return }
        try connection.execute(
            """
            INSERT INTO too_late_usage(bucket, customer_id, resource_id, feature_id, at, delivery, arrived_at, id, state,
              units, nanos)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'WAITS', $9, $10)
            ON CONFLICT (bucket, customer_id, feature_id, resource_id, at, delivery, arrived_at) DO UPDATE SET
              units = too_late_usage.units + excluded.units, nanos = too_late_usage.nanos + excluded.nanos,
              state = 'WAITS', decided_at = NULL, reason = NULL
            """,
            usage.subject.key + [
                .integer(usage.at.microseconds), .text(usage.delivery), .integer(usage.arrivedAt.microseconds),
                .text(usage.id), .integer(usage.amount.units), .integer(usage.amount.fraction),
            ])
    }

    /// Whether something of a delivery came too late.
    func hasTooLate(of delivery: String) throws -> Bool {
        try connection.hasRows("SELECT 1 FROM too_late_usage WHERE delivery = $1 LIMIT 1", [.text(delivery)])
    }

    /// What came too late of a delivery comes to more or less since: it waits, or is waived, as it did.
    func change(_ subject: LateSubject, at instant: Timestamp, of delivery: String, by amount: Amount) throws {
        let key = subject.key + [.integer(instant.microseconds), .text(delivery)]
        let isMeant = """
            bucket = $1 AND customer_id = $2 AND resource_id = $3 AND feature_id = $4 AND at = $5 AND delivery = $6
            """
        try connection.execute(
            """
            UPDATE too_late_usage SET units = units + $7, nanos = nanos + $8 WHERE \(isMeant) AND state <> 'ACCEPTED'
            """, key + [.integer(amount.units), .integer(amount.fraction)])
    }

    /// How much of the usage within a span is not billed: it waits, or was waived. `start`: nil for a level, which
    /// everything before counts for.
    func unbilled(_ subject: LateSubject, from start: Timestamp?, to end: Timestamp) throws -> Amount {
        try connection.first(
            """
            SELECT CAST(COALESCE(SUM(units), 0) AS BIGINT), CAST(COALESCE(SUM(nanos), 0) AS BIGINT)
              FROM too_late_usage
             WHERE bucket = $1 AND customer_id = $2 AND resource_id = $3 AND feature_id = $4 AND at >= $5 AND at < $6
               AND state <> 'ACCEPTED'
            """,
            subject.key + [.integer(start?.microseconds ?? .min), .integer(end.microseconds)]
        ) { $0.amount(0) } ?? .zero
    }

    /// What a voided delivery brought counts no more, and so there is nothing to decide of it.
    func forget(_ delivery: String) throws {
        guard !delivery.isEmpty else { return }
        try connection.execute("DELETE FROM too_late_usage WHERE delivery = $1", [.text(delivery)])
    }
}

extension CallScope {
    var late: LateUsageTable { LateUsageTable(connection: connection) }
}
