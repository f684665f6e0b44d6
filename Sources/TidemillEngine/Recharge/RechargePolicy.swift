public import TidemillCore
public import TidemillOperations

/// A wallet as a recharge policy sees it.
public struct RechargeView: Sendable {
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
    /// Granted less consumed; an overdraft is negative, and reserved credits still count (semantics.md,
    /// "Auto-recharge").
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
    /// As `getAutoRecharge` and `getCustomer` answer them.
    public var settings: AutoRechargeSettings?
    public var customer: Customer?
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
    public var expiration: RechargeExpiry?

    public init(_ goal: Goal, reason: String, expiration: RechargeExpiry? = nil) {
        self.goal = goal
        self.reason = reason
        self.expiration = expiration
    }

    /// The credits to buy for a wallet with this balance; nil where there are none.
    func credits(at balance: Amount) -> Amount? {
        let credits = wish(at: balance)
        return credits > .zero && credits.isWithinBound ? credits : nil
    }

    private func wish(at balance: Amount) -> Amount {
        switch goal {
        case .targetBalance(let target): target - balance
        case .amount(let amount): amount
        }
    }

    /// Why it means nothing; nil where it does. A target that is reached is a sound answer, and buys nothing.
    func nonsense(at view: RechargeView) -> RechargePolicyFailure? {
        let wish = wish(at: view.balance)
        if !wish.isWithinBound {
            return RechargePolicyFailure(.failed, "the policy asks for more credits than an amount can hold")
        }
        if case .amount(let amount) = goal, amount <= .zero {
            return RechargePolicyFailure(.failed, "the policy asks for \(amount) credits")
        }
        if let expiration, expiration.end(from: view.now) == nil {
            return RechargePolicyFailure(
                .failed, "the policy's 'expiration', \(expiration.text), has passed; it must be later than \(view.now)")
        }
        return nil
    }
}

/// Whose decision it is, where it is a script's.
public struct PolicySource: Sendable, Hashable {
    public let name: String
    public let scriptVersion: String
    /// Where it is declared, for messages: `scripts/recharge.lua:3`.
    public let place: String

    public init(name: String, scriptVersion: String, place: String = "") {
        self.name = name
        self.scriptVersion = scriptVersion
        self.place = place
    }
}

/// Says whether a wallet should be recharged, and up to what: the customer's own numbers, or a script in place of them. It
/// is asked outside any transaction, changes nothing, and is never asked for a wallet whose customer did not agree.
public protocol RechargePolicy: Sendable {
    /// Nil for the customer's own numbers.
    var source: PolicySource? { get }
    func decide(
        _ wallet: RechargeView, _ history: WalletHistory
    ) throws(RechargePolicyFailure) -> RechargeProposal?
}

/// The policies in force together: they change as a whole, between two decisions.
public protocol RechargePolicies: Sendable {
    /// Of the scripts; nil without scripts.
    var version: String? { get }
    /// Who decides about a currency.
    func policy(for currencyID: String) -> any RechargePolicy
}

/// No scripts: the customers' own numbers.
public struct ThresholdPolicies: RechargePolicies {
    public init() {}

    public var version: String? { nil }
    public func policy(for currencyID: String) -> any RechargePolicy { ThresholdPolicy() }
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
    /// With the script's file and line.
    public let message: String
    /// How a script failed: error, timeout, memory or answer.
    public let kind: String

    public init(_ code: Code, _ message: String, kind: String = "answer") {
        self.code = code
        self.message = String(message.prefix(1000))
        self.kind = kind
    }
}

/// The built-in rule: below the threshold, strictly, the wallet is filled up to the target.
public struct ThresholdPolicy: RechargePolicy {
    public init() {}

    public var source: PolicySource? { nil }

    public func decide(
        _ wallet: RechargeView, _ history: WalletHistory
    ) throws(RechargePolicyFailure) -> RechargeProposal? {
        try decide(wallet)
    }

    func decide(_ wallet: RechargeView) throws(RechargePolicyFailure) -> RechargeProposal? {
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
