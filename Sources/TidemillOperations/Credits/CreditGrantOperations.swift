public import TidemillCore

/// The grants of one wallet, or of all wallets of a customer that belong to the same resource or none.
public enum ListCreditGrants: ClientOperation {
    public struct Input: Paged {
        public var customerID: CustomerID
        public var currencyID: String?
        public var resourceID: String?
        public var createdAt: TimeRange?
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "Whose grants."),
            optional("currencyId", \.currencyID, .creditCurrencyID, "Of this currency only."),
            optional("resourceId", \.resourceID, .resourceID, "Of this resource; those without one when left out."),
            optional("createdAt", \.createdAt, .object("time range"), "Granted in this range."),
            limitField(\.limit), afterField(\.after), beforeField(\.before),
            make: Self.init, check: checkPaging)
    }

    public typealias Output = Page<CreditGrant>

    public static let row = OperationRow(
        .listCreditGrants, of: Self.self,
        summary: "Lists a customer's credit grants, oldest first.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/credits/grants"),
        errors: [.customerNotFound, .customCurrencyNotFound],
        example: OperationRow.Example(
            ["customerId": "customer-acme", "currencyId": "credits-ai"], after: CreditExamples.granted))
}

/// Changes when a grant can be used and in which order, and what is written about it. Its amount stays.
public enum UpdateCreditGrant: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var customerID: CustomerID?
        public var displayName: String?
        public var comment: Change<String>
        public var priority: Int64?
        public var effectiveAt: Timestamp?
        public var expireAt: Change<Timestamp>
        public var metadata: TextMap<String>?

        public static let shape = Shape(
            required("id", \.id, .creditGrantID, "The grant.", aliases: ["grantId"]),
            optional("customerId", \.customerID, .customerID, "Whose it is; found by the id when left out."),
            changeable("displayName", \.displayName, .text(1...255), "What people see."),
            clearable("comment", \.comment, .text(0...255), "A note."),
            changeable("priority", \.priority, .integer(0...100), "Lower burns first."),
            changeable("effectiveAt", \.effectiveAt, .timestamp, "Usable from here on; fixed once credits are used."),
            clearable("expireAt", \.expireAt, .timestamp, "Usable until here; null for ever."),
            changeable("metadata", \.metadata, .metadata, "Texts of your own; replaces them all."),
            make: Self.init)
    }

    public typealias Output = CreditGrant

    public static let row = OperationRow(
        .updateCreditGrant, of: Self.self,
        summary: "Changes the dates, priority, name or note of a credit grant.",
        effect: .write, subject: .customer("customerId"),
        route: .patch("/api/v1/credits/grants/{id}"),
        errors: [
            .creditGrantNotFound, .creditGrantAlreadyVoided, .expireAtMustBeLaterThanEffectiveAt, .invalidArgument,
        ],
        example: OperationRow.Example(
            ["id": .string(CreditExamples.grantID), "priority": 1, "comment": "agreed with sales"],
            after: CreditExamples.granted))
}

/// Stops further use of what is left of a grant.
public enum VoidCreditGrant: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var customerID: CustomerID?

        public static let shape = Shape(
            required("id", \.id, .creditGrantID, "The grant.", aliases: ["grantId"]),
            optional("customerId", \.customerID, .customerID, "Whose it is; found by the id when left out."),
            make: Self.init)
    }

    public typealias Output = CreditGrant

    public static let row = OperationRow(
        .voidCreditGrant, of: Self.self,
        summary: "Voids a credit grant: what is left of it can no longer be used.",
        effect: .write, subject: .customer("customerId"),
        route: .post("/api/v1/credits/grants/{id}/void"),
        errors: [.creditGrantNotFound, .creditGrantAlreadyVoided, .creditGrantCannotBeVoided],
        example: OperationRow.Example(
            ["id": .string(CreditExamples.grantID)], after: CreditExamples.granted))
}
