public import TidemillCore

/// One name that a counter of a delivery is about, with an example: a field, an event name, a customer, a type.
public struct DeliveryRemark: Sendable, Hashable {
    /// The counters that name what they count; the raw value is the counter's name. The names of `notANumber` are those
    /// of all such values, its counter is of the events to which nothing else was added.
    public enum Reason: String, Sendable, CaseIterable {
        case unknownField = "unknown_field"
        case notANumber = "not_a_number"
        case noMeter = "no_meter"
        case unknownCustomer = "unknown_customer"
        case noJob = "no_job"
    }

    public var reason: Reason
    /// Empty for all that came when `namesMax` others had been named.
    public var name: String
    public var records: Int64
    /// The first of these records.
    public var record: Int64
    /// A value, as it stands in that record.
    public var example: String?

    public init(_ reason: Reason, name: String, records: Int64, record: Int64, example: String? = nil) {
        self.reason = reason
        self.name = name
        self.records = records
        self.record = record
        self.example = example
    }

    /// So many names of a delivery are kept for each reason.
    public static let namesMax = 16
}

/// The table `delivery_remarks`.
public enum DeliveryRemarks {
    /// By reason, the most frequent name first, what is not named last.
    public static func list(of id: DeliveryID, on connection: any SQLConnection) throws -> [DeliveryRemark] {
        try connection.rows(
            """
            SELECT reason, name, records, record, example FROM delivery_remarks WHERE delivery = $1
             ORDER BY reason, CASE name WHEN '' THEN 1 ELSE 0 END, records DESC, record, name
            """, [.text(id.text)]
        ) { row in
            guard let reason = DeliveryRemark.Reason(rawValue: row.text(0)) else {
                throw StoreError(
                    .corrupt, "a remark about delivery \(id.text) has the unknown reason \"\(row.text(0))\"")
            }
            return DeliveryRemark(
                reason, name: row.text(1), records: row.integer(2), record: row.integer(3), example: row.optionalText(4)
            )
        }
    }

    static func forget(_ id: DeliveryID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM delivery_remarks WHERE delivery = $1", [.text(id.text)])
    }

    /// Adds to the records of those that are there, and enters the others.
    public static func add(_ remarks: [DeliveryRemark], to id: DeliveryID, on connection: any SQLConnection) throws {
        for remark in remarks {
            try connection.execute(
                """
                INSERT INTO delivery_remarks(delivery, reason, name, records, record, example)
                VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT(delivery, reason, name) DO UPDATE SET records = delivery_remarks.records + excluded.records
                """,
                [
                    .text(id.text), .text(remark.reason.rawValue), .text(remark.name), .integer(remark.records),
                    .integer(remark.record), .text(remark.example),
                ])
        }
    }
}
