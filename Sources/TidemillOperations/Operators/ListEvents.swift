public import TidemillCore

/// Why a customer's events counted, or did not.
public enum ListEvents: ClientOperation {
    public struct Input: Ranged, ListInput {
        public var customerID: CustomerID
        public var idempotencyKey: String?
        public var from: Timestamp?
        public var to: Timestamp?
        public var newestFirst: Bool
        public var limit: Int64
        public var after: Cursor?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "The customer, as delivered or as a mapping made it."),
            optional("idempotencyKey", \.idempotencyKey, .text(1...255), "Only events with this key."),
            optional("from", \.from, .timestamp, "From this timestamp on."),
            optional("to", \.to, .timestamp, "Up to this timestamp, without it."),
            defaulted(
                "newestFirst", \.newestFirst, .boolean, to: false, "The newest arrivals first, not the oldest."),
            limitField(\.limit), afterField(\.after),
            make: Self.init, check: checkRange)
    }

    public typealias Output = Listing<StoredEvent>

    public static let row = OperationRow(
        operator: .listEvents, of: Self.self,
        summary: "A customer's events, the oldest or the newest arrivals first, and why each counted or did not.",
        effect: .read, subject: .customer("customerId"),
        example: OperationRow.Example(["customerId": "customer-acme", "from": "2026-10-01T00:00:00Z"]))
}

/// An event as it is stored, and what became of it.
public struct StoredEvent: Shaped, Listed {
    public var receivedAt: Timestamp
    public var delivery: String
    public var record: Int64
    public var outcome: String
    public var event: Payload
    public var mapped: [Payload]
    public var countedBy: [FeatureID]
    public var differs: Bool?
    public var rule: String?
    public var reason: String?
    public var remarks: [String]?
    public var unrated: String?
    public var dropped: [DroppedPart]?
    public var droppedBy: String?
    public var droppedAt: Timestamp?
    public var scriptVersion: String?

    public init(
        receivedAt: Timestamp, delivery: String, record: Int64, outcome: String, event: Payload, mapped: [Payload],
        countedBy: [FeatureID], differs: Bool? = nil, rule: String? = nil, reason: String? = nil,
        remarks: [String]? = nil, unrated: String? = nil, dropped: [DroppedPart]? = nil, droppedBy: String? = nil,
        droppedAt: Timestamp? = nil, scriptVersion: String? = nil
    ) {
        self.receivedAt = receivedAt
        self.delivery = delivery
        self.record = record
        self.outcome = outcome
        self.event = event
        self.mapped = mapped
        self.countedBy = countedBy
        self.differs = differs
        self.rule = rule
        self.reason = reason
        self.remarks = remarks
        self.unrated = unrated
        self.dropped = dropped
        self.droppedBy = droppedBy
        self.droppedAt = droppedAt
        self.scriptVersion = scriptVersion
    }

    public static let shape = Shape(
        required("receivedAt", \.receivedAt, .timestamp, "When it arrived."),
        required("delivery", \.delivery, .anyText, "The delivery that brought it."),
        required("record", \.record, .count, "Counts the delivery's records from 1."),
        required(
            "outcome", \.outcome, .anyText,
            "applied, filtered, duplicate, rejected, or dropped: rejected and given up; voided: applied by a delivery that was undone."
        ),
        required("event", \.event, .anything, "As delivered."),
        required(
            "mapped", \.mapped, .list(of: .anything, "values", 0...OperatorPaging.itemsMax),
            "What the mappings changed, one a part."),
        required(
            "countedBy", \.countedBy, .list(of: .featureID, "features", 0...OperatorPaging.itemsMax),
            "The features whose meters count it."),
        optional("differs", \.differs, .boolean, "Of a repeat: whether its content is another than the first one's."),
        optional("rule", \.rule, .anyText, "The filter that dropped it, or the rule that failed."),
        optional(
            "reason", \.reason, .anyText,
            "The filter's reason, the rejection's message, or which value is no number for a meter."),
        optional(
            "remarks", \.remarks, .list(of: .anyText, "texts", 0...OperatorPaging.itemsMax),
            "Why it adds nothing, and whether its customer is not provisioned: names of counters."),
        optional("unrated", \.unrated, .anyText, "Why it cost no credits although its feature has a price."),
        optional(
            "dropped", \.dropped, .list(of: .object("dropped part"), "dropped parts", 0...OperatorPaging.itemsMax),
            "The parts of a split event that a later filter dropped."),
        optional("droppedBy", \.droppedBy, .anyText, "Who gave the rejected event up."),
        optional("droppedAt", \.droppedAt, .timestamp, "When."),
        optional("scriptVersion", \.scriptVersion, .anyText, "The scripts that decided."),
        make: Self.init)

    public static let singular = "event"
    public static let plural = "events"
}

/// A part of a split event that a filter dropped.
public struct DroppedPart: Shaped {
    public var mapped: Payload
    public var rule: String
    public var reason: String?

    public init(mapped: Payload, rule: String, reason: String? = nil) {
        self.mapped = mapped
        self.rule = rule
        self.reason = reason
    }

    public static let shape = Shape(
        required("mapped", \.mapped, .anything, "What the mappings had made of it."),
        required("rule", \.rule, .anyText, "The filter."),
        optional("reason", \.reason, .anyText, "Its reason."),
        make: Self.init)
}
