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
    /// The reprocess that brought its events back: they count again.
    public var restoredBy: String?
}

/// The table `voided_deliveries`.
public enum VoidedDeliveries {
    private static let columns = Columns<VoidedDelivery>(
        "voided_deliveries", .key("delivery", \.delivery), .once("voided_at", \.voidedAt),
        .once("voided_by", \.voidedBy), .once("reason", \.reason), Column("events", \.events),
        Column("reports", \.reports), Column("shards_done", \.shardsDone), Column("finished_at", \.finishedAt),
        Column("restored_by", \.restoredBy),
        make: VoidedDelivery.init)

    /// The row of a delivery; nil when it was not voided.
    public static func find(_ id: DeliveryID, on connection: any SQLConnection) throws -> VoidedDelivery? {
        try connection.find(columns, key: [.text(id.text)])
    }

    /// Voids that were interrupted.
    public static func unfinished(on connection: any SQLConnection) throws -> [DeliveryID] {
        try connection.rows("SELECT delivery FROM voided_deliveries WHERE finished_at IS NULL ORDER BY voided_at") {
            DeliveryID($0.text(0))
        }
    }

    /// Those that were not brought back: whose stored events do not count.
    public static func ids(on connection: any SQLConnection) throws -> Set<String> {
        Set(try connection.rows("SELECT delivery FROM voided_deliveries WHERE restored_by IS NULL") { $0.text(0) })
    }

    /// One that was brought back is voided anew.
    public static func insert(
        _ id: DeliveryID, by person: String, reason: String, at now: Timestamp, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "DELETE FROM voided_deliveries WHERE delivery = $1 AND restored_by IS NOT NULL", [.text(id.text)])
        let voided = VoidedDelivery(
            delivery: id, voidedAt: now, voidedBy: person, reason: reason, events: 0, reports: 0, shardsDone: 0)
        try connection.insert(voided, into: columns)
    }

    /// Its events count again.
    public static func restore(_ id: DeliveryID, by reprocess: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE voided_deliveries SET restored_by = $2 WHERE delivery = $1", [.text(id.text), .text(reprocess)])
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
        connection.count(.deliveries, ["voided"])
    }
}
