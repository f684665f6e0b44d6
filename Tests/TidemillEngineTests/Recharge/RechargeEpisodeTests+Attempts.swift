import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

@testable import TidemillEngine

/// Declined charges, and answers that say nothing.
extension RechargeEpisodeTests {
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
}
