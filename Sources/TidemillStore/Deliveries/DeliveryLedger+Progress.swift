public import TidemillCore

/// How far a delivery is and what its records came to: moved in the transaction that commits these records.
extension DeliveryLedger {
    /// A step of a delivery: its records from one position to the next.
    public struct Step: Sendable {
        public var from: Int64
        public var to: Int64
        public var byteOffset: Int64
        /// Of the whole file, with its last step.
        public var contentHash: String?

        public init(from: Int64, to: Int64, byteOffset: Int64, contentHash: String?) {
            self.from = from
            self.to = to
            self.byteOffset = byteOffset
            self.contentHash = contentHash
        }
    }

    private static let moving = """
        UPDATE deliveries SET position = $4, byte_offset = $5, content_hash = COALESCE($6, content_hash),
          \(DeliveryCounts.additions(from: 7))
         WHERE id = $1 AND owner = $2 AND position = $3 AND state = 'claimed'
        """

    /// Moves the position and adds what the records came to; false when the delivery is no longer this owner's.
    public static func advance(
        _ id: DeliveryID, owner: String, _ step: Step, _ counts: DeliveryCounts, on connection: any SQLConnection
    ) throws -> Bool {
        let moved = try connection.execute(
            moving,
            [
                .text(id.text), .text(owner), .integer(step.from), .integer(step.to), .integer(step.byteOffset),
                .text(step.contentHash),
            ] + counts.arguments)
        guard moved == 1 else { return false }
        try add(counts.filteredBy, to: id, on: connection)
        return true
    }

    /// Notes what a file has become that grew while it was read.
    public static func resize(
        _ id: DeliveryID, owner: String, size: Int64, modifiedAt: Timestamp, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE deliveries SET size = $3, modified_at = $4 WHERE id = $1 AND owner = $2 AND state = 'claimed'",
            [.text(id.text), .text(owner), .integer(size), .integer(modifiedAt.microseconds)])
    }

    private static let recounting = """
        UPDATE deliveries SET \(DeliveryCounts.additions(from: 2)) WHERE id = $1
        """

    /// Counts a rejected record of a delivery anew: what it came to takes the place of the rejection.
    public static func recount(
        _ id: DeliveryID, as counts: DeliveryCounts, on connection: any SQLConnection
    ) throws {
        var changes = counts
        changes.rejected -= 1
        try connection.execute(recounting, [.text(id.text)] + changes.arguments)
        try add(counts.filteredBy, to: id, on: connection)
    }

    /// Counts records of a delivery otherwise: what they come to now less what they came to.
    public static func change(_ id: DeliveryID, by counts: DeliveryCounts, on connection: any SQLConnection) throws {
        try connection.execute(recounting, [.text(id.text)] + counts.arguments)
        try add(counts.filteredBy, to: id, on: connection)
        try connection.execute("DELETE FROM delivery_filters WHERE delivery = $1 AND records <= 0", [.text(id.text)])
    }

    private static func add(
        _ filtered: TextMap<Int64>, to id: DeliveryID, on connection: any SQLConnection
    ) throws {
        for (rule, records) in filtered {
            try connection.execute(
                """
                INSERT INTO delivery_filters(delivery, rule, records) VALUES ($1, $2, $3)
                ON CONFLICT(delivery, rule) DO UPDATE SET records = delivery_filters.records + excluded.records
                """, [.text(id.text), .text(rule), .integer(records)])
        }
    }

    /// Where a claimed delivery goes on, whether its last record is committed, and what it came to so far; nil when it is
    /// not this owner's.
    public static func progress(
        of id: DeliveryID, owner: String, on connection: any SQLConnection
    ) throws -> (position: Int64, byteOffset: Int64, hasEnd: Bool, counts: DeliveryCounts)? {
        guard
            var progress = try connection.first(
                """
                SELECT position, byte_offset, content_hash IS NOT NULL, \(DeliveryCounts.columns) FROM deliveries
                 WHERE id = $1 AND owner = $2 AND state = 'claimed'
                """, [.text(id.text), .text(owner)],
                {
                    (
                        position: $0.integer(0), byteOffset: $0.integer(1), hasEnd: $0.integer(2) != 0,
                        counts: DeliveryCounts($0, from: 3)
                    )
                })
        else { return nil }
        if progress.counts.filtered > 0 { progress.counts.name(filters: try filters(of: id, on: connection)) }
        return progress
    }

    /// What of a delivery is worth a warning.
    public enum Concern: Sendable, CaseIterable {
        /// Most of its events add nothing.
        case addsNothing
        /// Most of its events have no idempotency key.
        case hasNoKeys

        /// As in the migration: the condition is that of an index.
        fileprivate var condition: String {
            switch self {
            case .addsNothing: "events < 2 * (not_a_number + no_meter)"
            case .hasNoKeys: "events < 2 * without_key"
            }
        }
    }

    /// Webhooks of deliveries that ended since `instant` which started nothing, and the most frequent of their types.
    public static func startedNothing(
        since instant: Timestamp, on connection: any SQLConnection
    ) throws -> (webhooks: Int64, types: [String])? {
        let ended = "d.finished_at >= $1 AND d.no_job > 0"
        let webhooks =
            try connection.first(
                "SELECT SUM(d.no_job) FROM deliveries d WHERE \(ended)", [.integer(instant.microseconds)]
            ) { $0.optionalInteger(0) } ?? nil
        guard let webhooks, webhooks > 0 else { return nil }
        let types = try connection.rows(
            """
            SELECT r.name FROM deliveries d JOIN delivery_remarks r ON r.delivery = d.id AND r.reason = 'no_job'
             WHERE \(ended) AND r.name <> '' GROUP BY r.name ORDER BY SUM(r.records) DESC, r.name LIMIT 5
            """, [.integer(instant.microseconds)]
        ) { $0.text(0) }
        return (webhooks, types)
    }

    /// Deliveries of concern that ended since `instant` and were not voided: how many, `concerningMax` at most, and the
    /// newest one.
    public static func concerning(
        _ concern: Concern, since instant: Timestamp, on connection: any SQLConnection
    ) throws -> (count: Int64, newest: Delivery)? {
        let since = SQLValue.integer(instant.microseconds)
        guard let newest = try connection.first(newestQuery(concern), [since], { try Delivery($0) }) else { return nil }
        return (try connection.first(countQuery(concern), [since]) { $0.integer(0) } ?? 1, newest)
    }

    /// A day may bring any number: so many are counted.
    public static let concerningMax: Int64 = 1001

    static func newestQuery(_ concern: Concern) -> String {
        "SELECT \(Delivery.columns) \(ofConcern(concern)) ORDER BY finished_at DESC LIMIT 1"
    }

    static func countQuery(_ concern: Concern) -> String {
        "SELECT COUNT(*) FROM (SELECT 1 \(ofConcern(concern)) LIMIT \(concerningMax)) AS counted"
    }

    private static func ofConcern(_ concern: Concern) -> String {
        """
        FROM deliveries WHERE \(concern.condition) AND finished_at >= $1
          AND NOT EXISTS (SELECT 1 FROM voided_deliveries WHERE delivery = deliveries.id)
        """
    }
}
