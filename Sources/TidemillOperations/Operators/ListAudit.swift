public import TidemillCore

/// Who changed what, when and why; the newest first.
public enum ListAudit: ClientOperation {
    public struct Input: ListInput {
        public var customerID: CustomerID?
        public var action: String?
        public var limit: Int64
        public var after: Cursor?

        public static let shape = Shape(
            optional("customerId", \.customerID, .customerID, "Only changes of this customer."),
            optional("action", \.action, .text(1...255), "Only this operation, such as voidCreditGrant."),
            limitField(\.limit), afterField(\.after),
            make: Self.init)
    }

    public typealias Output = Listing<AuditEntry>

    public static let row = OperationRow(
        operator: .listAudit, of: Self.self,
        summary: "Who changed what, when and why; the newest first.",
        effect: .read, subject: .customer("customerId"),
        example: OperationRow.Example(["action": "grantCredits"]))
}

/// One change.
public struct AuditEntry: Shaped, Listed {
    public var number: Int64
    public var at: Timestamp
    public var actorKind: String
    public var actor: String
    public var action: String
    public var details: Payload
    public var customerID: String?
    public var reason: String?

    public init(
        number: Int64, at: Timestamp, actorKind: String, actor: String, action: String, details: Payload,
        customerID: String? = nil, reason: String? = nil
    ) {
        self.number = number
        self.at = at
        self.actorKind = actorKind
        self.actor = actor
        self.action = action
        self.details = details
        self.customerID = customerID
        self.reason = reason
    }

    public static let shape = Shape(
        required("number", \.number, .count, "Counts all changes."),
        required("at", \.at, .timestamp, "When."),
        required("actorKind", \.actorKind, .anyText, "person, key, delivery, catalog, run or engine."),
        required("actor", \.actor, .anyText, "Who."),
        required("action", \.action, .anyText, "The operation, or what the engine did."),
        required("details", \.details, .anything, "With what."),
        optional("customerId", \.customerID, .anyText, "Whose data."),
        optional("reason", \.reason, .anyText, "Why."),
        make: Self.init)

    public static let singular = "change"
    public static let plural = "changes"
}
