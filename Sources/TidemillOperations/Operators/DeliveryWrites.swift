public import TidemillCore

/// Undoes a finished delivery: its events and reports stop counting, burned credits come back.
public enum VoidDelivery: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var reason: String

        public static let shape = Shape(
            required("id", \.id, .deliveryID, "Its id.", aliases: ["delivery"]),
            required("reason", \.reason, .reason, "Why, for whoever looks at it later."),
            make: Self.init)
    }

    public typealias Output = VoidedEntry

    public static let row = OperationRow(
        operator: .voidDelivery, of: Self.self,
        summary: "Undoes a finished delivery: its events and reports stop counting, burned credits come back.",
        effect: .write, isStream: true, errors: [.notFound, .cannotVoid],
        example: OperationRow.Example(OperatorExample.delivery.adding("reason", "sent test data")))
}

/// Ends an open delivery whose spool or file will not come back, as failed.
public enum FailDelivery: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var reason: String

        public static let shape = Shape(
            required("id", \.id, .deliveryID, "Its id.", aliases: ["delivery"]),
            required("reason", \.reason, .reason, "Why, for whoever looks at it later."),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var delivery: String
        public var state: DeliveryState
        public var applied: Int64

        public init(delivery: String, state: DeliveryState, applied: Int64) {
            self.delivery = delivery
            self.state = state
            self.applied = applied
        }

        public static let shape = Shape(
            required("delivery", \.delivery, .anyText, "The delivery."),
            required("state", \.state, .choice, "What it is now."),
            required("applied", \.applied, .count, "Its records that count all the same."),
            make: Self.init)
    }

    public static let row = OperationRow(
        operator: .failDelivery, of: Self.self,
        summary: "Ends an open delivery whose spool or file will not come back, as failed.",
        effect: .write, errors: [.notFound, .cannotFail],
        example: OperationRow.Example(OperatorExample.lostDelivery.adding("reason", "the disk is gone")))
}

/// A delivery that a person undid.
public struct VoidedEntry: Shaped {
    public var delivery: String
    public var voidedAt: Timestamp
    public var voidedBy: String
    public var reason: String
    public var events: Int64
    public var reports: Int64
    public var finishedAt: Timestamp?
    public var restoredBy: String?

    public init(
        delivery: String, voidedAt: Timestamp, voidedBy: String, reason: String, events: Int64, reports: Int64,
        finishedAt: Timestamp? = nil, restoredBy: String? = nil
    ) {
        self.delivery = delivery
        self.voidedAt = voidedAt
        self.voidedBy = voidedBy
        self.reason = reason
        self.events = events
        self.reports = reports
        self.finishedAt = finishedAt
        self.restoredBy = restoredBy
    }

    public static let shape = Shape(
        required("delivery", \.delivery, .anyText, "The delivery."),
        required("voidedAt", \.voidedAt, .timestamp, "When."),
        required("voidedBy", \.voidedBy, .anyText, "By whom."),
        required("reason", \.reason, .anyText, "Why."),
        required("events", \.events, .count, "Events that count no longer."),
        required("reports", \.reports, .count, "Usage reports that count no longer."),
        optional("finishedAt", \.finishedAt, .timestamp, "When everything was counted again."),
        optional("restoredBy", \.restoredBy, .anyText, "The reprocess that brought its events back: they count."),
        make: Self.init)
}
