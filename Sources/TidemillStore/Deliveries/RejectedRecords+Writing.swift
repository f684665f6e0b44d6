public import TidemillCore

/// All that is written of rejected records. A record is rejected, and open; it is retried or dropped, and closed.
extension RejectedRecords {
    /// What is kept of a rejection beside its record's text.
    public struct Rejected: Sendable {
        public var delivery: DeliveryID
        public var record: Int64
        public var line: Int64
        public var kind: String
        public var code: String
        public var message: String
        public var rule: String?
        public var customer: CustomerID?
        public var receivedAt: Timestamp
        /// The reprocess that rejected an event which had been taken.
        public var reprocessedBy: String?

        public init(
            delivery: DeliveryID, record: Int64, line: Int64, kind: String, code: String, message: String,
            rule: String?, customer: CustomerID?, receivedAt: Timestamp, reprocessedBy: String? = nil
        ) {
            self.delivery = delivery
            self.record = record
            self.line = line
            self.kind = kind
            self.code = code
            self.message = message
            self.rule = rule
            self.customer = customer
            self.receivedAt = receivedAt
            self.reprocessedBy = reprocessedBy
        }
    }

    /// Enters a rejected record with its text; one that was retried and is rejected again is open once more.
    public static func insert(
        _ rejected: Rejected, text: UnsafeRawBufferPointer, at now: Timestamp, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO rejected_records(payload, delivery, record, line, kind, code, message, rule, customer_id,
              received_at, rejected_at, reprocessed_by, state)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'open')
            ON CONFLICT(delivery, record) DO UPDATE SET kind = excluded.kind, code = excluded.code,
              message = excluded.message, rule = excluded.rule, rejected_at = excluded.rejected_at, state = 'open',
              reprocessed_by = COALESCE(excluded.reprocessed_by, rejected_records.reprocessed_by)
            """, blob: text,
            [
                .text(rejected.delivery.text), .integer(rejected.record), .integer(rejected.line),
                .text(rejected.kind), .text(rejected.code), .text(rejected.message), .text(rejected.rule),
                .text(rejected.customer?.text), .integer(rejected.receivedAt.microseconds), .integer(now.microseconds),
                .text(rejected.reprocessedBy),
            ])
        connection.count(.records, [rejected.kind, "rejected"])
        connection.count(.recordsRejected, [rejected.code])
        if let rule = rejected.rule { connection.count(.ruleFailures, [rule]) }
    }

    /// Closes an open record; false when somebody else has closed it.
    public static func close(
        _ record: Int64, of id: DeliveryID, as state: RejectedRecord.State, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE rejected_records SET state = $3 WHERE delivery = $1 AND record = $2 AND state = 'open'",
            [.text(id.text), .integer(record), .text(state.rawValue)]) == 1
    }

    /// Says what stands in the way of a record now, which stays open.
    public static func explain(
        _ record: Int64, of id: DeliveryID, code: String, message: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE rejected_records SET code = $3, message = $4 WHERE delivery = $1 AND record = $2",
            [.text(id.text), .integer(record), .text(code), .text(message)])
    }

    /// Gives the selected open records up; returns how many.
    public static func drop(
        _ selection: RejectedSelection, by person: String, at now: Timestamp, on connection: any SQLConnection
    ) throws -> Int {
        let records = try ids(selection, on: connection)
        for record in records {
            try connection.execute(
                """
                UPDATE rejected_records SET state = 'dropped', dropped_by = $3, dropped_at = $4
                 WHERE delivery = $1 AND record = $2 AND state = 'open'
                """,
                [
                    .text(record.delivery.text), .integer(record.record), .text(person), .integer(now.microseconds),
                ])
        }
        return records.count
    }

    /// Gives the open records of a delivery up.
    public static func drop(of id: DeliveryID, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE rejected_records SET state = 'dropped' WHERE delivery = $1 AND state = 'open'", [.text(id.text)])
    }

    /// Opens what was given up with its delivery again.
    public static func reopen(eventsOf id: DeliveryID, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE rejected_records SET state = 'open'
             WHERE delivery = $1 AND kind = 'event' AND state = 'dropped' AND dropped_by IS NULL
            """, [.text(id.text)])
    }

    static func forget(_ id: DeliveryID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM rejected_records WHERE delivery = $1", [.text(id.text)])
    }
}
