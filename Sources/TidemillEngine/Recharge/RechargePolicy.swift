public import TidemillCore
public import TidemillOperations

/// A wallet as a recharge policy sees it.
public struct RechargeView: Sendable, Hashable {
    /// The recharge before.
    public struct Last: Sendable, Hashable {
        public let at: Timestamp
        public let amount: Amount
        public let reason: String?
    }

    public let customerID: CustomerID
    public let currencyID: String
    public let thresholdType: AutoRechargeSettings.ThresholdType
    public let threshold: Amount
    public let target: Amount
    public let maxSpendLimit: Amount?
    /// Granted less consumed; an overdraft is negative, and reserved credits still count (SEMANTICS, "Auto-recharge").
    public let balance: Amount
    /// Reserved by checks.
    public let held: Amount
    public var available: Amount { balance - held }
    /// What one credit costs; nil where nobody has said.
    public let price: Money?
    public let spentThisMonth: Amount
    public let lastRecharge: Last?
    /// Declined charges in a row.
    public let failures: Int64
    public let now: Timestamp
}

/// What a policy wants to be bought. Guards decide whether it is.
public struct RechargeProposal: Sendable, Hashable {
    public enum Goal: Sendable, Hashable {
        /// In credits: what is missing to it is bought.
        case targetBalance(Amount)
        /// So many credits.
        case amount(Amount)
    }

    public var goal: Goal
    public var reason: String
    /// Instead of the settings' own.
    public var expiration: AutoRechargeSettings.GrantExpirationPeriod?

    public init(
        _ goal: Goal, reason: String, expiration: AutoRechargeSettings.GrantExpirationPeriod? = nil
    ) {
        self.goal = goal
        self.reason = reason
        self.expiration = expiration
    }

    /// The credits to buy for a wallet with this balance; nil where there are none.
    func credits(at balance: Amount) -> Amount? {
        let credits =
            switch goal {
            case .targetBalance(let target): target - balance
            case .amount(let amount): amount
            }
        return credits > .zero && credits.isWithinBound ? credits : nil
    }
}

/// Says whether a wallet should be recharged, and up to what: the customer's own numbers, or a script in place of them. It
/// is asked inside a transaction, changes nothing, and is never asked for a wallet whose customer did not agree.
public protocol RechargePolicy: Sendable {
    func decide(_ wallet: RechargeView) throws(RechargePolicyFailure) -> RechargeProposal?
}

/// Why a policy could not answer. It is recorded, and nothing is charged.
public struct RechargePolicyFailure: Error, Sendable {
    public enum Code: String, Sendable {
        /// It needs the price of a credit, and there is none.
        case noPrice = "NO_PRICE"
        /// It failed, or its answer means nothing.
        case failed = "POLICY_FAILED"
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// The built-in rule: below the threshold, strictly, the wallet is filled up to the target.
public struct ThresholdPolicy: RechargePolicy {
    public init() {}

    public func decide(_ wallet: RechargeView) throws(RechargePolicyFailure) -> RechargeProposal? {
        switch wallet.thresholdType {
        case .creditAmount:
            guard wallet.balance < wallet.threshold else { return nil }
            return RechargeProposal(
                .targetBalance(wallet.target), reason: "balance \(wallet.balance) is below \(wallet.threshold)")
        case .dollarAmount:
            guard let price = wallet.price, price.amount > .zero else {
                throw RechargePolicyFailure(
                    .noPrice, "threshold and target are in money, and one credit has no price to convert them with")
            }
            // In 256 bits; a value that does not fit is no balance of anybody's.
            guard let value = wallet.balance.times(price.amount), value < wallet.threshold else { return nil }
            guard let target = wallet.target.divided(by: price.amount) else {
                throw RechargePolicyFailure(.failed, "the target is worth more credits than an amount can hold")
            }
            return RechargeProposal(
                .targetBalance(target),
                reason: "balance \(wallet.balance), worth \(value) \(price.currency), is below \(wallet.threshold)")
        }
    }
}
