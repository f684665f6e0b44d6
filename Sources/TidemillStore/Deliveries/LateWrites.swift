public import TidemillCore

/// What was written to a file after its delivery had been taken: it is not counted.
public struct LateWrite: Sendable, Hashable {
    public var delivery: DeliveryID
    public var name: String
    /// How many bytes were not read; negative where the file was cut, 0 where it was written over.
    public var bytes: Int64

    public init(delivery: DeliveryID, name: String, bytes: Int64) {
        self.delivery = delivery
        self.name = name
        self.bytes = bytes
    }

    public var message: String {
        if bytes > 0 {
            return
                "\(bytes) bytes were written to it after it had been taken, and are not counted: deliver them again, in a file of their own"
        }
        return bytes < 0
            ? "it was cut by \(-bytes) bytes after it had been taken: what was read is counted"
            : "it was written to after it had been claimed, its size is the same: look whether all of it was counted"
    }
}

/// The table `late_writes`, kept for as long as events are recognized.
public enum LateWrites {
    private static let keepSeconds: Int64 = 35 * 86_400

    /// Notes one; false when it was known so already.
    public static func note(
        _ write: LateWrite, at now: Timestamp, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "DELETE FROM late_writes WHERE noticed_at < $1",
            [.integer(now.advanced(bySeconds: -keepSeconds).microseconds)])
        return try connection.execute(
            """
            INSERT INTO late_writes(delivery, name, bytes, noticed_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (delivery) DO UPDATE SET bytes = $3, noticed_at = $4 WHERE late_writes.bytes <> $3
            """,
            [.text(write.delivery.text), .text(write.name), .integer(write.bytes), .integer(now.microseconds)]) == 1
    }

    /// The newest since `instant`, with how many there are.
    public static func newest(
        since instant: Timestamp, on connection: any SQLConnection
    ) throws -> (count: Int64, write: LateWrite)? {
        try connection.first(
            """
            SELECT COUNT(*) OVER (), delivery, name, bytes FROM late_writes WHERE noticed_at >= $1
             ORDER BY noticed_at DESC LIMIT 1
            """, [.integer(instant.microseconds)]
        ) { ($0.integer(0), LateWrite(delivery: DeliveryID($0.text(1)), name: $0.text(2), bytes: $0.integer(3))) }
    }
}

extension DeliveryLedger {
    /// The newest deliveries of a spool that arrived since `instant` and are kept in `done/`.
    public static func recentlyDone(
        inSpool spool: String, since instant: Timestamp, limit: Int, on connection: any SQLConnection
    ) throws -> [Delivery] {
        try connection.rows(
            """
            SELECT \(Delivery.columns) FROM deliveries
             WHERE state = 'done' AND received_at >= $1 AND spool_id = $2 AND acknowledged = 1
             ORDER BY received_at DESC LIMIT $3
            """, [.integer(instant.microseconds), .text(spool), .integer(limit)]
        ) { try Delivery($0) }
    }
}
