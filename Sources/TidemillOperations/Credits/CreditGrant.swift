public import TidemillCore

/// Credits that a customer was given: how many, from when to when, and what has become of them.
public struct CreditGrant: Shaped, Listed {
    public static let singular = "credit grant"
    public static let plural = "credit grants"

    public var id: String
    public var customerID: CustomerID
    public var currencyID: String
    public var resourceID: String?
    public var displayName: String
    public var amount: Amount
    public var consumedAmount: Amount
    public var cost: Money
    public var grantType: GrantType
    public var status: GrantStatus
    public var priority: Int64
    public var effectiveAt: Timestamp
    public var expireAt: Timestamp?
    public var sourceType: GrantSource?
    public var paymentCollection: GrantPaymentState
    public var comment: String?
    public var metadata: TextMap<String>
    public var invoiceID: String?
    public var latestInvoice: TextMap<Payload>?
    public var syncStates: [String]?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    public var voidedAt: Timestamp?

    public init(
        id: String, customerID: CustomerID, currencyID: String, resourceID: String?, displayName: String,
        amount: Amount, consumedAmount: Amount, cost: Money, grantType: GrantType, status: GrantStatus,
        priority: Int64, effectiveAt: Timestamp, expireAt: Timestamp?, sourceType: GrantSource?,
        paymentCollection: GrantPaymentState, comment: String?, metadata: TextMap<String>, invoiceID: String?,
        latestInvoice: TextMap<Payload>?, syncStates: [String]?, createdAt: Timestamp, updatedAt: Timestamp,
        voidedAt: Timestamp?
    ) {
        self.id = id
        self.customerID = customerID
        self.currencyID = currencyID
        self.resourceID = resourceID
        self.displayName = displayName
        self.amount = amount
        self.consumedAmount = consumedAmount
        self.cost = cost
        self.grantType = grantType
        self.status = status
        self.priority = priority
        self.effectiveAt = effectiveAt
        self.expireAt = expireAt
        self.sourceType = sourceType
        self.paymentCollection = paymentCollection
        self.comment = comment
        self.metadata = metadata
        self.invoiceID = invoiceID
        self.latestInvoice = latestInvoice
        self.syncStates = syncStates
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.voidedAt = voidedAt
    }

    public static let shape = Shape(
        required("id", \.id, .creditGrantID, "The grant's id, made by the engine."),
        required("customerId", \.customerID, .customerID, "Whose credits they are."),
        required("currencyId", \.currencyID, .creditCurrencyID, "The credit currency."),
        optional("resourceId", \.resourceID, .resourceID, "The resource whose wallet it is in; null for none."),
        required("displayName", \.displayName, .text(0...255), "What people see."),
        required("amount", \.amount, .amount, "How many credits; 0 for an overdraft."),
        required("consumedAmount", \.consumedAmount, .amount, "How many of them are used."),
        required("cost", \.cost, .money, "What was paid for all of them; 0 for a gift."),
        required("grantType", \.grantType, .choice, "Where they come from."),
        required("status", \.status, .choice, "Whether they can be used."),
        required("priority", \.priority, .integer(0...100), "Lower burns first."),
        required("effectiveAt", \.effectiveAt, .timestamp, "Usable from here on."),
        optional("expireAt", \.expireAt, .timestamp, "Usable until here; null for ever."),
        optional("sourceType", \.sourceType, .choice, "Of a RECURRING grant: what grants it."),
        required("paymentCollection", \.paymentCollection, .choice, "How far its payment is."),
        optional("comment", \.comment, .text(0...255), "A note."),
        required("metadata", \.metadata, .metadata, "Texts of your own."),
        optional("invoiceId", \.invoiceID, .text(1...255), "The payment that it was bought with."),
        optional("latestInvoice", \.latestInvoice, .anyObject, "Of a billing system; null here."),
        optional(
            "syncStates", \.syncStates, .list(of: .text(0...255), "states", 0...100), "Of integrations; null here."),
        required("createdAt", \.createdAt, .timestamp, "When it was granted."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was changed last."),
        optional("voidedAt", \.voidedAt, .timestamp, "When it was voided."),
        make: Self.init)
}

public enum GrantType: String, WireEnum {
    case paid = "PAID"
    case promotional = "PROMOTIONAL"
    case recurring = "RECURRING"
    /// What was consumed beyond all grants; the next grant settles it.
    case overdraft = "OVERDRAFT"

    /// As the webhooks call it.
    public var announced: String {
        switch self {
        case .paid, .recurring: "PAID"
        case .promotional: "PROMO"
        case .overdraft: "ADJUSTMENT"
        }
    }
}

/// What a caller may grant.
public enum GrantedType: String, WireEnum {
    case paid = "PAID"
    case promotional = "PROMOTIONAL"

    public static let alternatives = ["PROMO": promotional]
}

public enum GrantStatus: String, WireEnum {
    case paymentPending = "PAYMENT_PENDING"
    case active = "ACTIVE"
    case expired = "EXPIRED"
    case voided = "VOIDED"
    case scheduled = "SCHEDULED"
}

public enum GrantSource: String, WireEnum {
    case price = "PRICE"
    case planEntitlement = "PLAN_ENTITLEMENT"
    case addonEntitlement = "ADDON_ENTITLEMENT"
}

public enum GrantPaymentState: String, WireEnum {
    case notRequired = "NOT_REQUIRED"
    case processing = "PROCESSING"
    case failed = "FAILED"
    case actionRequired = "ACTION_REQUIRED"
}

extension FieldKind where Value == String {
    public static var creditGrantID: FieldKind {
        .id("a credit grant id", such: "cred-grant-3f-000000001-0123456789abcdef")
    }
    public static var creditCurrencyID: FieldKind { .id("a credit currency id", such: "credits-ai") }
    public static var reservationID: FieldKind { .text(1...255, in: .bytes) }
}
