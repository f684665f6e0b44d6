public import TidemillCore

/// The answer of checkEntitlement for a credit currency.
public struct CreditAccess: Shaped {
    public var isGranted: Bool
    /// `InsufficientCredits`, `CustomerNotFound`…; nil when granted.
    public var accessDeniedReason: String?
    public var currency: CurrencyReference
    public var currentUsage: Amount
    public var usageLimit: Amount
    public var usageUpdatedAt: Timestamp
    public var entitlementUpdatedAt: Timestamp?
    public var usagePeriodEnd: Timestamp?
    public var validUntil: Timestamp?
    public var reserved: Amount?
    public var reservedOnExpiredGrants: Amount?
    public var reservation: Reservation?

    public init(
        isGranted: Bool, accessDeniedReason: String?, currency: CurrencyReference, currentUsage: Amount,
        usageLimit: Amount, usageUpdatedAt: Timestamp, entitlementUpdatedAt: Timestamp?, usagePeriodEnd: Timestamp?,
        validUntil: Timestamp?, reserved: Amount?, reservedOnExpiredGrants: Amount?, reservation: Reservation?
    ) {
        self.isGranted = isGranted
        self.accessDeniedReason = accessDeniedReason
        self.currency = currency
        self.currentUsage = currentUsage
        self.usageLimit = usageLimit
        self.usageUpdatedAt = usageUpdatedAt
        self.entitlementUpdatedAt = entitlementUpdatedAt
        self.usagePeriodEnd = usagePeriodEnd
        self.validUntil = validUntil
        self.reserved = reserved
        self.reservedOnExpiredGrants = reservedOnExpiredGrants
        self.reservation = reservation
    }

    public var type: Kind { .credit }

    public enum Kind: String, WireEnum {
        case credit = "CREDIT"
    }

    public static let shape = Shape(
        required("type", \.type, .choice, "Always CREDIT."),
        required("isGranted", \.isGranted, .boolean, "Whether as much is available."),
        optional("accessDeniedReason", \.accessDeniedReason, .text(1...255), "Why not."),
        required("currency", \.currency, .object("credit currency"), "The credit currency."),
        required("currentUsage", \.currentUsage, .amount, "Consumed plus held."),
        required("usageLimit", \.usageLimit, .amount, "Granted by the grants in effect."),
        required("usageUpdatedAt", \.usageUpdatedAt, .timestamp, "The last change of the wallet."),
        optional("entitlementUpdatedAt", \.entitlementUpdatedAt, .timestamp, "The last change of the wallet."),
        optional("usagePeriodEnd", \.usagePeriodEnd, .timestamp, "When the recurring credits in effect end."),
        optional("validUntil", \.validUntil, .timestamp, "Until when the answer holds if nothing is used or granted."),
        optional("reserved", \.reserved, .amount, "Held by reservations; part of `currentUsage`."),
        optional("reservedOnExpiredGrants", \.reservedOnExpiredGrants, .amount, "Held on grants that have ended."),
        optional("reservation", \.reservation, .object("reservation"), "The hold that this check made."),
        make: {
            (
                _: Kind, isGranted: Bool, reason: String?, currency: CurrencyReference, usage: Amount, limit: Amount,
                updated: Timestamp, entitled: Timestamp?, periodEnd: Timestamp?, until: Timestamp?, reserved: Amount?,
                onExpired: Amount?, reservation: Reservation?
            ) in
            CreditAccess(
                isGranted: isGranted, accessDeniedReason: reason, currency: currency, currentUsage: usage,
                usageLimit: limit, usageUpdatedAt: updated, entitlementUpdatedAt: entitled, usagePeriodEnd: periodEnd,
                validUntil: until, reserved: reserved, reservedOnExpiredGrants: onExpired, reservation: reservation)
        })
}

/// A credit currency inside an answer.
public struct CurrencyReference: Shaped {
    public var currencyID: String
    public var displayName: String
    public var description: String?
    public var metadata: [String: String]?
    public var unitSingular: String?
    public var unitPlural: String?

    public init(
        currencyID: String, displayName: String, description: String?, metadata: [String: String]?,
        unitSingular: String?, unitPlural: String?
    ) {
        self.currencyID = currencyID
        self.displayName = displayName
        self.description = description
        self.metadata = metadata
        self.unitSingular = unitSingular
        self.unitPlural = unitPlural
    }

    public static let shape = Shape(
        required("currencyId", \.currencyID, .creditCurrencyID, "Its id."),
        required("displayName", \.displayName, .text(0...255), "What people see."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        optional("metadata", \.metadata, .metadata, "Texts of your own."),
        optional("unitSingular", \.unitSingular, .text(0...255), "One of it."),
        optional("unitPlural", \.unitPlural, .text(0...255), "Several of it."),
        make: Self.init)
}

/// A hold on credits: taken off what is available until it is released or expires.
public struct Reservation: Shaped {
    public var id: String
    public var amount: Amount
    public var status: Status
    public var expiresAt: Timestamp
    public var consumedAmount: Amount?

    public init(id: String, amount: Amount, status: Status, expiresAt: Timestamp, consumedAmount: Amount? = nil) {
        self.id = id
        self.amount = amount
        self.status = status
        self.expiresAt = expiresAt
        self.consumedAmount = consumedAmount
    }

    public enum Status: String, WireEnum {
        case active = "ACTIVE"
        case released = "RELEASED"
    }

    public static let shape = Shape(
        required("id", \.id, .reservationID, "The caller's id."),
        required("amount", \.amount, .amount, "How much is held."),
        required("status", \.status, .choice, "Whether it still holds."),
        required("expiresAt", \.expiresAt, .timestamp, "When the hold returns by itself."),
        optional("consumedAmount", \.consumedAmount, .amount, "What it was settled with."),
        make: Self.init)
}
