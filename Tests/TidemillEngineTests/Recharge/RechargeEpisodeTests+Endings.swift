import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

@testable import TidemillEngine

/// Payments that end later, and the limits of a day and an hour.
extension RechargeEpisodeTests {
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

    @Test func `a payment for which the wallet has no room any more is left to a person`() throws {
        let kit = try kit()
        kit.gateway.mishaps = [.pending]
        try kit.consume("10")
        try kit.work()
        // While the payment is under way the wallet is filled to the brim.
        try kit.grant("999999999999999970")
        #expect(try kit.webhook("payment.succeeded", ["paymentId": "pay_1"]))
        let episode = try #require(try kit.episodes().last)
        #expect(episode.state == .stopped)
        #expect(episode.detail?.hasPrefix("payment pay_1 was made, and its credits cannot be granted: ") == true)
        #expect(try kit.paidGrants().isEmpty)
        kit.pass(seconds: 86_400)
        try kit.work()
        #expect(kit.gateway.charges.count == 1)
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
        _ = try kit.fixture.store.write { try Pauses.resume(Pauses.clock, on: $0) }
        #expect(try kit.recharges().obstacle(now: kit.now) == nil)
    }
}
