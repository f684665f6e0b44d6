public import TidemillCore

/// A delivery that a person undid.
public struct VoidedDelivery: Sendable, Hashable {
    public var delivery: DeliveryID
    public var voidedAt: Timestamp
    public var voidedBy: String
    public var reason: String
    /// Events that count no longer.
    public var events: Int64
    /// Usage reports that count no longer.
    public var reports: Int64
    /// Of how many shards the usage has been counted again.
    public var shardsDone: Int64
    /// When everything was counted again; nil while that goes on, or was interrupted.
    public var finishedAt: Timestamp?
}

/// The table `voided_deliveries`.
public enum VoidedDeliveries {
    /// The row of a delivery; nil when it was not voided.
    public static func find(_ id: DeliveryID, on connection: any SQLConnection) throws -> VoidedDelivery? {
        try connection.first(
            """
            SELECT voided_at, voided_by, reason, events, reports, shards_done, finished_at FROM voided_deliveries
            WHERE delivery = $1
            """, [.text(id.text)]
        ) { row in
            VoidedDelivery(
                delivery: id, voidedAt: Timestamp(microseconds: row.integer(0)), voidedBy: row.text(1),
                reason: row.text(2), events: row.integer(3), reports: row.integer(4), shardsDone: row.integer(5),
                finishedAt: row.optionalInteger(6).map { Timestamp(microseconds: $0) })
        }
    }

    /// Voids that were interrupted.
    public static func unfinished(on connection: any SQLConnection) throws -> [DeliveryID] {
        try connection.rows("SELECT delivery FROM voided_deliveries WHERE finished_at IS NULL ORDER BY voided_at") {
            DeliveryID($0.text(0))
        }
    }

    /// All of them: whose stored events do not count.
    public static func ids(on connection: any SQLConnection) throws -> Set<String> {
        Set(try connection.rows("SELECT delivery FROM voided_deliveries") { $0.text(0) })
    }

    public static func insert(
        _ id: DeliveryID, by person: String, reason: String, at now: Timestamp, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "INSERT INTO voided_deliveries(delivery, voided_at, voided_by, reason) VALUES ($1, $2, $3, $4)",
            [.text(id.text), .integer(now.microseconds), .text(person), .text(reason)])
    }

    /// Moves the progress in the transaction of the step.
    public static func advance(
        _ id: DeliveryID, events: Int64 = 0, reports: Int64 = 0, shards: Int64 = 0, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE voided_deliveries SET events = events + $2, reports = reports + $3, shards_done = shards_done + $4
            WHERE delivery = $1
            """, [.text(id.text), .integer(events), .integer(reports), .integer(shards)])
    }

    public static func finish(_ id: DeliveryID, at now: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE voided_deliveries SET finished_at = $2 WHERE delivery = $1",
            [.text(id.text), .integer(now.microseconds)])
    }
}
