public import TidemillCore

/// When and up to what a wallet is recharged, as the customer agreed to it, and where it stands.
public struct AutoRechargeSettings: Shaped, Hashable {
    /// The unit of threshold and target.
    public enum ThresholdType: String, WireEnum {
        case creditAmount = "CREDIT_AMOUNT"
        case dollarAmount = "DOLLAR_AMOUNT"

        public static let alternatives: [String: ThresholdType] = [
            "CreditAmount": .creditAmount, "DollarAmount": .dollarAmount,
        ]
    }

    /// How long the credits of a recharge live.
    public enum GrantExpirationPeriod: String, WireEnum {
        case oneMonth = "1_MONTH"
        case oneYear = "1_YEAR"

        public static let alternatives: [String: GrantExpirationPeriod] = ["OneMonth": .oneMonth, "OneYear": .oneYear]

        /// The expiry of credits that are granted at `instant`.
        public func end(from instant: Timestamp) -> Timestamp {
            switch self {
            case .oneMonth: instant.adding(months: 1)
            case .oneYear: instant.adding(months: 12)
            }
        }
    }

    /// Where a wallet stands.
    public enum State: String, WireEnum {
        case disabled = "DISABLED"
        case ready = "READY"
        /// A charge is being made.
        case charging = "CHARGING"
        /// The payment gateway has not decided yet.
        case pending = "PENDING"
        /// Declined; tried again later.
        case declined = "DECLINED"
        /// What would be bought does not fit under the monthly cap.
        case capped = "CAPPED"
        /// As often as a day allows.
        case dailyLimit = "DAILY_LIMIT"
        /// What a credit costs is not known, or cannot be charged.
        case noPrice = "NO_PRICE"
        /// There is nothing to charge: the customer has no payment method.
        case noPaymentMethod = "NO_PAYMENT_METHOD"
        /// Nobody used or asked for credits since the last recharge.
        case idle = "IDLE"
        /// All recharges are paused until a person resumes them.
        case paused = "PAUSED"
        /// A person must look: the gateway's answers contradict each other.
        case stopped = "STOPPED"
    }

    public var id: String?
    public var customerID: CustomerID
    public var currencyID: String
    public var isEnabled: Bool
    public var thresholdType: ThresholdType
    public var thresholdValue: Amount
    public var targetBalance: Amount
    public var maxSpendLimit: Amount?
    public var grantExpirationPeriod: GrantExpirationPeriod
    public var currentMonthlySpend: Amount
    public var state: State
    public var stateReason: String?
    public var createdAt: Timestamp?
    public var updatedAt: Timestamp?

    public init(
        id: String?, customerID: CustomerID, currencyID: String, isEnabled: Bool, thresholdType: ThresholdType,
        thresholdValue: Amount, targetBalance: Amount, maxSpendLimit: Amount?,
        grantExpirationPeriod: GrantExpirationPeriod, currentMonthlySpend: Amount, state: State, stateReason: String?,
        createdAt: Timestamp?, updatedAt: Timestamp?
    ) {
        self.id = id
        self.customerID = customerID
        self.currencyID = currencyID
        self.isEnabled = isEnabled
        self.thresholdType = thresholdType
        self.thresholdValue = thresholdValue
        self.targetBalance = targetBalance
        self.maxSpendLimit = maxSpendLimit
        self.grantExpirationPeriod = grantExpirationPeriod
        self.currentMonthlySpend = currentMonthlySpend
        self.state = state
        self.stateReason = stateReason
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    public static let shape = Shape(
        optional("id", \.id, .text(max: 255), "The configuration's id; null while nothing is saved."),
        required("customerId", \.customerID, .customerID, "The customer."),
        required("currencyId", \.currencyID, .currencyID, "The credit currency."),
        required("isEnabled", \.isEnabled, .boolean, "Whether the customer agreed to be charged."),
        required("thresholdType", \.thresholdType, .choice, "The unit of threshold and target."),
        required("thresholdValue", \.thresholdValue, .amount, "A balance below it is recharged."),
        required("targetBalance", \.targetBalance, .amount, "The balance after a recharge."),
        optional("maxSpendLimit", \.maxSpendLimit, .amount, "What a calendar month (UTC) may cost; null for no limit."),
        required("grantExpirationPeriod", \.grantExpirationPeriod, .choice, "How long the bought credits live."),
        required(
            "currentMonthlySpend", \.currentMonthlySpend, .amount,
            "What this month's recharges cost, pending ones included."),
        required("state", \.state, .choice, "Where it stands (not in the hosted API)."),
        optional("stateReason", \.stateReason, .text(max: 1000), "Why, in words."),
        optional("createdAt", \.createdAt, .timestamp, "When it was first saved."),
        optional("updatedAt", \.updatedAt, .timestamp, "When it was last changed."),
        make: Self.init)
}
