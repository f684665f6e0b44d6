public import TidemillCore

/// Deliveries whose files cannot be read, for a reason that is not the file's: they are held, and nothing of them fails.
extension DeliveryLedger {
    /// The code of such a delivery.
    public static let unreachable = "unreachable"

    /// Lets one be tried again; false when it is no longer this owner's to try.
    public static func releaseUnreachable(
        _ id: DeliveryID, owner: String, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE deliveries SET state = 'claimed', code = NULL, message = NULL
             WHERE id = $1 AND owner = $2 AND state = 'held' AND code = $3
            """, [.text(id.text), .text(owner), .text(unreachable)]) == 1
    }

    /// How many there are, and the oldest one's name and reason; nil for none.
    public static func unreachable(
        on connection: any SQLConnection
    ) throws -> (count: Int64, name: String, message: String)? {
        try connection.first(
            """
            SELECT COUNT(*) OVER (), name, message FROM deliveries WHERE state = 'held' AND code = $1
             ORDER BY received_at LIMIT 1
            """, [.text(unreachable)]
        ) { ($0.integer(0), $0.text(1), $0.text(2)) }
    }
}
