public import TidemillCore

/// Who is near a limit.
public enum ListNearLimits: ClientOperation {
    public struct Input: Shaped {
        public var limit: Int64

        public static let shape = Shape(
            defaulted("limit", \.limit, .integer(1...100), to: 20, "How many at most; 20 when left out."),
            make: Self.init)
    }

    public typealias Output = AllOf<NearLimitEntry>

    public static let row = OperationRow(
        operator: .listNearLimits, of: Self.self,
        summary:
            "Customers whose usage has reached the lowest share of a limit that is announced (alerts.usage); the highest first.",
        effect: .read,
        example: OperationRow.Example(["limit": 10]))
}

/// Usage that is near its limit, or beyond it.
public struct NearLimitEntry: Shaped, Listed {
    public var customerID: CustomerID
    public var featureID: String
    public var featureName: String
    public var resourceID: String?
    public var used: Amount
    public var limit: Amount
    public var percent: Int64
    public var isGranted: Bool
    public var resetsAt: Timestamp?
    public var fullAt: Timestamp?

    public init(
        customerID: CustomerID, featureID: String, featureName: String, resourceID: String? = nil, used: Amount,
        limit: Amount, percent: Int64, isGranted: Bool, resetsAt: Timestamp? = nil, fullAt: Timestamp? = nil
    ) {
        self.customerID = customerID
        self.featureID = featureID
        self.featureName = featureName
        self.resourceID = resourceID
        self.used = used
        self.limit = limit
        self.percent = percent
        self.isGranted = isGranted
        self.resetsAt = resetsAt
        self.fullAt = fullAt
    }

    public static let shape = Shape(
        required("customerId", \.customerID, .customerID, "The customer."),
        required("featureId", \.featureID, .anyText, "The feature."),
        required("featureName", \.featureName, .anyText, "Its name."),
        optional("resourceId", \.resourceID, .anyText, "Of which resource, where it is of one."),
        required("used", \.used, .amount, "In the period."),
        required("limit", \.limit, .amount, "How much may be used."),
        required("percent", \.percent, .count, "The share of the limit, rounded down."),
        required("isGranted", \.isGranted, .boolean, "Whether more may be used."),
        optional("resetsAt", \.resetsAt, .timestamp, "When usage begins anew."),
        optional(
            "fullAt", \.fullAt, .timestamp,
            "When the limit is reached at this pace, from a tenth of the period on; not there where that is after its end."
        ),
        make: Self.init)

    public static let singular = "near limit"
    public static let plural = "near limits"
}

/// Which wallets run low.
public enum ListLowWallets: ClientOperation {
    public struct Input: Shaped {
        public var percent: Int64
        public var limit: Int64

        public static let shape = Shape(
            defaulted(
                "percent", \.percent, .integer(0...20), to: 20,
                "At most this share of the grants in effect is left; 20 when left out."),
            defaulted("limit", \.limit, .integer(1...100), to: 20, "How many at most; 20 when left out."),
            make: Self.init)
    }

    public typealias Output = AllOf<LowWalletEntry>

    public static let row = OperationRow(
        operator: .listLowWallets, of: Self.self,
        summary:
            "Wallets with little left of their grants in effect, how long that lasts, and what their auto-recharge does.",
        effect: .read,
        example: OperationRow.Example(["percent": 10]))
}

/// A wallet that runs low.
public struct LowWalletEntry: Shaped, Listed {
    public var customerID: CustomerID
    public var currencyID: String
    public var resourceID: String?
    public var balance: Amount
    public var granted: Amount
    public var percent: Int64
    public var burnedPerDay: Amount
    public var lastsSeconds: Int64?
    public var recharge: String?
    public var changedAt: Timestamp

    public init(
        customerID: CustomerID, currencyID: String, resourceID: String? = nil, balance: Amount, granted: Amount,
        percent: Int64, burnedPerDay: Amount, lastsSeconds: Int64? = nil, recharge: String? = nil,
        changedAt: Timestamp
    ) {
        self.customerID = customerID
        self.currencyID = currencyID
        self.resourceID = resourceID
        self.balance = balance
        self.granted = granted
        self.percent = percent
        self.burnedPerDay = burnedPerDay
        self.lastsSeconds = lastsSeconds
        self.recharge = recharge
        self.changedAt = changedAt
    }

    public static let shape = Shape(
        required("customerId", \.customerID, .customerID, "The customer."),
        required("currencyId", \.currencyID, .anyText, "The credits."),
        optional("resourceId", \.resourceID, .anyText, "Of which resource, where it is of one."),
        required("balance", \.balance, .amount, "What is left; below zero in overdraft."),
        required("granted", \.granted, .amount, "The grants in effect."),
        required("percent", \.percent, .count, "What is left of them, rounded down."),
        required("burnedPerDay", \.burnedPerDay, .amount, "Consumed within the last 24 hours."),
        optional(
            "lastsSeconds", \.lastsSeconds, .count,
            "How long it lasts at that pace; not there where nothing was consumed."),
        optional("recharge", \.recharge, .anyText, "The state of its auto-recharge; not there where none is set up."),
        required("changedAt", \.changedAt, .timestamp, "When it changed last."),
        make: Self.init)

    public static let singular = "low wallet"
    public static let plural = "low wallets"
}
