public import TidemillCore

/// Deliveries go with their time: what they brought is counted and stays so.
extension DeliveryLedger {
    /// Those that one transaction forgets.
    public static let forgottenMax: Int64 = 500

    /// Deliveries that ended before `instant` and of which no rejected record waits for a person.
    public static func old(before instant: Timestamp, limit: Int64, on connection: any SQLConnection) throws
        -> [DeliveryID]
    {
        try connection.values(
            """
            SELECT id FROM deliveries WHERE state IN ('done', 'failed') AND finished_at < $1
              AND NOT EXISTS (SELECT 1 FROM rejected_records r WHERE r.delivery = deliveries.id AND r.state = 'open')
             LIMIT $2
            """, [.integer(instant.microseconds), .integer(limit)])
    }

    /// Forgets a delivery with all that was kept beside it.
    public static func forget(_ id: DeliveryID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM delivery_filters WHERE delivery = $1", [.text(id.text)])
        try DeliveryRemarks.forget(id, on: connection)
        try DeliveryAnswers.forget(id, on: connection)
        try RejectedRecords.forget(id, on: connection)
        try connection.execute("DELETE FROM deliveries WHERE id = $1", [.text(id.text)])
    }
}
