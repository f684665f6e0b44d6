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
}
