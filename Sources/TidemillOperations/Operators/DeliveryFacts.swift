public import TidemillCore

/// What is known of a delivery beside its counts.
public struct DeliveryFacts: Shaped {
    public var delivery: String
    public var name: String
    public var inbox: String
    public var state: DeliveryState
    public var size: Int64
    public var receivedAt: Timestamp
    public var filteredBy: TextMap<Int64>
    public var unknownFields: TextMap<Int64>
    public var remarks: [RemarkEntry]
    public var voided: VoidedEntry?
    public var code: String?
    public var message: String?
    public var finishedAt: Timestamp?
    public var duplicateOf: String?
    public var repeatsVoided: String?
    public var keptAs: String?
    public var answers: [DeliveryAnswer]?
    public var rejections: [DeliveryRejection]?

    public init(
        delivery: String, name: String, inbox: String, state: DeliveryState, size: Int64, receivedAt: Timestamp,
        filteredBy: TextMap<Int64>, unknownFields: TextMap<Int64>, remarks: [RemarkEntry],
        voided: VoidedEntry? = nil, code: String? = nil, message: String? = nil, finishedAt: Timestamp? = nil,
        duplicateOf: String? = nil, repeatsVoided: String? = nil, keptAs: String? = nil,
        answers: [DeliveryAnswer]? = nil,
        rejections: [DeliveryRejection]? = nil
    ) {
        self.delivery = delivery
        self.name = name
        self.inbox = inbox
        self.state = state
        self.size = size
        self.receivedAt = receivedAt
        self.filteredBy = filteredBy
        self.unknownFields = unknownFields
        self.remarks = remarks
        self.voided = voided
        self.code = code
        self.message = message
        self.finishedAt = finishedAt
        self.duplicateOf = duplicateOf
        self.repeatsVoided = repeatsVoided
        self.keptAs = keptAs
        self.answers = answers
        self.rejections = rejections
    }

    public static let shape = Shape(
        required("delivery", \.delivery, .anyText, "Its id."),
        required("name", \.name, .anyText, "The file's name."),
        required("inbox", \.inbox, .anyText, "The inbox; empty for a file that came by a command."),
        required("state", \.state, .choice, "How it stands."),
        required("size", \.size, .count, "Bytes."),
        required("receivedAt", \.receivedAt, .timestamp, "When it was claimed."),
        required("filteredBy", \.filteredBy, .counts, "How many each filter dropped."),
        required("unknownFields", \.unknownFields, .counts, "How many records have each unknown field."),
        required(
            "remarks", \.remarks, .list(of: .object("remark"), "remarks", 0...OperatorPaging.itemsMax),
            "The names behind the counts."),
        optional("voided", \.voided, .object("voided"), "Who undid it."),
        optional("code", \.code, .anyText, "Why it failed or is held, for programs."),
        optional("message", \.message, .anyText, "Why it failed or is held, for people."),
        optional("finishedAt", \.finishedAt, .timestamp, "When it ended."),
        optional("duplicateOf", \.duplicateOf, .anyText, "The delivery with the same content."),
        optional(
            "repeatsVoided", \.repeatsVoided, .anyText,
            "That delivery, where it is voided: its events count only when reprocessEvents brings them back."),
        optional("keptAs", \.keptAs, .anyText, "The kept file, below the spool."),
        optional(
            "answers", \.answers,
            .list(of: .object("delivery answer"), "delivery answers", 0...OperatorPaging.itemsMax),
            "The first 1000 answers, given by getDelivery."),
        optional(
            "rejections", \.rejections,
            .list(of: .object("delivery rejection"), "delivery rejections", 0...OperatorPaging.itemsMax),
            "The first 1000 rejected records, given by getDelivery."),
        make: Self.init)
}

/// Something noticed of a delivery's records.
public struct RemarkEntry: Shaped {
    public var reason: String
    public var name: String
    public var records: Int64
    public var record: Int64
    public var example: String?

    public init(reason: String, name: String, records: Int64, record: Int64, example: String? = nil) {
        self.reason = reason
        self.name = name
        self.records = records
        self.record = record
        self.example = example
    }

    public static let shape = Shape(
        required("reason", \.reason, .anyText, "The counter that it stands behind."),
        required("name", \.name, .anyText, "What is named."),
        required("records", \.records, .count, "How many records."),
        required("record", \.record, .count, "The first of them."),
        optional("example", \.example, .anyText, "A value."),
        make: Self.init)
}

/// The answer to a record.
public struct DeliveryAnswer: Shaped {
    public var record: Int64
    public var answer: Payload

    public init(record: Int64, answer: Payload) {
        self.record = record
        self.answer = answer
    }

    public static let shape = Shape(
        required("record", \.record, .count, "Counts the delivery's records from 1."),
        required("answer", \.answer, .anything, "What the operation answered."),
        make: Self.init)
}

/// A record that was rejected.
public struct DeliveryRejection: Shaped {
    public var record: Int64
    public var line: Int64
    public var kind: String
    public var code: String
    public var message: String
    public var rule: String?

    public init(record: Int64, line: Int64, kind: String, code: String, message: String, rule: String? = nil) {
        self.record = record
        self.line = line
        self.kind = kind
        self.code = code
        self.message = message
        self.rule = rule
    }

    public static let shape = Shape(
        required("record", \.record, .count, "Counts the delivery's records from 1."),
        required("line", \.line, .count, "Its line."),
        required("kind", \.kind, .anyText, "event, usage, webhook, operation or unknown."),
        required("code", \.code, .anyText, "Why, for programs."),
        required("message", \.message, .anyText, "Why, for people."),
        optional("rule", \.rule, .anyText, "The rule that rejected it."),
        make: Self.init)
}
