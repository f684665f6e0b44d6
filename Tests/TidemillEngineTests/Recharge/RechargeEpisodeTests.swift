import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

@testable import TidemillEngine

/// One wallet through each of the things that can happen to a purchase. The numbers are those of the API's example:
/// threshold 20, target 50, a credit at 1 usd.
struct RechargeEpisodeTests {
    /// A customer with a balance of 20 whose recharge is enabled.
    func kit(cap: String? = nil, isPaid: Bool = true, price: String? = "1") throws -> RechargeKit {
        let kit = try RechargeKit(isPaid: isPaid, price: price)
        try kit.provision()
        try kit.grant("20")
        try kit.enable(cap: cap)
        try kit.work()
        return kit
    }

    @Test func `a balance at the threshold is left alone, below it the wallet is filled to the target`() throws {
        let kit = try kit()
        #expect(kit.gateway.charges.isEmpty)
        #expect(try kit.decisions() == [])
        try kit.consume("0.5")
        try kit.work()
        #expect(kit.gateway.paid.map(\.request.amount) == [Amount("30.5")!])
        #expect(kit.gateway.paid.first?.request.currency == "usd")
        #expect(try kit.balance() == "50")
        let grants = try kit.paidGrants()
        #expect(grants.count == 1)
        #expect(grants.first?["amount"] == .number("30.5"))
        #expect(grants.first?["cost"] == ["amount": .number("30.5"), "currency": "usd"])
        // The settings' 1_YEAR, from 2026-10-01T12:00Z.
        #expect(grants.first?["expireAt"] == "2027-10-01T12:00:00.000Z")
        let events = try kit.events("automatic_recharge.operation.attempted")
        #expect(events.count == 1)
        #expect(events.first?["status"] == "SUCCESS")
        #expect(events.first?["amount"] == .number("30.5"))
        #expect(events.first?["grantId"] == grants.first?["id"])
        #expect(try kit.decisions() == ["RECHARGE", "CHARGED"])
        #expect(try kit.settings()["currentMonthlySpend"] == .number("30.5"))
    }

    @Test func `an overdraft is bought back`() throws {
        let kit = try kit()
        try kit.consume("25")
        try kit.work()
        // 50 − (−5) = 55, the amount of the API's webhook sample.
        #expect(kit.gateway.paid.map(\.request.amount) == [Amount(55)])
        #expect(try kit.balance() == "50")
    }

    @Test func `a second purchase waits for the cool-down of a minute`() throws {
        let kit = try kit()
        try kit.consume("10")
        try kit.work()
        try kit.consume("40")
        try kit.work()
        #expect(try kit.decisions().last == "COOL_DOWN")
        kit.pass(seconds: 59)
        try kit.work()
        #expect(kit.gateway.paid.count == 1)
        kit.pass(seconds: 1)
        try kit.work()
        #expect(kit.gateway.paid.map(\.request.amount) == [Amount(40), Amount(40)])
    }

    @Test func `what is consumed while a charge is made is made up for afterwards`() throws {
        let kit = try kit()
        kit.gateway.mishaps = [.answerLost]
        try kit.consume("10")
        try kit.work()
        #expect(try kit.state() == "CHARGING")
        try kit.consume("45")
        kit.pass(seconds: 2)
        try kit.work()
        // 10 + 40 bought − 45: below the threshold again, but one at a time and a minute apart.
        #expect(try kit.balance() == "5")
        kit.pass(seconds: 60)
        try kit.work()
        #expect(try kit.balance() == "50")
        #expect(kit.gateway.paid.count == 2)
    }

    @Test func `credits that expire are bought anew`() throws {
        let kit = try RechargeKit()
        try kit.provision()
        try kit.fixture.call(
            .grantCredits,
            [
                "customerId": "c", "currencyId": "credits", "displayName": "Trial", "amount": 30,
                "grantType": "PROMOTIONAL", "expireAt": "2026-10-02T00:00:00Z",
            ])
        try kit.enable()
        try kit.work()
        #expect(kit.gateway.charges.isEmpty)
        kit.now = Timestamp(rfc3339: "2026-10-02T00:00:01Z")!
        try kit.fixture.backend.lifecycle.advanceEveryone(to: kit.now)
        try kit.work()
        #expect(kit.gateway.paid.map(\.request.amount) == [Amount(50)])
    }

    @Test func `held credits still count as balance`() throws {
        let kit = try kit()
        try kit.grant("5")
        // 25, of which 20 are reserved: nothing is bought. Reservations are made by checks.
        try kit.fixture.store.write { connection in
            _ = try connection.execute("UPDATE credit_wallets SET held_units = 20 WHERE customer_id = 'c'")
            try WalletChanges.note(kit.wallet().pool, in: kit.scope(connection))
        }
        try kit.work()
        #expect(kit.gateway.charges.isEmpty)
    }

    // MARK: - The cap

    @Test
    func `what does not fit under the cap is not bought, one event tells, and the next month or a higher cap goes on`()
        throws
    {
        let kit = try kit(cap: "50")
        try kit.consume("10")
        try kit.work()  // 40 of 50: 80 %
        kit.pass(seconds: 3600)
        try kit.consume("40")
        try kit.work()  // 40 more do not fit
        #expect(try kit.state() == "CAPPED")
        #expect(kit.gateway.paid.count == 1)
        try kit.consume("1")
        kit.pass(seconds: 3600)
        try kit.work()
        let events = try kit.events("credits.automatic_recharge_limit_exceeded")
        // Of what is spent, both; the second tells of the purchase that does not fit.
        #expect(events.map { $0["threshold"] } == [80, 80])
        #expect(events.map { $0["refusedAmount"] } == [nil, 40])
        #expect(events.map { $0["percentageUsed"] } == [80, 80])
        #expect(events.map { $0["totalSpent"] } == [40, 40])
        #expect(try kit.decisions() == ["RECHARGE", "CHARGED", "CAPPED"])
        // The cap rises: 41 more are bought at once, and 81 of 100 are told as 80 %.
        try kit.enable(cap: "100")
        try kit.work()
        #expect(try kit.balance() == "50")
        #expect(
            try kit.events("credits.automatic_recharge_limit_exceeded").map { $0["threshold"] } == [80, 80, 80])
        // A new month begins with nothing spent.
        kit.pass(seconds: 3600)
        try kit.consume("45")
        try kit.work()
        #expect(try kit.state() == "CAPPED")
        kit.now = Timestamp(rfc3339: "2026-10-31T23:59:59Z")!
        try kit.work()
        #expect(try kit.state() == "CAPPED")
        kit.now = Timestamp(rfc3339: "2026-11-01T00:00:00Z")!
        try kit.work()
        #expect(try kit.balance() == "50")
        #expect(try kit.settings()["currentMonthlySpend"] == 45)
    }

    @Test func `each warning comes once a month`() throws {
        let kit = try kit(cap: "400")
        for amount in ["330", "30", "40"] {
            // 330 of 400: 80 %; 360: 90 %; 400: 100 %.
            try kit.enable(threshold: "20", target: "20.000000001", cap: "400")
            let balance = Amount(try kit.balance())!
            try kit.consume((balance - Amount(20) + Amount(amount)!).description)
            try kit.enable(threshold: "20", target: "20.000000001", cap: "400")
            try kit.work()
            kit.pass(seconds: 61)
            try kit.work()
        }
        #expect(
            try kit.events("credits.automatic_recharge_limit_exceeded").map { $0["threshold"] } == [80, 90, 100])
    }

    @Test func `a purchase that passes two thresholds is told once, with the higher one`() throws {
        let kit = try kit(cap: "56")
        try kit.consume("25")
        try kit.work()
        let events = try kit.events("credits.automatic_recharge_limit_exceeded")
        // 55 of 56: 98.214… %.
        #expect(events.map { $0["threshold"] } == [90])
        #expect(events.map { $0["percentageUsed"] } == [.number("98.21")])
    }

    @Test func `a purchase that never fits is told with the true share and no threshold`() throws {
        let kit = try kit(cap: "30")
        try kit.consume("10")
        try kit.work()
        #expect(try kit.state() == "CAPPED")
        let events = try kit.events("credits.automatic_recharge_limit_exceeded")
        #expect(events.count == 1)
        #expect(events.first?["threshold"] == 0)
        #expect(events.first?["percentageUsed"] == 0)
        #expect(events.first?["totalSpent"] == 0)
        #expect(events.first?["refusedAmount"] == 40)
    }

    @Test func `money that was refunded still counts toward the cap`() throws {
        let kit = try kit(cap: "60")
        try kit.consume("10")
        try kit.work()
        _ = try kit.webhook("payment.refunded", ["paymentId": "pay_1"])
        #expect(try kit.settings()["currentMonthlySpend"] == 40)
    }

    @Test func `a pending payment counts toward the cap`() throws {
        let kit = try kit(cap: "60")
        kit.gateway.mishaps = [.pending]
        try kit.consume("10")
        try kit.work()
        #expect(try kit.state() == "PENDING")
        #expect(try kit.settings()["currentMonthlySpend"] == 40)
        kit.gateway.decide(kit.gateway.pending[0].key, .succeeded(paymentID: "pay_1"))
        kit.pass(seconds: 30)
        try kit.work()
        #expect(try kit.balance() == "50")
        try kit.consume("40")
        kit.pass(seconds: 60)
        try kit.work()
        #expect(try kit.state() == "CAPPED")
    }

    // MARK: - Prices

    @Test func `without a price nothing is charged, and the gateway none grants at no cost`() throws {
        let kit = try kit(price: nil)
        try kit.consume("10")
        try kit.work()
        #expect(try kit.state() == "NO_PRICE")
        #expect(kit.gateway.charges.isEmpty)
        let free = try self.kit(isPaid: false, price: nil)
        try free.consume("10")
        try free.work()
        #expect(try free.balance() == "50")
        #expect(try free.paidGrants().first?["cost"]?["amount"] == 0)
        #expect(free.gateway.questions.isEmpty)
    }

    @Test func `thresholds in money are converted by the price`() throws {
        let kit = try RechargeKit(price: "0.02")
        try kit.provision()
        try kit.grant("1000")
        // 1,000 credits are worth 20.00.
        try kit.enable(threshold: "20", target: "50", type: "DOLLAR_AMOUNT")
        try kit.work()
        #expect(kit.gateway.charges.isEmpty)
        try kit.consume("1")
        try kit.work()
        // 2,500 − 999 = 1,501 credits × 0.02 = 30.02.
        #expect(kit.gateway.paid.map(\.request.amount) == [Amount("30.02")!])
        #expect(try kit.balance() == "2500")
    }

    // MARK: - Declines

    @Test func `declined charges are tried again after 1, 6 and 24 hours, then the system disables it`() throws {
        let kit = try kit()
        kit.gateway.mishaps = Array(repeating: .decline(isRetryable: true), count: 4)
        try kit.consume("10")
        try kit.work()
        #expect(try kit.state() == "DECLINED")
        for (hours, attempts) in [(1, 2), (6, 3)] {
            kit.pass(seconds: Int64(hours) * 3600 - 1)
            try kit.work()
            #expect(kit.gateway.charges.count == attempts - 1)
            kit.pass(seconds: 1)
            try kit.work()
            #expect(kit.gateway.charges.count == attempts)
        }
        #expect(try kit.settings()["isEnabled"] == true)
        kit.pass(seconds: 24 * 3600)
        try kit.work()
        #expect(kit.gateway.charges.count == 4)
        #expect(Set(kit.gateway.charges.map(\.key)).count == 4, "each attempt has a key of its own")
        #expect(kit.gateway.charges.map(\.key).map { $0.split(separator: ".").last } == ["1", "2", "3", "4"])
        let settings = try kit.settings()
        #expect(settings["isEnabled"] == false)
        #expect(settings["stateReason"] == "the payment was declined 4 times in a row (declined)")
        let changed = try kit.events("automatic_recharge.configuration.changed").last
        #expect(changed?["changedBy"] == "SYSTEM")
        #expect(changed?["isEnabled"] == false)
        #expect(
            try kit.events("automatic_recharge.operation.attempted").map { $0["status"] }
                == Array(repeating: "FAILED", count: 4))
        #expect(try kit.events("customer.payment_failed").count == 4)
        #expect(try kit.settings()["currentMonthlySpend"] == 0)
        #expect(try kit.paidGrants().isEmpty)
        // Enabled again by a person: charged at once, as a new purchase.
        try kit.enable()
        try kit.work()
        #expect(kit.gateway.paid.count == 1)
        #expect(try kit.balance() == "50")
    }

    @Test func `a final decline disables it at once`() throws {
        let kit = try kit()
        kit.gateway.mishaps = [.decline(isRetryable: false)]
        try kit.consume("10")
        try kit.work()
        #expect(try kit.settings()["isEnabled"] == false)
        #expect(try kit.settings()["stateReason"] == "the payment was declined for good (declined)")
        #expect(try kit.episodes().map(\.state) == [.disabled])
    }

    @Test func `a balance that rises by other means ends what was not charged`() throws {
        let kit = try kit()
        kit.gateway.mishaps = [.decline(isRetryable: true)]
        try kit.consume("10")
        try kit.work()
        try kit.grant("15")
        kit.pass(seconds: 3600)
        try kit.work()
        #expect(try kit.episodes().map(\.state) == [.withdrawn])
        #expect(kit.gateway.charges.count == 1)
        #expect(try kit.state() == "READY")
    }

    @Test func `a charge that was decided and not yet sent is given up when it is not needed or not wanted any more`()
        throws
    {
        for isDisabled in [true, false] {
            let kit = try kit()
            try kit.consume("10")
            _ = try kit.recharges().evaluate(now: kit.now)
            if isDisabled {
                try kit.fixture.call(
                    .saveAutoRecharge, ["customerId": "c", "currencyId": "credits", "isEnabled": false])
            } else {
                try kit.grant("10")
            }
            try kit.work()
            #expect(kit.gateway.questions.isEmpty)
            #expect(try kit.episodes().map(\.state) == [.withdrawn])
        }
    }

    // MARK: - Answers that say nothing

    @Test func `after a lost answer the same key is asked with again`() throws {
        let kit = try kit()
        kit.gateway.mishaps = [.answerLost, .unreachable, .answerLost]
        try kit.consume("10")
        for _ in 0..<10 {
            try kit.work()
            kit.pass(seconds: 60)
        }
        #expect(kit.gateway.paid.count == 1)
        #expect(Set(kit.gateway.questions.map(\.key)).count == 1)
        #expect(kit.gateway.questions.count == 4)
        #expect(try kit.paidGrants().count == 1)
        #expect(try kit.balance() == "50")
    }

    @Test func `a key that the gateway may have forgotten is looked up first`() throws {
        for wasCharged in [true, false] {
            let kit = try kit()
            kit.gateway.mishaps = wasCharged ? [.answerLost] : [.unreachable]
            try kit.consume("10")
            try kit.work()
            // No worker runs for a day.
            kit.pass(seconds: 86_400)
            try kit.work()
            let kinds = kit.gateway.questions.map { if case .lookUp = $0.question { "look up" } else { "charge" } }
            #expect(kinds == (wasCharged ? ["charge", "look up"] : ["charge", "look up", "charge"]))
            #expect(kit.gateway.paid.count == 1)
            #expect(Set(kit.gateway.questions.map(\.key)).count == 1)
            #expect(try kit.balance() == "50")
        }
    }

    @Test func `a charge of unknown outcome that nobody wants any more is only looked up`() throws {
        let kit = try kit()
        kit.gateway.mishaps = [.unreachable]
        try kit.consume("10")
        try kit.work()
        try kit.fixture.call(.saveAutoRecharge, ["customerId": "c", "currencyId": "credits", "isEnabled": false])
        for _ in 0..<20 {
            kit.pass(seconds: 60)
            try kit.work()
        }
        #expect(kit.gateway.charges.isEmpty)
        #expect(try kit.episodes().map(\.state) == [.withdrawn])
    }

    @Test func `a key conflict stops the wallet until a person enables it again`() throws {
        let kit = try kit()
        kit.gateway.mishaps = [.conflict]
        try kit.consume("10")
        try kit.work()
        kit.pass(seconds: 90_000)
        try kit.consume("1")
        try kit.work()
        #expect(try kit.state() == "STOPPED")
        #expect(kit.gateway.questions.count == 1)
        #expect(try kit.decisions() == ["RECHARGE", "STOPPED", "STOPPED"])
        let status = try kit.fixture.store.read { try RechargeStatus.find(now: kit.now, on: $0) }
        #expect(status.stuck.map(\.state) == ["stopped"])
        try kit.enable()
        try kit.work()
        #expect(try kit.balance() == "50")
        #expect(try kit.episodes().map(\.state) == [.settled, .succeeded])
        #expect(Set(kit.gateway.questions.map(\.key)).count == 2)
    }

    @Test func `a repeat of a key sends the same payment method, whatever became of the customer's`() throws {
        let kit = try kit()
        try kit.attach("pm_1")
        kit.gateway.mishaps = [.answerLost]
        try kit.consume("10")
        try kit.work()
        try kit.attach("pm_2")
        kit.pass(seconds: 60)
        try kit.work()
        #expect(kit.gateway.paid.map(\.request.paymentMethodID) == ["pm_1"])
        #expect(try kit.balance() == "50")
    }

    // MARK: - Webhooks

    @Test func `a pending payment ends by webhook, once`() throws {
        let kit = try kit()
        kit.gateway.mishaps = [.pending]
        try kit.consume("10")
        try kit.work()
        #expect(try kit.webhook("payment.succeeded", ["data": ["paymentId": "pay_1"]]))
        #expect(try kit.webhook("payment.succeeded", ["paymentId": "pay_1", "messageId": "again"]) == false)
        #expect(try kit.balance() == "50")
        #expect(try kit.paidGrants().count == 1)
        kit.gateway.decide(kit.gateway.pending[0].key, .succeeded(paymentID: "pay_1"))
        kit.pass(seconds: 7200)
        try kit.work()
        #expect(try kit.paidGrants().count == 1)
    }

    @Test func `a failed pending payment is a decline`() throws {
        let kit = try kit()
        kit.gateway.mishaps = [.pending]
        try kit.consume("10")
        try kit.work()
        let key = kit.gateway.charges[0].key
        #expect(try kit.webhook("payment.failed", ["idempotencyKey": .string(key), "declineCode": "expired_card"]))
        #expect(try kit.state() == "DECLINED")
        #expect(try kit.events("automatic_recharge.operation.attempted").first?["error"]?["code"] == "expired_card")
        kit.gateway.decide(key, .declined(code: "expired_card", isRetryable: true))
        kit.pass(seconds: 3600)
        try kit.work()
        #expect(try kit.balance() == "50")
        #expect(kit.gateway.paid.count == 1)
    }

    @Test func `a refund voids the rest of the grant, and nothing is charged again by itself`() throws {
        let kit = try kit()
        try kit.consume("10")
        try kit.work()
        try kit.consume("25")
        // 40 were bought at a balance of 10; the older 10 burn after the grant that expires first: 25 of the 40 are used.
        #expect(try kit.webhook("payment.refunded", ["paymentId": "pay_1"]))
        #expect(try kit.webhook("payment.refunded", ["paymentId": "pay_1"]) == false)
        #expect(try kit.paidGrants().first?["status"] == "VOIDED")
        #expect(Amount(try kit.balance())! < Amount(20))
        kit.pass(seconds: 86_400)
        try kit.work()
        #expect(kit.gateway.paid.count == 1)
        #expect(try kit.settings()["stateReason"] == "the payment was refunded")
        #expect(try kit.events("automatic_recharge.configuration.changed").last?["changedBy"] == "SYSTEM")
    }

    @Test func `a success that contradicts a definite decline is left to a person`() throws {
        let kit = try kit()
        kit.gateway.mishaps = [.decline(isRetryable: true)]
        try kit.consume("10")
        try kit.work()
        let key = kit.gateway.charges[0].key
        #expect(try kit.webhook("payment.succeeded", ["idempotencyKey": .string(key)]))
        #expect(try kit.state() == "STOPPED")
        #expect(try kit.paidGrants().isEmpty)
    }

    // MARK: - Limits of a day and an hour

    @Test func `a wallet is recharged ten times a day at most`() throws {
        let kit = try kit()
        for _ in 0..<12 {
            try kit.consume("40")
            try kit.work()
            kit.pass(seconds: 120)
        }
        #expect(kit.gateway.paid.count == 10)
        #expect(try kit.state() == "DAILY_LIMIT")
        kit.now = Timestamp(rfc3339: "2026-10-02T00:00:00Z")!
        try kit.work()
        #expect(kit.gateway.paid.count == 11)
    }

    @Test func `beyond the hourly limit all recharges pause until a person resumes them`() throws {
        let kit = try RechargeKit()
        kit.options.maxPerHour = 3
        for number in 0..<5 {
            try kit.provision("c\(number)")
            try kit.enable("c\(number)")
        }
        try kit.work()
        #expect(kit.gateway.paid.count == 3)
        let pause = try kit.fixture.store.read { try Pauses.find(Pauses.recharge, on: $0) }
        #expect(pause?.reason.contains("recharge.max_per_hour") == true)
        kit.pass(seconds: 86_400)
        try kit.work()
        #expect(kit.gateway.paid.count == 3)
        #expect(try kit.fixture.store.write { try Pauses.resume(Pauses.recharge, on: $0) })
        try kit.work()
        #expect(kit.gateway.paid.count == 5)
    }

    @Test func `a clock that stands behind the store recharges nothing, until it is right or a person says so`() throws
    {
        let kit = try kit()
        try kit.consume("10")
        try kit.work()
        try kit.consume("40")
        let before = kit.now
        kit.now = before.advanced(bySeconds: -301)
        try kit.work()
        #expect(kit.gateway.paid.count == 1)
        #expect(try kit.recharges().obstacle(now: kit.now) != nil)
        kit.now = before.advanced(bySeconds: -300)
        #expect(try kit.recharges().obstacle(now: kit.now) == nil)
        kit.now = before.advanced(bySeconds: -86_400)
        _ = try kit.fixture.store.write { try Pauses.resume(Pauses.recharge, on: $0) }
        #expect(try kit.recharges().obstacle(now: kit.now) == nil)
    }
}

/// Policies in place of the built-in rule: whatever they answer, the guards hold.
struct RechargePolicyTests {
    struct Answering: RechargePolicy {
        let answer: @Sendable (RechargeView) throws(RechargePolicyFailure) -> RechargeProposal?
        func decide(_ wallet: RechargeView) throws(RechargePolicyFailure) -> RechargeProposal? { try answer(wallet) }
    }

    func kit(_ answer: @escaping @Sendable (RechargeView) throws(RechargePolicyFailure) -> RechargeProposal?) throws
        -> RechargeKit
    {
        let kit = try RechargeKit()
        kit.policy = Answering(answer: answer)
        try kit.provision()
        try kit.enable(cap: "100")
        return kit
    }

    @Test func `a policy names the amount, the reason and the expiry`() throws {
        let kit = try kit { _ in RechargeProposal(.amount(Amount(7)), reason: "quiet night", expiration: .oneMonth) }
        try kit.work()
        #expect(kit.gateway.paid.map(\.request.amount) == [Amount(7)])
        #expect(try kit.paidGrants().first?["expireAt"] == "2026-11-01T12:00:00.000Z")
        #expect(try kit.episodes().first?.reason == "quiet night")
    }

    @Test func `the cap and the day's limit hold whatever it answers`() throws {
        let kit = try kit { _ in RechargeProposal(.amount(Amount(15)), reason: "more") }
        for _ in 0..<20 {
            try kit.work()
            kit.pass(seconds: 3600)
        }
        // 6 × 15 = 90 of 100.
        #expect(kit.gateway.paid.count == 6)
        #expect(try kit.state() == "CAPPED")
    }

    @Test func `failures and answers that mean nothing are recorded and never charge`() throws {
        for answer in ["throws", "zero", "negative", "huge"] {
            let kit = try kit { _ throws(RechargePolicyFailure) in
                switch answer {
                case "zero": return RechargeProposal(.amount(.zero), reason: "")
                case "negative": return RechargeProposal(.amount(Amount(-5)), reason: "")
                case "huge": return RechargeProposal(.amount(Amount(nanos: Amount.bound.nanos + 1)), reason: "")
                default: throw RechargePolicyFailure(.failed, "line 7: attempt to index nil")
                }
            }
            try kit.work()
            #expect(kit.gateway.questions.isEmpty, "\(answer)")
            #expect(try kit.decisions() == ["POLICY_FAILED"], "\(answer)")
        }
    }

    @Test func `nobody is asked about a wallet whose customer did not agree`() throws {
        let kit = try kit { _ in RechargeProposal(.amount(Amount(7)), reason: "") }
        try kit.fixture.call(.saveAutoRecharge, ["customerId": "c", "currencyId": "credits", "isEnabled": false])
        try kit.work()
        #expect(kit.gateway.questions.isEmpty)
        #expect(try kit.decisions().isEmpty)
    }
}

/// The price of a credit: the plan's, else the currency's.
struct CreditPriceTests {
    @Test func `the plan's top-up price comes before the currency's own`() throws {
        let kit = try RechargeKit(price: "1")
        try kit.provision()
        try kit.enable()
        try kit.fixture.call(.createProduct, ["id": "product", "displayName": "Product"])
        try kit.fixture.call(.createPlan, ["id": "plan", "displayName": "Plan", "productId": "product"])
        func price(_ amount: String) -> Payload {
            [["billingPeriod": "MONTHLY", "price": ["amount": .number(amount), "currency": "usd"]]]
        }
        try kit.fixture.call(
            .updatePlan,
            [
                "id": "plan",
                "charges": [
                    "pricingType": "PAID",
                    "pricingModels": [
                        ["billingModel": "FLAT_FEE", "pricePeriods": price("20")],
                        [
                            "billingModel": "CREDIT_BASED", "topUpCustomCurrencyId": "credits",
                            "pricePeriods": price("0.25"),
                        ],
                    ],
                ],
            ])
        try kit.fixture.call(.publishPlan, ["id": "plan", "migrationType": "NEW_CUSTOMERS"])
        try kit.fixture.call(
            .provisionSubscription, ["customerId": "c", "planId": "plan", "billingPeriod": "MONTHLY"])
        try kit.work()
        // 50 × 0.25 = 12.50, not 50 × 1.
        #expect(kit.gateway.paid.map(\.request.amount) == [Amount("12.5")!])
        #expect(try kit.balance() == "50")
    }
}
