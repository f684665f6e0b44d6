import TidemillCore
import TidemillOperations

/// What stands between a policy's wish and the customer's money, outside any script: a pure verdict over facts. Consent
/// and "one at a time" are settled before a policy is asked (`Recharges.evaluate`).
struct RechargeGuards: Sendable {
    /// Between two recharges of a wallet.
    static let coolDownSeconds: Int64 = 60
    /// After the first, second and third declined charge of a purchase, or of all purchases within a day; the fourth
    /// disables auto-recharge.
    static let declineWaits: [Int64] = [3600, 6 * 3600, 24 * 3600]
    /// What prevents a purchase by itself and is told to nobody is looked at again after so long.
    static let lookAgainSeconds: Int64 = 3600

    /// Whether the gateway charges anybody.
    let isPaid: Bool
    let maxPerWalletPerDay: Int64
    let maxPerHour: Int64

    /// What a wallet may hold after a recharge: a tenth of what an amount can, so that there is room for what is granted
    /// while the charge is under way.
    static let grantedMax = Amount(100_000_000_000_000_000)

    static let idle =
        "no credits were consumed or asked for since the last recharge: what only expires is not bought again"
    static let noPaymentMethod =
        "the customer has no payment method with a billingId: attach one with attachPaymentMethod, and the wallet is looked at again"

    /// All that a verdict depends on.
    struct Facts: Sendable, Hashable {
        var now: Timestamp
        var credits: Amount
        /// What the wallet was granted, of the grants in effect.
        var granted: Amount
        /// What one credit costs.
        var price: Money?
        var maxSpend: Amount?
        /// Of this month, what is pending included.
        var spent: Amount
        var coolUntil: Timestamp?
        var retryAt: Timestamp?
        /// Recharges of this wallet today, and of all wallets within the hour.
        var today: Int64
        var withinHour: Int64
        /// Whether there is anything to charge.
        var hasPaymentMethod: Bool
        /// Whether nobody wanted credits since the last recharge.
        var isIdle = false
    }

    enum Verdict: Sendable, Hashable {
        /// `cost` is nil where a credit costs nothing that anybody has named.
        case allowed(cost: Money?)
        case refused(Refusal)
    }

    struct Refusal: Error, Sendable, Hashable {
        enum Code: String, Sendable {
            /// Nobody wanted credits since the last recharge.
            case idle = "IDLE"
            case backOff = "BACK_OFF"
            case coolDown = "COOL_DOWN"
            case noPrice = "NO_PRICE"
            /// The gateway charges, and the customer has nothing to be charged.
            case noPaymentMethod = "NO_PAYMENT_METHOD"
            case capped = "CAPPED"
            case dailyLimit = "DAILY_LIMIT"
            /// All recharges stop until a person resumes them.
            case hourlyLimit = "HOURLY_LIMIT"
            case stopped = "STOPPED"
            case policyFailed = "POLICY_FAILED"
            case tooLarge = "TOO_LARGE"
        }

        let code: Code
        let message: String
        /// When to look again although nothing changes.
        let until: Timestamp?
        /// What would have been charged, where that is why it was refused.
        var cost: Money?
    }

    func verdict(on facts: Facts) -> Verdict {
        let now = facts.now
        // Consumption, a check that is denied, and saved settings have it looked at again.
        if facts.isIdle { return refused(.idle, Self.idle, until: nil) }
        if let retryAt = facts.retryAt, retryAt > now {
            return refused(.backOff, "the last charge was declined; no charge before \(retryAt)", until: retryAt)
        }
        if let coolUntil = facts.coolUntil, coolUntil > now {
            return refused(.coolDown, "recharged less than \(Self.coolDownSeconds) s ago", until: coolUntil)
        }
        guard facts.granted + facts.credits <= Self.grantedMax else {
            return refused(
                .tooLarge,
                "\(facts.credits) credits more than the \(facts.granted) that are granted are beyond \(Self.grantedMax), the most that a recharge brings a wallet to",
                until: now.advanced(bySeconds: Self.lookAgainSeconds))
        }
        let cost: Money?
        switch price(of: facts) {
        case .success(let found): cost = found
        case .failure(let refusal): return .refused(refusal)
        }
        if isPaid, let cost, cost.amount > .zero, !facts.hasPaymentMethod {
            // Attaching one notes the wallet as changed: there is nothing to wait for.
            return refused(.noPaymentMethod, Self.noPaymentMethod, until: nil)
        }
        if let cap = facts.maxSpend, let cost, facts.spent + cost.amount > cap {
            return .refused(
                Refusal(
                    code: .capped,
                    message:
                        "\(facts.spent) of \(cap) \(cost.currency) are spent this month, and \(cost.amount) more do not fit",
                    until: now.startOfMonth.adding(months: 1), cost: cost))
        }
        guard facts.today < maxPerWalletPerDay else {
            return refused(
                .dailyLimit,
                "recharged \(facts.today) times today, the most that recharge.max_per_wallet_per_day allows",
                until: now.startOfDay.advanced(bySeconds: 86_400))
        }
        guard facts.withinHour < maxPerHour else {
            return refused(
                .hourlyLimit,
                "\(facts.withinHour) recharges within an hour, the most that recharge.max_per_hour allows", until: now)
        }
        return .allowed(cost: cost)
    }

    /// The cost, rounded half away from zero to the currency's minor unit; or why there is none.
    private func price(of facts: Facts) -> Result<Money?, Refusal> {
        let again = facts.now.advanced(bySeconds: Self.lookAgainSeconds)
        guard let price = facts.price else {
            guard isPaid || facts.maxSpend != nil else { return .success(nil) }
            return .failure(
                Refusal(
                    code: .noPrice,
                    message: isPaid
                        ? "a credit has no price: give the plan one with topUpCustomCurrencyId, or the currency a creditPrice"
                        : "there is a spend limit, and a credit has no price to hold against it", until: again))
        }
        guard let exact = facts.credits.times(price.amount), exact.isWithinBound else {
            return .failure(
                Refusal(
                    code: .tooLarge, message: "\(facts.credits) credits cost more than an amount can hold", until: again
                ))
        }
        let cost = exact.rounded(toDigits: MinorUnits.digits(of: price.currency))
        // A charge of nothing would give credits away, again and again; so would a product that rounds to nothing.
        if isPaid, cost == .zero, price.amount > .zero {
            return .failure(
                Refusal(
                    code: .noPrice,
                    message: "\(facts.credits) credits cost \(exact) \(price.currency), less than can be charged",
                    until: again))
        }
        return .success(Money(cost, price.currency))
    }

    private func refused(_ code: Refusal.Code, _ message: String, until: Timestamp?) -> Verdict {
        .refused(Refusal(code: code, message: message, until: until))
    }
}

extension RechargeGuards.Refusal {
    /// How the settings show it, until something else comes of a wish; nil where it passes by itself, or where the purchase
    /// says it.
    var state: AutoRechargeSettings.State? {
        switch code {
        case .idle: .idle
        case .capped: .capped
        case .dailyLimit: .dailyLimit
        case .noPrice, .tooLarge: .noPrice
        case .noPaymentMethod: .noPaymentMethod
        case .hourlyLimit: .paused
        case .backOff: .declined
        case .stopped, .coolDown, .policyFailed: nil
        }
    }

    /// Those that there are: a store of an earlier version has others with wallets that have a purchase.
    static let holds: [AutoRechargeSettings.State] = [
        .capped, .dailyLimit, .noPrice, .noPaymentMethod, .paused, .declined, .idle,
    ]
}

extension Timestamp {
    /// Midnight, UTC.
    var startOfDay: Timestamp {
        Timestamp(microseconds: microseconds.flooredDivision(by: 86_400_000_000) * 86_400_000_000)
    }
}
