import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillEngine

/// Guards and the built-in rule as plain calculations.
struct RechargeGuardTests {
    typealias Facts = RechargeGuards.Facts
    typealias Code = RechargeGuards.Refusal.Code

    static let now = Timestamp(rfc3339: "2026-10-15T12:00:00Z")!
    let paid = RechargeGuards(isPaid: true, maxPerWalletPerDay: 10, maxPerHour: 1000)
    let free = RechargeGuards(isPaid: false, maxPerWalletPerDay: 10, maxPerHour: 1000)

    func facts(
        credits: String = "30", price: String? = "1", currency: String = "usd", cap: String? = nil,
        spent: String = "0", _ change: (inout Facts) -> Void = { _ in }
    ) -> Facts {
        var facts = Facts(
            now: Self.now, credits: Amount(credits)!, granted: .zero, price: price.map { Money(Amount($0)!, currency) },
            maxSpend: cap.map { Amount($0)! }, spent: Amount(spent)!, today: 0, withinHour: 0,
            hasPaymentMethod: true)
        change(&facts)
        return facts
    }

    func refusal(_ facts: Facts, _ guards: RechargeGuards? = nil) -> RechargeGuards.Refusal? {
        if case .refused(let refusal) = (guards ?? paid).verdict(on: facts) { refusal } else { nil }
    }

    func cost(_ facts: Facts, _ guards: RechargeGuards? = nil) -> String? {
        guard case .allowed(let cost) = (guards ?? paid).verdict(on: facts) else { return "refused" }
        return cost.map { "\($0.amount) \($0.currency)" }
    }

    @Test(
        arguments: [
            // credits, price, currency, cost: rounded half away from zero to the minor unit
            ("30", "1", "usd", "30 usd"), ("55", "0.01", "usd", "0.55 usd"),
            // 333.5 × 0.01 = 3.335 → 3.34
            ("333.5", "0.01", "usd", "3.34 usd"), ("333.4", "0.01", "usd", "3.33 usd"),
            // 7 × 0.5 = 3.5 → 4 of a currency without decimals
            ("7", "0.5", "jpy", "4 jpy"),
            // 1.2345 × 1 → 1.235, three decimals
            ("1.2345", "1", "kwd", "1.235 kwd"),
        ])
    func `the cost is rounded half away from zero to the minor unit`(
        credits: String, price: String, currency: String, expected: String
    ) {
        #expect(cost(facts(credits: credits, price: price, currency: currency)) == expected)
    }

    @Test func `what does not fit under the cap is not bought at all, what fits exactly is`() {
        #expect(cost(facts(credits: "30", cap: "500", spent: "470")) == "30 usd")
        let refused = refusal(facts(credits: "30.01", cap: "500", spent: "470"))
        #expect(refused?.code == .capped)
        #expect(refused?.until == Timestamp(rfc3339: "2026-11-01T00:00:00Z"))
        #expect(refusal(facts(credits: "1", cap: "0"))?.code == .capped)
        // The gateway that charges nobody holds to the customer's cap, too.
        #expect(refusal(facts(credits: "30.01", cap: "500", spent: "470"), free)?.code == .capped)
    }

    @Test func `credits that a wallet may have no room for when they are paid are not bought`() {
        #expect(refusal(facts(credits: "100000000000000000", price: "0.01")) == nil)
        let over = facts(credits: "99999999999999999.000000001", price: "0.01") { $0.granted = Amount(1) }
        #expect(refusal(over)?.code == .tooLarge)
        #expect(refusal(over, free)?.code == .tooLarge)
    }

    @Test func `without a price only a gateway that charges nobody grants, and only without a cap`() {
        #expect(refusal(facts(price: nil))?.code == .noPrice)
        #expect(refusal(facts(price: nil, cap: "10"), free)?.code == .noPrice)
        #expect(cost(facts(price: nil), free) == nil)
        #expect(cost(facts(price: "0"), paid) == "0 usd")
    }

    @Test func `a positive price that rounds to nothing is not charged as nothing`() {
        // 4 × 0.001 = 0.004 → 0.00
        #expect(refusal(facts(credits: "4", price: "0.001"))?.code == .noPrice)
        #expect(cost(facts(credits: "4", price: "0.001"), free) == "0 usd")
        #expect(cost(facts(credits: "5", price: "0.001")) == "0.01 usd")
    }

    @Test func `nobody is charged without a payment method, and a gateway that charges nobody needs none`() {
        let bare = facts { $0.hasPaymentMethod = false }
        #expect(refusal(bare)?.code == .noPaymentMethod)
        #expect(refusal(bare)?.state == .noPaymentMethod)
        #expect(refusal(bare)?.until == nil)
        #expect(cost(bare, free) == "30 usd")
        // Nothing is charged for what costs nothing.
        #expect(cost(facts(price: "0") { $0.hasPaymentMethod = false }) == "0 usd")
    }

    @Test func `a wallet rests for a minute after a recharge, and for longer after a decline`() {
        let soon = Self.now.advanced(bySeconds: 1)
        #expect(refusal(facts { $0.coolUntil = soon })?.code == .coolDown)
        #expect(refusal(facts { $0.coolUntil = soon })?.until == soon)
        #expect(refusal(facts { $0.coolUntil = Self.now }) == nil)
        #expect(refusal(facts { $0.retryAt = soon })?.code == .backOff)
        #expect(refusal(facts { $0.retryAt = Self.now }) == nil)
    }

    @Test func `a day and an hour have their limits`() {
        #expect(refusal(facts { $0.today = 9 }) == nil)
        let tomorrow = refusal(facts { $0.today = 10 })
        #expect(tomorrow?.code == .dailyLimit)
        #expect(tomorrow?.until == Timestamp(rfc3339: "2026-10-16T00:00:00Z"))
        #expect(refusal(facts { $0.withinHour = 999 }) == nil)
        #expect(refusal(facts { $0.withinHour = 1000 })?.code == .hourlyLimit)
    }

    // MARK: - The built-in rule

    func view(
        _ balance: String, type: AutoRechargeSettings.ThresholdType = .creditAmount, threshold: String = "20",
        target: String = "50", price: String? = nil
    ) -> RechargeView {
        RechargeView(
            customerID: CustomerID("c"), currencyID: "credits", thresholdType: type, threshold: Amount(threshold)!,
            target: Amount(target)!, maxSpendLimit: nil, balance: Amount(balance)!, held: Amount(5),
            price: price.map { Money(Amount($0)!, "usd") }, spentThisMonth: .zero, lastRecharge: nil, failures: 0,
            now: Self.now)
    }

    func bought(_ view: RechargeView) -> String? {
        do throws(RechargePolicyFailure) {
            return try ThresholdPolicy().decide(view)?.credits(at: view.balance)?.description
        } catch {
            return error.code.rawValue
        }
    }

    @Test(
        arguments: [
            // The API's example: threshold 20, target 50.
            ("20", nil), ("20.000000001", nil), ("19.999999999", "30.000000001"), ("0", "50"), ("-5", "55"),
            ("100", nil),
        ] as [(String, String?)])
    func `it fires strictly below the threshold, and buys what is missing to the target`(
        balance: String, credits: String?
    ) {
        #expect(bought(view(balance)) == credits)
    }

    @Test func `money thresholds are converted by the price of a credit`() {
        // 1,000 credits at 0.02 are worth 20.00: not below 20. 999 are; the target of 50.00 is 2,500 credits.
        #expect(bought(view("1000", type: .dollarAmount, price: "0.02")) == nil)
        #expect(bought(view("999", type: .dollarAmount, price: "0.02")) == "1501")
        // 10 ÷ 0.03 = 333.333333333…
        #expect(
            bought(view("0", type: .dollarAmount, threshold: "5", target: "10", price: "0.03")) == "333.333333333")
        #expect(bought(view("0", type: .dollarAmount)) == "NO_PRICE")
        #expect(bought(view("0", type: .dollarAmount, price: "0")) == "NO_PRICE")
    }

    @Test func `warnings come at 80, 90 and 100 percent of the cap`() {
        func passed(_ spent: String, _ cap: String) -> Int64 { RechargeCap.passed(Amount(spent)!, of: Amount(cap)!) }
        #expect(passed("319.99", "400") == 0)
        #expect(passed("320", "400") == 80)
        #expect(passed("360", "400") == 90)
        #expect(passed("399.99", "400") == 90)
        #expect(passed("400", "400") == 100)
    }
}
