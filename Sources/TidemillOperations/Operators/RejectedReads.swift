public import TidemillCore

/// Records that could not be applied, the oldest first, one by one or in groups.
public enum ListRejected: ClientOperation {
    public struct Input: ListInput {
        public var ids: [String]?
        public var rule: String?
        public var code: String?
        public var delivery: String?
        public var all: Bool
        public var grouped: Bool
        public var limit: Int64
        public var after: Cursor?

        public static let shape = Shape(
            optional("ids", \.ids, .list(of: .text(1...512), "ids", 1...1000), "Those with these ids."),
            optional("rule", \.rule, .text(1...255), "Only records that this rule rejected."),
            optional("code", \.code, .text(1...255), "Only records with this code."),
            optional("delivery", \.delivery, .deliveryID, "Only records of this delivery."),
            defaulted("all", \.all, .boolean, to: false, "Also those that were retried or dropped."),
            defaulted(
                "grouped", \.grouped, .boolean, to: false,
                "One group for each code, rule and form of the message, the largest first."),
            limitField(\.limit), afterField(\.after),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var data: [RejectedEntry]
        public var groups: [RejectedGroup]?
        public var open: Int64
        public var pagination: Pagination

        public init(data: [RejectedEntry], groups: [RejectedGroup]? = nil, open: Int64, pagination: Pagination) {
            self.data = data
            self.groups = groups
            self.open = open
            self.pagination = pagination
        }

        public static let shape = Shape(
            required(
                "data", \.data, .list(of: .object("rejected"), "rejecteds", 0...OperatorPaging.itemsMax),
                "The records; none where they are grouped."),
            optional(
                "groups", \.groups,
                .list(of: .object("rejected group"), "rejected groups", 0...OperatorPaging.itemsMax),
                "The groups, where they are asked for: at most 1000."),
            required("open", \.open, .count, "How many are open in all."),
            required("pagination", \.pagination, .object("pagination"), "Where the next page is."),
            make: Self.init)
    }

    public static let row = OperationRow(
        operator: .listRejected, of: Self.self,
        summary: "Records that could not be applied, the oldest first, one by one or in groups.",
        effect: .read,
        example: OperationRow.Example(["code": "rule_error", "limit": 10]))
}

/// A record that could not be applied.
public struct RejectedEntry: Shaped, Listed {
    public static let singular = "record"
    public static let plural = "records"

    public var id: String
    public var delivery: String
    public var record: Int64
    public var line: Int64
    public var kind: String
    public var code: String
    public var message: String
    public var state: String
    public var receivedAt: Timestamp
    public var rejectedAt: Timestamp
    public var payload: String
    public var rule: String?
    public var customerID: String?

    public init(
        id: String, delivery: String, record: Int64, line: Int64, kind: String, code: String, message: String,
        state: String, receivedAt: Timestamp, rejectedAt: Timestamp, payload: String, rule: String? = nil,
        customerID: String? = nil
    ) {
        self.id = id
        self.delivery = delivery
        self.record = record
        self.line = line
        self.kind = kind
        self.code = code
        self.message = message
        self.state = state
        self.receivedAt = receivedAt
        self.rejectedAt = rejectedAt
        self.payload = payload
        self.rule = rule
        self.customerID = customerID
    }

    public static let shape = Shape(
        required("id", \.id, .anyText, "DELIVERY#RECORD."),
        required("delivery", \.delivery, .anyText, "The delivery that brought it."),
        required("record", \.record, .count, "Counts the delivery's records from 1."),
        required("line", \.line, .count, "Its line."),
        required("kind", \.kind, .anyText, "event, usage, webhook, operation or unknown."),
        required("code", \.code, .anyText, "Why, for programs."),
        required("message", \.message, .anyText, "Why, for people."),
        required("state", \.state, .anyText, "open, retried or dropped."),
        required("receivedAt", \.receivedAt, .timestamp, "When it arrived."),
        required("rejectedAt", \.rejectedAt, .timestamp, "When it was rejected last."),
        required("payload", \.payload, .anyText, "The record as delivered."),
        optional("rule", \.rule, .anyText, "The rule that rejected it."),
        optional("customerId", \.customerID, .anyText, "Whom it names."),
        make: Self.init)
}

/// Rejected records that look alike.
public struct RejectedGroup: Shaped {
    public var code: String
    public var rule: String?
    public var message: String
    public var records: Int64
    public var customers: Int64
    public var firstAt: Timestamp
    public var lastAt: Timestamp
    public var sample: String

    public init(
        code: String, rule: String? = nil, message: String, records: Int64, customers: Int64, firstAt: Timestamp,
        lastAt: Timestamp, sample: String
    ) {
        self.code = code
        self.rule = rule
        self.message = message
        self.records = records
        self.customers = customers
        self.firstAt = firstAt
        self.lastAt = lastAt
        self.sample = sample
    }

    public static let shape = Shape(
        required("code", \.code, .anyText, "Why, for programs."),
        optional("rule", \.rule, .anyText, "The rule that rejected them."),
        required("message", \.message, .anyText, "Why, for people: what is quoted or a number is left out."),
        required("records", \.records, .count, "How many."),
        required("customers", \.customers, .count, "How many customers they name."),
        required("firstAt", \.firstAt, .timestamp, "When the first was rejected."),
        required("lastAt", \.lastAt, .timestamp, "When the last was rejected."),
        required("sample", \.sample, .anyText, "The id of the newest."),
        make: Self.init)
}
