public import TidemillCore

/// A delivery belongs to the spool that holds its file: only workers there can go on with it.
extension DeliveryLedger {
    /// Deliveries of inboxes that are claimed or held, by spool, without those of the spool `own`.
    public static func open(
        exceptIn own: String?, on connection: any SQLConnection
    ) throws -> [OpenDeliveries] {
        try connection.rows(
            """
            SELECT spool_id, COUNT(*), MIN(received_at) FROM deliveries
             WHERE state IN ('claimed', 'held') AND inbox <> '' AND (spool_id IS NULL OR $1 IS NULL OR spool_id <> $1)
             GROUP BY spool_id ORDER BY MIN(received_at)
            """, [.text(own)]
        ) { row in
            OpenDeliveries(
                spoolID: row.optionalText(0), spool: nil, count: row.integer(1),
                oldest: Timestamp(microseconds: row.integer(2)))
        }.map { found in
            var found = found
            found.spool = try found.spoolID.flatMap { try Spools.find($0, on: connection) }
            return found
        }
    }

    /// How many deliveries the workers of a spool are at; of a spool without an id yet, those that have none either.
    public static func inProgress(inSpool id: String?, on connection: any SQLConnection) throws -> Int64 {
        try connection.value(
            """
            SELECT COUNT(*) FROM deliveries
             WHERE state = 'claimed' AND inbox <> '' AND (spool_id = $1 OR ($1 IS NULL AND spool_id IS NULL))
            """, [.text(id)]) ?? 0
    }

    /// Rows that an older program wrote and no spool has claimed as its own: not acknowledged, and of an inbox.
    public static func withoutSpool(on connection: any SQLConnection) throws -> [Delivery] {
        try connection.rows(
            """
            SELECT \(Delivery.columns) FROM deliveries
             WHERE acknowledged = 0 AND inbox <> '' AND spool_id IS NULL ORDER BY id
            """
        ) { try Delivery($0) }
    }

    /// Gives such rows to the spool that has their files; returns how many nobody else had taken meanwhile.
    public static func assign(
        _ ids: [DeliveryID], toSpool id: String, on connection: any SQLConnection
    ) throws -> Int {
        try ids.reduce(0) {
            try $0
                + connection.execute(
                    "UPDATE deliveries SET spool_id = $2 WHERE id = $1 AND spool_id IS NULL",
                    [.text($1.text), .text(id)])
        }
    }

    /// Ends a delivery that nobody will go on with, whoever owned it: a worker that is at it nevertheless has lost it.
    /// False when it is not open.
    public static func fail(
        _ id: DeliveryID, code: String, message: String, at now: Timestamp, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE deliveries SET state = 'failed', owner = '', finished_at = $2, code = $3, message = $4
             WHERE id = $1 AND state IN ('claimed', 'held')
            """, [.text(id.text), .integer(now.microseconds), .text(code), .text(message)]) == 1
    }

    /// Which of `ids` belong to another spool, though their files lie here.
    public static func ofOtherSpools(
        _ ids: [DeliveryID], than own: String, on connection: any SQLConnection
    ) throws -> Set<DeliveryID> {
        try ids.reduce(into: []) { found, id in
            let isOther = try connection.first(
                "SELECT 1 FROM deliveries WHERE id = $1 AND spool_id <> $2", [.text(id.text), .text(own)]
            ) { _ in true }
            if isOther == true { found.insert(id) }
        }
    }
}
