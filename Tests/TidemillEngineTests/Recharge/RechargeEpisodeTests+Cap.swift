import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

@testable import TidemillEngine

/// The monthly cap, and what a credit costs.
extension RechargeEpisodeTests {
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
}
