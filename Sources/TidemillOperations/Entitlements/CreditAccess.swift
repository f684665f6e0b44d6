public import TidemillCore

/// Whether a customer may use credits of a currency, and how many are left.
public struct CreditAccess: Shaped, Hashable {
    public var accessDeniedReason: DeniedReason?
    public var currency: CurrencyRef
    /// Consumed and held: what is available is `usageLimit` − `currentUsage` (stigg.md A.5).
    public var currentUsage: Amount
    public var isGranted: Bool
    /// The total of the active grants.
    public var usageLimit: Amount
    public var usageUpdatedAt: Timestamp
    public var entitlementUpdatedAt: Timestamp?
    public var reservation: Reservation?
    /// Held by reservations; part of `currentUsage`.
    public var reserved: Amount?
    /// Held on grants that have expired since: in neither of the two.
    public var reservedOnExpiredGrants: Amount?
    public var usagePeriodEnd: Timestamp?
    public var validUntil: Timestamp?

    public init(
        accessDeniedReason: DeniedReason?, currency: CurrencyRef, currentUsage: Amount, isGranted: Bool,
        usageLimit: Amount, usageUpdatedAt: Timestamp, entitlementUpdatedAt: Timestamp? = nil,
        reservation: Reservation? = nil, reserved: Amount? = nil, reservedOnExpiredGrants: Amount? = nil,
        usagePeriodEnd: Timestamp? = nil, validUntil: Timestamp? = nil
    ) {
        self.accessDeniedReason = accessDeniedReason
        self.currency = currency
        self.currentUsage = currentUsage
        self.isGranted = isGranted
        self.usageLimit = usageLimit
        self.usageUpdatedAt = usageUpdatedAt
        self.entitlementUpdatedAt = entitlementUpdatedAt
        self.reservation = reservation
        self.reserved = reserved
        self.reservedOnExpiredGrants = reservedOnExpiredGrants
        self.usagePeriodEnd = usagePeriodEnd
        self.validUntil = validUntil
    }

    public static let shape = Shape(
        optional("accessDeniedReason", \.accessDeniedReason, .choice, "Why not; null where there is access."),
        required("currency", \.currency, .object("credit currency"), "The credit currency."),
        required("currentUsage", \.currentUsage, .amount, "Consumed and held."),
        required("isGranted", \.isGranted, .boolean, "Whether there is access."),
        required("usageLimit", \.usageLimit, .amount, "The total of the active grants."),
        required("usageUpdatedAt", \.usageUpdatedAt, .timestamp, "When that last changed."),
        optional("entitlementUpdatedAt", \.entitlementUpdatedAt, .timestamp, "When what gives it was last changed."),
        optional("reservation", \.reservation, .object("reservation"), "What this call holds."),
        optional("reserved", \.reserved, .amount, "Held by reservations; part of currentUsage."),
        optional(
            "reservedOnExpiredGrants", \.reservedOnExpiredGrants, .amount, "Held on grants that expired meanwhile."),
        optional("usagePeriodEnd", \.usagePeriodEnd, .timestamp, "When credits are granted anew."),
        optional("validUntil", \.validUntil, .timestamp, "When to ask again at the latest; null for never."),
        make: Self.init)

    /// Credits that are held for a piece of work until it is settled.
    public struct Reservation: Shaped, Hashable {
        public enum Status: String, WireEnum {
            case active = "ACTIVE"
            case released = "RELEASED"
        }

        public var id: String
        public var amount: Amount
        public var expiresAt: Timestamp
        public var status: Status

        public init(id: String, amount: Amount, expiresAt: Timestamp, status: Status) {
            self.id = id
            self.amount = amount
            self.expiresAt = expiresAt
            self.status = status
        }

        public static let shape = Shape(
            required("id", \.id, .text(1...255), "Your id of it."),
            required("amount", \.amount, .amount, "How many credits."),
            required("expiresAt", \.expiresAt, .timestamp, "When they return by themselves."),
            required("status", \.status, .choice, "Whether they are still held."),
            make: Self.init)
    }
}

/// What answers tell of a credit currency.
public struct CurrencyRef: Shaped, Hashable {
    public var currencyID: String
    public var displayName: String
    public var description: String?
    public var metadata: TextMap<String>?
    public var unitPlural: String?
    public var unitSingular: String?

    public init(
        currencyID: String, displayName: String, description: String? = nil, metadata: TextMap<String>? = nil,
        unitPlural: String? = nil, unitSingular: String? = nil
    ) {
        self.currencyID = currencyID
        self.displayName = displayName
        self.description = description
        self.metadata = metadata
        self.unitPlural = unitPlural
        self.unitSingular = unitSingular
    }

    public static let shape = Shape(
        required("currencyId", \.currencyID, .currencyID, "The currency."),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        optional("metadata", \.metadata, .metadata, "Your own notes."),
        optional("unitPlural", \.unitPlural, .text(max: 255), "Many of what."),
        optional("unitSingular", \.unitSingular, .text(max: 255), "One of what."),
        make: Self.init)
}
