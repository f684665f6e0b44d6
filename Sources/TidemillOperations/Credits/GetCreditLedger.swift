public import TidemillCore

/// The movements of a customer's credits, in the order in which they were recorded.
public enum GetCreditLedger: ClientOperation {
    public struct Input: Paged {
        public var customerID: CustomerID
        public var currencyID: String?
        public var resourceID: String?
        public var eventType: [LedgerType]?
        public var reservationID: String?
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "Whose ledger."),
            optional("currencyId", \.currencyID, .creditCurrencyID, "Of this currency only."),
            optional("resourceId", \.resourceID, .resourceID, "Of this resource; those without one when left out."),
            optional("eventType", \.eventType, .ledgerTypes, "Only these kinds of movement."),
            optional("reservationId", \.reservationID, .reservationID, "Only what belongs to this reservation."),
            limitField(\.limit), afterField(\.after), beforeField(\.before),
            make: Self.init, check: checkPaging)
    }

    public typealias Output = Page<CreditLedgerEntry>

    public static let row = OperationRow(
        .getCreditLedger, of: Self.self,
        summary: "The movements of a customer's credits, oldest first: one entry for each grant that was touched.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/credits/ledger"),
        errors: [.customerNotFound, .customCurrencyNotFound],
        example: OperationRow.Example(
            ["customerId": "customer-acme", "currencyId": "credits-ai"], after: CreditExamples.granted))
}

/// One movement of credits of one grant. The amounts of a wallet's entries add up to what is available in it.
public struct CreditLedgerEntry: Shaped, Listed {
    public static let singular = "ledger entry"
    public static let plural = "ledger entries"

    public var eventType: LedgerType
    public var amount: Amount
    public var timestamp: Timestamp
    public var recordedAt: Timestamp
    public var customerID: CustomerID
    public var creditCurrencyID: String
    public var creditGrantID: String
    public var resourceID: String?
    public var featureID: String?
    public var eventID: String?
    public var reservationID: String?
    public var holdReturnedAmount: Amount?
    public var breakdown: [CreditLedgerPart]?
    public var metadata: TextMap<Payload>?

    public init(
        eventType: LedgerType, amount: Amount, timestamp: Timestamp, recordedAt: Timestamp, customerID: CustomerID,
        creditCurrencyID: String, creditGrantID: String, resourceID: String?, featureID: String?, eventID: String?,
        reservationID: String?, holdReturnedAmount: Amount?, breakdown: [CreditLedgerPart]?,
        metadata: TextMap<Payload>?
    ) {
        self.eventType = eventType
        self.amount = amount
        self.timestamp = timestamp
        self.recordedAt = recordedAt
        self.customerID = customerID
        self.creditCurrencyID = creditCurrencyID
        self.creditGrantID = creditGrantID
        self.resourceID = resourceID
        self.featureID = featureID
        self.eventID = eventID
        self.reservationID = reservationID
        self.holdReturnedAmount = holdReturnedAmount
        self.breakdown = breakdown
        self.metadata = metadata
    }

    public static let shape = Shape(
        required("eventType", \.eventType, .choice, "What happened."),
        required("amount", \.amount, .amount, "The effect on what is available: negative where it falls."),
        required("timestamp", \.timestamp, .timestamp, "When it took effect."),
        required("recordedAt", \.recordedAt, .timestamp, "When it was written down."),
        required("customerId", \.customerID, .customerID, "Whose credits."),
        required("creditCurrencyId", \.creditCurrencyID, .creditCurrencyID, "The credit currency."),
        required("creditGrantId", \.creditGrantID, .creditGrantID, "The grant that was touched."),
        optional("resourceId", \.resourceID, .resourceID, "The resource whose wallet it is."),
        optional("featureId", \.featureID, .text(1...255), "The feature whose usage it was."),
        optional("eventId", \.eventID, .text(0...255), "The key of the event, where it was a single one."),
        optional("reservationId", \.reservationID, .reservationID, "The reservation."),
        optional(
            "holdReturnedAmount", \.holdReturnedAmount, .amount,
            "Of a released reservation: the hold that was taken off, before what it consumed."),
        optional(
            "breakdown", \.breakdown, .list(of: .object("ledger part"), "ledger parts", 0...100_000),
            "Of a released reservation: what happened to each grant; adds up to `amount`."),
        optional("metadata", \.metadata, .anyObject, "What was given with it, and why a cost is 0."),
        make: Self.init)
}

/// What a released reservation did to one grant.
public struct CreditLedgerPart: Shaped {
    public var eventType: LedgerType
    public var amount: Amount
    public var timestamp: Timestamp
    public var customerID: CustomerID
    public var creditCurrencyID: String
    public var creditGrantID: String
    public var resourceID: String?
    public var featureID: String?
    public var eventID: String?
    public var reservationID: String?

    public init(
        eventType: LedgerType, amount: Amount, timestamp: Timestamp, customerID: CustomerID, creditCurrencyID: String,
        creditGrantID: String, resourceID: String?, featureID: String?, eventID: String?, reservationID: String?
    ) {
        self.eventType = eventType
        self.amount = amount
        self.timestamp = timestamp
        self.customerID = customerID
        self.creditCurrencyID = creditCurrencyID
        self.creditGrantID = creditGrantID
        self.resourceID = resourceID
        self.featureID = featureID
        self.eventID = eventID
        self.reservationID = reservationID
    }

    public static let shape = Shape(
        required("eventType", \.eventType, .choice, "What happened."),
        required("amount", \.amount, .amount, "The effect on what is available."),
        required("timestamp", \.timestamp, .timestamp, "When it took effect."),
        required("customerId", \.customerID, .customerID, "Whose credits."),
        required("creditCurrencyId", \.creditCurrencyID, .creditCurrencyID, "The credit currency."),
        required("creditGrantId", \.creditGrantID, .creditGrantID, "The grant that was touched."),
        optional("resourceId", \.resourceID, .resourceID, "The resource whose wallet it is."),
        optional("featureId", \.featureID, .text(1...255), "The feature whose usage it was."),
        optional("eventId", \.eventID, .text(0...255), "The key of the event."),
        optional("reservationId", \.reservationID, .reservationID, "The reservation."),
        make: Self.init)
}

extension FieldKind where Value == [LedgerType] {
    /// As in the query of the API: a list with commas; a list of texts is taken too.
    static var ledgerTypes: FieldKind {
        let one = FieldKind<LedgerType>.choice
        let expected = "a list with commas, such as \"CREDITS_GRANTED,CREDITS_CONSUMED\""
        return FieldKind(
            expected: expected, type: "list with commas", bounds: one.type,
            decode: { (payload, path) throws(InputProblem) in
                let texts: [Payload]
                switch payload {
                case .string(let text):
                    texts = text.split(separator: ",").map { part in
                        .string(part.trimmingPrefix { $0 == " " }.description.trimmedEnd)
                    }
                case .array(let items): texts = items
                case .null, .boolean, .integer, .number, .object: throw .expected(expected, at: path, got: payload.kind)
                }
                guard !texts.isEmpty, texts.count <= 100 else {
                    throw .expected(expected, at: path, got: "\(texts.count) of them")
                }
                var types: [LedgerType] = []
                for text in texts { types.append(try one.decode(text, path)) }
                return types
            },
            encode: { value, _ in .string(value.map(\.rawValue).joined(separator: ",")) })
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var copy = self
        while copy.last == " " { copy.removeLast() }
        return copy
    }
}
