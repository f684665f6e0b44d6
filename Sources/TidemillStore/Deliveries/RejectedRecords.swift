public import Foundation
public import TidemillCore

/// A record that could not be applied, as it waits for a person.
public struct RejectedRecord: Sendable {
    /// `open`, until it is `retried` or `dropped`.
    public enum State: String, Sendable, ColumnValue {
        case open, retried, dropped
    }

    public var delivery: DeliveryID
    /// Counts the delivery's records from 1.
    public var record: Int64
    public var line: Int64
    /// event, usage, webhook, operation or unknown.
    public var kind: String
    public var code: String
    public var message: String
    public var rule: String?
    public var customer: CustomerID?
    public var payload: Data
    public var receivedAt: Timestamp
    public var rejectedAt: Timestamp
    public var state: State
    /// The reprocess that rejected it: its identity is known as its own, and is not asked when it is tried again.
    public var reprocessedBy: String?

    /// What a person types: the delivery's id and the record's number.
    public var id: String { "\(delivery.text)#\(record)" }
}

/// Which rejected records are meant.
public struct RejectedSelection: Sendable {
    public var ids: [String]
    public var rule: String?
    public var code: String?
    public var delivery: DeliveryID?
    public var customer: CustomerID?
    public var states: [RejectedRecord.State]
    /// Only what was rejected then or later.
    public var since: Timestamp?
    public var limit: Int
    /// Only those behind one with this instant and id.
    public var after: (rejectedAt: Timestamp, id: String)?

    public init(
        ids: [String] = [], rule: String? = nil, code: String? = nil, delivery: DeliveryID? = nil,
        customer: CustomerID? = nil, states: [RejectedRecord.State] = [.open], since: Timestamp? = nil,
        limit: Int = .max
    ) {
        self.ids = ids
        self.rule = rule
        self.code = code
        self.delivery = delivery
        self.customer = customer
        self.states = states
        self.since = since
        self.limit = limit
    }
}

/// The rejected records in the store.
public enum RejectedRecords {
    /// The selected records, oldest rejection first.
    public static func list(_ selection: RejectedSelection, on connection: any SQLConnection) throws -> [RejectedRecord]
    {
        let (condition, arguments) = selection.condition
        return try connection.rows(columns, condition, arguments)
    }

    private static let columns = Columns<RejectedRecord>(
        "rejected_records", .key("delivery", \.delivery), .key("record", \.record), Column("line", \.line),
        Column("kind", \.kind), Column("code", \.code), Column("message", \.message), Column("rule", \.rule),
        Column("customer_id", \.customer), Column("payload", \.payload), .once("received_at", \.receivedAt),
        Column("rejected_at", \.rejectedAt), Column("state", \.state),
        Column("reprocessed_by", \.reprocessedBy), make: RejectedRecord.init)

    /// What the selected records are called, without their payloads.
    public static func ids(_ selection: RejectedSelection, on connection: any SQLConnection) throws
        -> [(delivery: DeliveryID, record: Int64)]
    {
        let (condition, arguments) = selection.condition
        return try connection.rows("SELECT delivery, record FROM rejected_records \(condition)", arguments) { row in
            (DeliveryID(row.text(0)), row.integer(1))
        }
    }

    /// Open events behind one, of the delivery where one is named, in the order of their keys; without those that the
    /// reprocess has rejected.
    public static func events(
        after last: (delivery: String, record: Int64), of delivery: DeliveryID?, except reprocess: String, limit: Int,
        on connection: any SQLConnection
    ) throws -> [RejectedRecord] {
        try connection.rows(
            columns,
            """
            WHERE state = 'open' AND kind = 'event' AND (delivery, record) > ($1, $2)
              AND ($3 IS NULL OR delivery = $3) AND (reprocessed_by IS NULL OR reprocessed_by <> $4)
             ORDER BY delivery, record LIMIT $5
            """,
            [
                .text(last.delivery), .integer(last.record), .text(delivery?.text), .text(reprocess), .integer(limit),
            ])
    }

    public static func openCount(on connection: any SQLConnection) throws -> Int64 {
        try connection.first("SELECT COUNT(*) FROM rejected_records WHERE state = 'open'") { $0.integer(0) } ?? 0
    }
}

extension RejectedSelection {
    /// The selection in SQL, oldest rejection first.
    var condition: (sql: String, arguments: [SQLValue]) {
        var sql = "WHERE state IN (\(states.map { "'\($0.rawValue)'" }.joined(separator: ", ")))"
        var arguments: [SQLValue] = []
        func require(_ condition: String, _ value: SQLValue) {
            arguments.append(value)
            sql += " AND \(condition) $\(arguments.count)"
        }
        if let rule { require("rule =", .text(rule)) }
        if let code { require("code =", .text(code)) }
        if let delivery { require("delivery =", .text(delivery.text)) }
        if let customer { require("customer_id =", .text(customer.text)) }
        if let since { require("rejected_at >=", .integer(since.microseconds)) }
        if !ids.isEmpty {
            let places = ids.map { id in
                arguments.append(.text(id))
                return "$\(arguments.count)"
            }
            sql += " AND delivery || '#' || record IN (\(places.joined(separator: ", ")))"
        }
        if let after {
            let end = after.id.lastIndex(of: "#") ?? after.id.endIndex
            arguments += [
                .integer(after.rejectedAt.microseconds), .text(String(after.id[..<end])),
                .integer(Int64(after.id[end...].dropFirst()) ?? 0),
            ]
            let last = arguments.count
            sql += " AND (rejected_at, delivery, record) > ($\(last - 2), $\(last - 1), $\(last))"
        }
        arguments.append(.integer(limit))
        return (sql + " ORDER BY rejected_at, delivery, record LIMIT $\(arguments.count)", arguments)
    }
}
