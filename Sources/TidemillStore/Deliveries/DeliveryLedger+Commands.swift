public import TidemillCore

/// Files that come by a command have no inbox: no worker takes them over, the next command for the same file does.
extension DeliveryLedger {
    /// What an earlier command left of the file at this path, if it has the same size and time: interrupted, or held by
    /// the brake. A file of the same name in another folder is another file.
    public static func unfinished(
        source: String, size: Int64, modifiedAt: Timestamp, on connection: any SQLConnection
    ) throws -> [Delivery] {
        try connection.rows(
            """
            SELECT \(Delivery.columns) FROM deliveries
            WHERE inbox = '' AND source = $1 AND size = $2 AND modified_at = $3 AND state IN ('claimed', 'held')
            ORDER BY id
            """, [.text(source), .integer(size), .integer(modifiedAt.microseconds)]
        ) { try Delivery($0) }
    }

    /// The same for files whose path begins so, whatever their time.
    public static func unfinished(
        sourceBeginning: String, size: Int64, on connection: any SQLConnection
    ) throws -> [Delivery] {
        try connection.rows(
            """
            SELECT \(Delivery.columns) FROM deliveries
            WHERE inbox = '' AND state IN ('claimed', 'held') AND size = $2
              AND substr(source, 1, length($1)) = $1 ORDER BY id
            """, [.text(sourceBeginning), .integer(size)]
        ) { try Delivery($0) }
    }

    /// The files of commands that are neither finished nor held: one is running, or is to be repeated.
    public static func ofCommands(on connection: any SQLConnection) throws -> [Delivery] {
        try connection.rows(
            "SELECT \(Delivery.columns) FROM deliveries WHERE state = 'claimed' AND inbox = '' ORDER BY id LIMIT 1000"
        ) { try Delivery($0) }
    }

    /// Goes on with one of them; false when another command was faster.
    public static func takeOver(
        _ id: DeliveryID, from dead: String, by owner: String, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE deliveries SET owner = $3, state = 'claimed', code = NULL, message = NULL
            WHERE id = $1 AND owner = $2 AND inbox = '' AND state IN ('claimed', 'held')
            """, [.text(id.text), .text(dead), .text(owner)]) == 1
    }
}
