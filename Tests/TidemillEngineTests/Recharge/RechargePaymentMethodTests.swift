import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments

@testable import TidemillEngine

/// Nobody is charged who has nothing to be charged, and whoever attaches a payment method is charged once.
struct RechargePaymentMethodTests {
    /// An empty wallet below its threshold of 20; it is filled to 50.
    func kit(method: String?, isPaid: Bool = true) throws -> RechargeKit {
        let kit = try RechargeKit(isPaid: isPaid)
        try kit.provision(method: method)
        try kit.enable()
        return kit
    }

    /// Looks several times, hours apart.
    func work(_ kit: RechargeKit) throws {
        for _ in 0..<4 {
            try kit.work()
            kit.pass(seconds: 3600)
        }
    }

    @Test func `a customer who never had a payment method is charged once one is attached`() throws {
        let kit = try kit(method: nil)
        try work(kit)
        #expect(kit.gateway.questions.isEmpty)
        #expect(try kit.state() == "NO_PAYMENT_METHOD")
        #expect(try kit.settings()["stateReason"]?.text?.contains("attachPaymentMethod") == true)
        #expect(try kit.settings()["isEnabled"] == true)
        #expect(try kit.decisions() == ["NO_PAYMENT_METHOD"])
        try kit.attach("pm_1")
        try work(kit)
        #expect(kit.gateway.charges.map(\.request.paymentMethodID) == ["pm_1"])
        #expect(try kit.paidGrants().count == 1)
        #expect(try kit.balance() == "50")
        #expect(try kit.state() == "READY")
    }

    @Test func `a customer whose payment method was detached is not charged before another is attached`() throws {
        let kit = try kit(method: "pm_1")
        try work(kit)
        #expect(kit.gateway.paid.count == 1)
        try kit.detach()
        try kit.consume("40")
        try work(kit)
        #expect(kit.gateway.questions.count == 1)
        #expect(try kit.state() == "NO_PAYMENT_METHOD")
        try kit.attach("pm_2")
        try work(kit)
        #expect(kit.gateway.charges.map(\.request.paymentMethodID) == ["pm_1", "pm_2"])
        #expect(try kit.balance() == "50")
    }

    @Test func `a payment method that goes between the decision and the charge is not charged`() throws {
        let kit = try kit(method: "pm_1")
        _ = try kit.recharges().evaluate(now: kit.now)
        try kit.detach()
        try work(kit)
        #expect(kit.gateway.questions.isEmpty)
        #expect(try kit.episodes().map(\.state) == [.withdrawn])
        #expect(try kit.state() == "NO_PAYMENT_METHOD")
        try kit.attach("pm_2")
        try work(kit)
        #expect(kit.gateway.charges.map(\.request.paymentMethodID) == ["pm_2"])
    }

    @Test func `a declined charge is not tried again without a payment method`() throws {
        let kit = try kit(method: "pm_1")
        kit.gateway.mishaps = [.decline(isRetryable: true)]
        try kit.work()
        try kit.detach()
        try work(kit)
        #expect(kit.gateway.charges.count == 1)
        #expect(try kit.state() == "NO_PAYMENT_METHOD")
        try kit.attach("pm_2")
        try work(kit)
        #expect(kit.gateway.paid.map(\.request.paymentMethodID) == ["pm_2"])
    }

    @Test func `a payment method without an id is none`() throws {
        let kit = try RechargeKit()
        try kit.fixture.call(.provisionCustomer, ["id": "c", "defaultPaymentMethod": ["type": "CARD"]])
        try kit.enable()
        try work(kit)
        #expect(kit.gateway.questions.isEmpty)
        #expect(try kit.state() == "NO_PAYMENT_METHOD")
    }

    @Test func `the gateway that charges nobody needs none`() throws {
        let kit = try kit(method: nil, isPaid: false)
        try work(kit)
        #expect(try kit.balance() == "50")
        #expect(try kit.state() == "READY")
    }
}
