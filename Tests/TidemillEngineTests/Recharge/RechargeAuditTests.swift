import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillEngine

/// Whatever moves money or credits by itself is in the audit, and webhooks that do not find their payment are told.
struct RechargeAuditTests {
    func kit() throws -> RechargeKit {
        let kit = try RechargeKit()
        try kit.provision()
        try kit.enable()
        return kit
    }

    /// The rows that no person caused, the oldest first.
    func rows(_ kit: RechargeKit) throws -> [AuditRow] {
        try kit.fixture.store.read { try AuditLog.list(limit: 100, on: $0) }.filter { $0.actorKind != "person" }
            .reversed()
    }

    func webhook(_ kit: RechargeKit, _ payload: Payload) throws {
        try kit.fixture.store.write { connection in
            let context = CallContext(
                .record(delivery: DeliveryID("d"), number: 3, receivedAt: kit.now), now: kit.now)
            _ = try RechargePayments.webhook(payload, in: EngineSettings().scope(context, on: connection))
        }
    }

    @Test func `a purchase, its grant and its refund leave a row each`() throws {
        let kit = try kit()
        try kit.work()
        let bought = try rows(kit)
        #expect(bought.map(\.action) == ["purchaseAutoRecharge", "grantAutoRecharge"])
        #expect(Set(bought.map(\.actorKind)) == ["engine"])
        #expect(Set(bought.map(\.actor)) == ["recharge"])
        #expect(Set(bought.map { $0.customer?.text }) == ["c"])
        #expect(bought.first?.reason == "balance 0 is below 20")
        let details = try #require(bought.last.map { try Payload(json: $0.details) })
        #expect(details["paymentId"] == "pay_1")
        #expect(details["cost"] == ["amount": 50, "currency": "usd"])
        #expect(try details["grantId"] == kit.paidGrants().first?["id"])

        let refund: Payload = ["type": "payment.refunded", "paymentId": "pay_1"]
        for _ in 0..<2 { try webhook(kit, refund) }
        let after = try rows(kit).dropFirst(2)
        #expect(after.map(\.action) == ["refundAutoRecharge", "disableAutoRecharge", "payment.refunded"])
        #expect(Set(after.map(\.actorKind)) == ["delivery"])
        #expect(Set(after.map(\.actor)) == ["d/3"])
        #expect(after.first?.reason == "the payment was refunded")
    }

    @Test func `declines and conflicts leave a row each`() throws {
        let declined = try kit()
        declined.gateway.mishaps = [.decline(isRetryable: false)]
        try declined.work()
        #expect(
            try rows(declined).map(\.action) == [
                "purchaseAutoRecharge", "declineAutoRecharge", "disableAutoRecharge",
            ])
        let stopped = try kit()
        stopped.gateway.mishaps = [.conflict]
        try stopped.work()
        #expect(try rows(stopped).map(\.action) == ["purchaseAutoRecharge", "stopAutoRecharge"])
    }

    @Test func `an answer that is pending or unknown leaves a row each time it is asked for`() throws {
        let pending = try kit()
        pending.gateway.mishaps = [.pending]
        try pending.work()
        let waits = try rows(pending)
        #expect(waits.map(\.action) == ["purchaseAutoRecharge", "awaitAutoRecharge"])
        #expect(waits.last?.reason == "payment pay_1")

        let unknown = try kit()
        unknown.gateway.mishaps = [.unreachable, .unreachable]
        try unknown.work()
        #expect(try rows(unknown).map(\.action) == ["purchaseAutoRecharge", "recheckAutoRecharge"])
        #expect(try rows(unknown).last?.reason == "unreachable")
        // The same question again 2 s later, and 4 s after that.
        for seconds in [2, 4] as [Int64] {
            unknown.now = unknown.now.advanced(bySeconds: seconds)
            try unknown.work()
        }
        #expect(
            try rows(unknown).map(\.action) == [
                "purchaseAutoRecharge", "recheckAutoRecharge", "recheckAutoRecharge", "grantAutoRecharge",
            ])
    }

    @Test func `a refusal leaves one row, however often it is looked at`() throws {
        let kit = try kit()
        kit.options.maxPerWalletPerDay = 0
        for _ in 0..<3 {
            try kit.work()
            kit.now = kit.now.advanced(bySeconds: 600)
        }
        let found = try rows(kit)
        #expect(found.map(\.action) == ["refuseAutoRecharge"])
        #expect(found.first?.customer?.text == "c")
        #expect(found.first?.reason?.isEmpty == false)
    }

    @Test func `the hourly limit leaves a row when it pauses`() throws {
        let kit = try kit()
        kit.options.maxPerHour = 0
        try kit.work()
        let row = try #require(try rows(kit).last)
        #expect(row.action == "pause")
        #expect(row.actorKind == "engine")
        #expect(row.details == #"{"name":"recharge"}"#)
        #expect(row.reason?.contains("recharge.max_per_hour") == true)
    }

    @Test(
        arguments: [
            ["paymentId": "pay_9"], ["idempotencyKey": "k"], ["data": ["object": ["id": "pay_9"]]], [:],
            ["paymentId": 7], ["paymentId": ""], ["paymentId": ["pay_1"]], ["payment": "pay_9"],
            ["grantId": "cred-grant-00-000000001-0123456789abcdef"], ["creditGrantId": "order-7"],
        ] as [TextMap<Payload>])
    func `a webhook about a payment that is none of ours changes no money`(fields: TextMap<Payload>) throws {
        let kit = try kit()
        try kit.work()
        let before = try rows(kit)
        for type in ["payment.succeeded", "payment.failed", "payment.refunded", "customer.created"] {
            #expect(try kit.webhook(type, fields) == false)
        }
        #expect(try rows(kit).map(\.action) == before.map(\.action))
        // The same shapes with the payment's own name are about it.
        #expect(try kit.webhook("payment.refunded", ["data": ["object": ["id": "pay_1"]]]))
    }
}
