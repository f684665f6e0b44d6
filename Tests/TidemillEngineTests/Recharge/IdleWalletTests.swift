import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

@testable import TidemillEngine

/// Credits that nobody uses are not bought again and again (getlago/lago-api PR 6103: four charges of 5 in 120 days
/// without any use). Credits cost a dollar, live a month, and are bought up to 50 below 20.
struct IdleWalletTests {
    /// A wallet that was recharged once for want of credits, all of which expired since.
    private func kit(isPaid: Bool = true) throws -> RechargeKit {
        let kit = try RechargeKit(isPaid: isPaid)
        try kit.provision()
        try kit.grant("30")
        try kit.fixture.call(
            .saveAutoRecharge,
            [
                "customerId": "c", "currencyId": "credits", "isEnabled": true, "thresholdType": "CREDIT_AMOUNT",
                "thresholdValue": 20, "targetBalance": 50, "grantExpirationPeriod": "1_MONTH",
            ])
        try kit.work()
        try kit.consume("30")
        try kit.work()
        #expect(try kit.paidGrants().count == 1)
        return kit
    }

    private func months(_ count: Int, _ kit: RechargeKit) throws {
        for _ in 0..<(count * 4) {
            kit.pass(seconds: 8 * 86_400)
            // What has expired is written down, as a worker does.
            _ = try kit.fixture.backend.lifecycle.advanceEveryone(to: kit.now)
            try kit.work()
        }
    }

    private func check(_ kit: RechargeKit, _ amount: Payload? = nil, reserve: String? = nil) throws -> Payload {
        var input: [String: Payload] = ["customerId": "c", "currencyId": "credits"]
        input["requestedUsage"] = amount
        if let reserve {
            input["reservationId"] = .string(reserve)
            input["reserveAmount"] = 10
        }
        return try kit.fixture.call(.checkEntitlement, .object(input))
    }

    @Test(arguments: [true, false])
    func `what expires unused is not bought again`(isPaid: Bool) throws {
        let kit = try kit(isPaid: isPaid)
        try months(4, kit)
        #expect(try kit.paidGrants().count == 1)
        #expect(try kit.balance() == "0")
        #expect(try kit.state() == "IDLE")
        #expect(try kit.settings()["stateReason"]?.text?.contains("since the last recharge") == true)
        #expect(try kit.decisions().last == "IDLE")
        let status = try kit.fixture.store.read { try RechargeStatus.find(now: kit.now, on: $0) }
        #expect((status.idle, status.enabled) == (1, 1))
    }

    @Test func `consumption is demand, also that of before it expired`() throws {
        let kit = try kit()
        kit.pass(seconds: 86_400)
        try kit.consume("5")
        try kit.work()
        #expect(try kit.paidGrants().count == 1, "45 are left, above the threshold")
        try months(3, kit)
        #expect(try kit.paidGrants().count == 2)
        #expect(try kit.state() == "IDLE", "and then nobody used those")
        try kit.consume("1")
        try kit.work()
        #expect(try kit.paidGrants().count == 3, "a wallet below zero is never idle")
    }

    @Test(arguments: ["check", "amount", "reservation"])
    func `a check that is denied for want of credits is demand, once`(kind: String) throws {
        let kit = try kit()
        try months(2, kit)
        #expect(try kit.state() == "IDLE")
        let answer = try check(kit, kind == "amount" ? 5 : nil, reserve: kind == "reservation" ? "r" : nil)
        #expect(answer["accessDeniedReason"] == "InsufficientCredits")
        try kit.work()
        #expect(try kit.paidGrants().count == 2)
        try months(3, kit)
        #expect(try kit.paidGrants().count == 2)
        #expect(try kit.state() == "IDLE")
    }

    @Test func `a check that was denied while there still was something counts when it has expired`() throws {
        let kit = try kit()
        kit.pass(seconds: 86_400)
        #expect(try check(kit, 60)["isGranted"] == false)
        try months(2, kit)
        #expect(try kit.paidGrants().count == 2)
    }

    @Test func `looking at what there is is no demand, nor is a check that is granted`() throws {
        let kit = try kit()
        #expect(try check(kit, 60)["isGranted"] == false)
        kit.pass(seconds: 61)
        try kit.work()
        let idle = try self.kit()
        #expect(try check(idle, 5)["isGranted"] == true)
        try months(2, idle)
        _ = try idle.fixture.call(.getEntitlements, ["customerId": "c"])
        _ = try idle.fixture.call(.getCreditBalance, ["customerId": "c", "currencyId": "credits"])
        try idle.work()
        #expect(try idle.paidGrants().count == 1)
    }

    @Test func `what a denied check asked for is asked for until it is bought`() throws {
        let kit = try kit()
        try months(2, kit)
        kit.gateway.mishaps = [.decline(isRetryable: true)]
        _ = try check(kit)
        try kit.work()
        #expect(try kit.state() == "DECLINED")
        kit.pass(seconds: 3600)
        try kit.work()
        #expect(try kit.paidGrants().count == 2, "the second attempt of the same purchase")
        #expect(kit.gateway.charges.count == 3)
    }

    @Test func `what cannot be charged is wanted on`() throws {
        let kit = try kit()
        try months(2, kit)
        kit.gateway.mishaps = [.decline(isRetryable: true)]
        _ = try check(kit)
        try kit.work()
        // Nothing can be charged when the next attempt is due: the purchase is over, and what it was for is wanted on.
        try kit.detach()
        kit.pass(seconds: 3600)
        try kit.work()
        #expect(try kit.state() == "NO_PAYMENT_METHOD")
        kit.pass(seconds: 40 * 86_400)
        try kit.attach("pm_0")
        try kit.work()
        #expect(try kit.paidGrants().count == 2)
    }

    @Test func `a check that is denied while the purchase is under way is answered by it`() throws {
        let kit = try kit()
        try months(2, kit)
        _ = try check(kit)
        kit.gateway.mishaps = [.pending]
        try kit.work()
        #expect(try check(kit)["isGranted"] == false)
        kit.gateway.decide(try #require(kit.gateway.pending.first).key, .succeeded(paymentID: "pay_x"))
        kit.pass(seconds: 3600)
        try kit.work()
        #expect(try kit.balance() == "50")
        try months(3, kit)
        #expect(try kit.paidGrants().count == 2)
        #expect(try kit.state() == "IDLE")
    }

    @Test func `credits from elsewhere end the state`() throws {
        let kit = try kit()
        try months(2, kit)
        #expect(try kit.state() == "IDLE")
        try kit.grant("10")
        try kit.work()
        #expect(try kit.state() == "IDLE", "10 are below the threshold")
        try kit.grant("10")
        try kit.work()
        #expect(try kit.state() == "READY")
        #expect(try kit.settings()["stateReason"] == .null)
    }

    @Test(arguments: [(3, 2), (0, 1)] as [(Payload, Int)])
    func `a hold is demand once something of it is consumed`(consumed: Payload, purchases: Int) throws {
        let kit = try kit()
        #expect(try check(kit, reserve: "r")["isGranted"] == true)
        try kit.fixture.call(
            .releaseCreditReservation,
            ["customerId": "c", "currencyId": "credits", "reservationId": "r", "consumedAmount": consumed])
        try months(2, kit)
        #expect(try kit.paidGrants().count == purchases)
        #expect(try kit.state() == "IDLE")
    }

    @Test func `settings that are saved count once`() throws {
        let kit = try kit()
        try months(2, kit)
        try kit.enable()
        try kit.work()
        #expect(try kit.paidGrants().count == 2)
        try months(14, kit)
        #expect(try kit.paidGrants().count == 2)
    }

    @Test func `what was wished and not charged is wished on`() throws {
        let kit = try kit()
        try months(2, kit)
        kit.gateway.mishaps = [.decline(isRetryable: true)]
        _ = try check(kit)
        try kit.work()
        #expect(try kit.state() == "DECLINED")
        try kit.attach("pm_9")
        try kit.work()
        #expect(try kit.paidGrants().count == 2)
    }
}

/// When a purchase that was declined is over (docs/billing.md).
struct DeclinedPurchaseTests {
    private func kit(_ mishaps: [LedgerGateway.Mishap]) throws -> RechargeKit {
        let kit = try RechargeKit()
        try kit.provision()
        try kit.grant("30")
        try kit.enable()
        kit.gateway.mishaps = mishaps
        try kit.consume("25")
        try kit.work()
        return kit
    }

    private static let decline = LedgerGateway.Mishap.decline(isRetryable: true)

    @Test func `it ends at once when the balance has risen to the threshold by other means`() throws {
        let kit = try kit([Self.decline])
        #expect(try kit.state() == "DECLINED")
        try kit.grant("10")
        try kit.work()
        #expect(try kit.state() == "DECLINED", "15 are below 20")
        try kit.grant("100")
        try kit.work()
        #expect(try kit.state() == "READY")
        #expect(try kit.episodes().map(\.state) == [.withdrawn])
        // It falls again within the hour: a purchase of its own, and no second attempt of the old one.
        kit.pass(seconds: 600)
        try kit.consume("110")
        try kit.work()
        #expect(kit.gateway.charges.map(\.key).map { $0.split(separator: ".").last } == ["1", "1"])
        #expect(kit.gateway.paid.count == 1)
        #expect(try kit.balance() == "50")
    }

    @Test func `it ends when another payment method is attached, and is charged with that`() throws {
        let kit = try kit([Self.decline])
        try kit.attach("pm_0")
        try kit.work()
        #expect(kit.gateway.charges.count == 1, "the same one is no other")
        try kit.attach("pm_1")
        try kit.work()
        #expect(kit.gateway.charges.map(\.request.paymentMethodID) == ["pm_0", "pm_1"])
        #expect(try kit.balance() == "50")
        #expect(try kit.episodes().map(\.state).sorted { $0.rawValue < $1.rawValue } == [.succeeded, .withdrawn])
    }

    @Test func `not while nobody knows what became of the charge`() throws {
        let kit = try kit([.answerLost])
        try kit.attach("pm_1")
        try kit.grant("100")
        kit.pass(seconds: 60)
        try kit.work()
        #expect(Set(kit.gateway.questions.map(\.key)).count == 1)
        #expect(kit.gateway.paid.map(\.request.paymentMethodID) == ["pm_0"])
        #expect(try kit.balance() == "150", "5, 100 and the 45 that were charged after all")
    }

    @Test func `the fourth decline within a day disables, over purchases`() throws {
        let kit = try kit(Array(repeating: Self.decline, count: 5))
        for method in ["pm_1", "pm_2"] {
            kit.pass(seconds: 60)
            try kit.attach(method)
            try kit.work()
            #expect(try kit.state() == "DECLINED")
        }
        #expect(kit.gateway.charges.count == 3)
        kit.pass(seconds: 60)
        try kit.attach("pm_3")
        try kit.work()
        #expect(try kit.state() == "DISABLED")
        #expect(try kit.settings()["stateReason"] == "the payment was declined 4 times within a day (declined)")
        #expect(kit.gateway.charges.count == 4)
    }

    @Test func `declines of days ago do not count`() throws {
        let kit = try kit(Array(repeating: Self.decline, count: 5))
        for method in ["pm_1", "pm_2", "pm_3", "pm_4"] {
            kit.pass(seconds: 50_000)
            try kit.attach(method)
            try kit.work()
        }
        #expect(try kit.state() == "DECLINED")
        #expect(try kit.settings()["isEnabled"] == true)
    }

    @Test func `attempts count towards what a day allows`() throws {
        let kit = try RechargeKit()
        kit.options.maxPerWalletPerDay = 2
        try kit.provision()
        try kit.grant("30")
        try kit.enable()
        kit.gateway.mishaps = [Self.decline, Self.decline]
        try kit.consume("25")
        try kit.work()
        for method in ["pm_1", "pm_2"] {
            kit.pass(seconds: 60)
            try kit.attach(method)
            try kit.work()
        }
        #expect(kit.gateway.charges.count == 2)
        #expect(try kit.state() == "DAILY_LIMIT")
    }
}
