public import TidemillCore

/// The table `deliveries`, but for the move of a position, which belongs to the transaction of its batch. A change of an
/// unfinished row names its owner, so that a worker that lost a claim changes nothing.
public enum DeliveryLedger {
    // MARK: - Claims

    /// Enters claimed files of a spool, or of a command, which has none. A file that has a row already keeps it:
    /// recovery may offer it again.
    public static func register(
        _ files: [NewDelivery], owner: String, spool: String?, on connection: any SQLConnection
    ) throws {
        for file in files {
            try connection.execute(
                """
                INSERT INTO deliveries(id, inbox, name, size, modified_at, received_at, owner, state, is_again, source,
                  spool_id)
                VALUES ($1, $2, $3, $4, $5, $6, $7, 'claimed', $8, $9, $10) ON CONFLICT (id) DO NOTHING
                """,
                [
                    .text(file.id.text), .text(file.inbox), .text(file.name), .integer(file.size),
                    .integer(file.modifiedAt.microseconds), .integer(file.receivedAt.microseconds), .text(owner),
                    .integer(file.isAgain ? 1 : 0), .text(file.source), .text(spool),
                ])
        }
    }

    /// Which of `ids` have a row.
    public static func known(_ ids: [DeliveryID], on connection: any SQLConnection) throws -> Set<DeliveryID> {
        var known: Set<DeliveryID> = []
        for id in ids {
            if try connection.first("SELECT 1 FROM deliveries WHERE id = $1", [.text(id.text)], { _ in true }) == true {
                known.insert(id)
            }
        }
        return known
    }

    /// Who owns deliveries of a spool that are not acknowledged yet. Whether one of another spool lives cannot be seen
    /// from here: its lock lies there, as its files do.
    public static func owners(inSpool spool: String, on connection: any SQLConnection) throws -> Set<String> {
        Set(
            try connection.rows(
                """
                SELECT DISTINCT owner FROM deliveries WHERE acknowledged = 0 AND inbox <> '' AND spool_id = $1
                """, [.text(spool)]
            ) { $0.text(0) })
    }

    /// Gives what a dead worker of the spool left to `owner`; returns how many rows.
    @discardableResult
    public static func takeOver(
        from dead: String, by owner: String, inSpool spool: String, on connection: any SQLConnection
    ) throws -> Int {
        try connection.execute(
            """
            UPDATE deliveries SET owner = $1
             WHERE owner = $2 AND acknowledged = 0 AND inbox <> '' AND spool_id = $3
            """, [.text(owner), .text(dead), .text(spool)])
    }

    /// The owner's deliveries that are not finished, or not acknowledged, in order of claim, after `id`.
    public static func unfinished(
        owner: String, inSpool spool: String, after id: DeliveryID? = nil, limit: Int = 1000,
        on connection: any SQLConnection
    ) throws -> [Delivery] {
        var found = try connection.rows(
            """
            SELECT \(Delivery.columns) FROM deliveries
            WHERE acknowledged = 0 AND inbox <> '' AND spool_id = $4 AND owner = $1 AND id > $2 ORDER BY id LIMIT $3
            """, [.text(owner), .text(id?.text ?? ""), .integer(limit), .text(spool)]
        ) { try Delivery($0) }
        for index in found.indices { try addNames(to: &found[index], on: connection) }
        return found
    }

    // MARK: - Endings

    /// Ends a delivery; false when it is no longer this owner's to end. `code` and `message` say why it failed.
    public static func finish(
        _ id: DeliveryID, owner: String, as state: Delivery.State, code: String? = nil, message: String? = nil,
        at now: Timestamp, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE deliveries SET state = $3, finished_at = $4, code = $5, message = $6
            WHERE id = $1 AND owner = $2 AND state = 'claimed'
            """,
            [
                .text(id.text), .text(owner), .text(state.rawValue), .integer(now.microseconds), .text(code),
                .text(message),
            ]) == 1
    }

    /// Says that the result files are on disk, and where.
    public static func acknowledge(_ kept: [(id: DeliveryID, path: String)], on connection: any SQLConnection) throws {
        for (id, path) in kept {
            try connection.execute(
                "UPDATE deliveries SET acknowledged = 1, kept_as = $2 WHERE id = $1", [.text(id.text), .text(path)])
        }
    }

    /// Stops a delivery for the brake of promise 7 of architecture.md.
    public static func hold(
        _ id: DeliveryID, owner: String, rule: String, message: String, on connection: any SQLConnection
    ) throws {
        try hold(id, owner: owner, code: "rule_failing", message: "rule \(rule): \(message)", on: connection)
    }

    /// Stops a delivery until a person or time has mended what `code` and `message` say.
    public static func hold(
        _ id: DeliveryID, owner: String, code: String, message: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE deliveries SET state = 'held', code = $3, message = $4
            WHERE id = $1 AND owner = $2 AND state = 'claimed'
            """, [.text(id.text), .text(owner), .text(code), .text(message)])
    }

    /// Lets what is held go on. A person's resume overrides the brake for these deliveries; changed scripts do not.
    @discardableResult
    public static func releaseHeld(ignoringBrake: Bool, on connection: any SQLConnection) throws -> Int {
        try connection.execute(
            """
            UPDATE deliveries SET state = 'claimed', code = NULL, message = NULL,
              ignores_brake = CASE WHEN code = $2 THEN ignores_brake ELSE $1 END
            WHERE state = 'held'
            """, [.integer(ignoringBrake ? 1 : 0), .text(unreachable)])
    }

    // MARK: - Looking

    /// The newest deliveries first; those of one state, or all.
    public static func list(
        state: Delivery.State? = nil, before id: DeliveryID? = nil, limit: Int = 50, on connection: any SQLConnection
    ) throws -> [Delivery] {
        var found = try connection.rows(
            """
            SELECT \(Delivery.columns) FROM deliveries
            WHERE ($1 IS NULL OR state = $1) AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
            """, [.text(state?.rawValue), .text(id?.text), .integer(limit)]
        ) { try Delivery($0) }
        for index in found.indices {
            try addNames(to: &found[index], on: connection)
            try addVoids(to: &found[index], on: connection)
        }
        return found
    }

    /// One delivery; nil when there is none.
    public static func find(_ id: DeliveryID, on connection: any SQLConnection) throws -> Delivery? {
        guard
            var delivery = try connection.first(
                "SELECT \(Delivery.columns) FROM deliveries WHERE id = $1", [.text(id.text)], { try Delivery($0) })
        else { return nil }
        try addNames(to: &delivery, on: connection)
        try addVoids(to: &delivery, on: connection)
        return delivery
    }

    /// Whether it was undone, or the one whose content it repeats.
    private static func addVoids(to delivery: inout Delivery, on connection: any SQLConnection) throws {
        delivery.voided = try VoidedDeliveries.find(delivery.id, on: connection)
        guard delivery.duplicate > 0, let hash = delivery.contentHash else { return }
        delivery.repeatsVoided = try connection.first(
            """
            SELECT id FROM deliveries JOIN voided_deliveries ON voided_deliveries.delivery = deliveries.id
             WHERE content_hash = $1 AND id <> $2 AND restored_by IS NULL ORDER BY id LIMIT 1
            """, [.text(hash), .text(delivery.id.text)]
        ) { DeliveryID($0.text(0)) }
    }

    /// The names behind the counts: filters, fields, events, customers.
    private static func addNames(to delivery: inout Delivery, on connection: any SQLConnection) throws {
        if delivery.filtered > 0 { delivery.counts.name(filters: try filters(of: delivery.id, on: connection)) }
        if delivery.counts.mayHaveRemarks {
            delivery.remarks = try DeliveryRemarks.list(of: delivery.id, on: connection)
        }
    }

    /// How many records of a delivery each filter dropped.
    public static func filters(of id: DeliveryID, on connection: any SQLConnection) throws -> TextMap<Int64> {
        var filters: TextMap<Int64> = [:]
        try connection.query("SELECT rule, records FROM delivery_filters WHERE delivery = $1", [.text(id.text)]) {
            row in
            filters[row.text(0)] = row.integer(1)
        }
        return filters
    }

    /// The records that are still rejected, in record order: one that was retried with success is applied.
    public static func rejected(
        of id: DeliveryID, after record: Int64 = -1, limit: Int = 1000, on connection: any SQLConnection
    ) throws -> [RejectedLine] {
        try connection.rows(
            """
            SELECT record, line, kind, code, message, rule FROM rejected_records
            WHERE delivery = $1 AND record > $2 AND state <> 'retried' ORDER BY record LIMIT $3
            """, [.text(id.text), .integer(record), .integer(limit)]
        ) {
            RejectedLine(
                record: $0.integer(0), line: $0.integer(1), kind: $0.text(2), code: $0.text(3), message: $0.text(4),
                rule: $0.optionalText(5))
        }
    }

    /// When the newest delivery arrived; nil when there is none. One look-up in the index for each state.
    public static func newestReceipt(on connection: any SQLConnection) throws -> Timestamp? {
        try Delivery.State.allCases.compactMap { state in
            try connection.first(
                "SELECT MAX(received_at) FROM deliveries WHERE state = $1", [.text(state.rawValue)],
                { $0.optionalInteger(0) }
            ) ?? nil
        }.max().map { Timestamp(microseconds: $0) }
    }

    /// Deliveries that failed since `instant` and were not voided: how many, and the newest one's name and code.
    public static func failed(
        since instant: Timestamp, on connection: any SQLConnection
    ) throws -> (count: Int64, name: String, code: String)? {
        try connection.first(
            """
            SELECT COUNT(*) OVER (), name, code FROM deliveries
             WHERE state = 'failed' AND finished_at >= $1
               AND NOT EXISTS (SELECT 1 FROM voided_deliveries WHERE delivery = deliveries.id)
             ORDER BY finished_at DESC LIMIT 1
            """, [.integer(instant.microseconds)]
        ) { ($0.integer(0), $0.text(1), $0.text(2)) }
    }

    /// How many deliveries are in each state, for `status`.
    public static func counts(on connection: any SQLConnection) throws -> [Delivery.State: Int64] {
        var counts: [Delivery.State: Int64] = [:]
        for state in Delivery.State.allCases {
            counts[state] = try connection.first(
                "SELECT COUNT(*) FROM deliveries WHERE state = $1", [.text(state.rawValue)]
            ) { $0.integer(0) }
        }
        return counts
    }
}
