import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

struct CreditBurnTests {
    @Test func `the documented burn order: promotional before paid of the same priority and expiry`() throws {
        // Notes B.13: A(p1, exp 1 Sep, paid, 50), B(p1, exp 1 Sep, promo, 20), C(p2, exp 15 Aug, promo, 100);
        // 60 → 20 from B, 40 from A.
        let credits = try CreditFixture()
        let a = try credits.grant(50, ["priority": 1, "expireAt": "2027-09-01T00:00:00Z", "grantType": "PAID"])
        let b = try credits.grant(20, ["priority": 1, "expireAt": "2027-09-01T00:00:00Z"])
        let c = try credits.grant(100, ["priority": 2, "expireAt": "2027-08-15T00:00:00Z"])
        try credits.consume(60)
        #expect(try credits.grant(a)["consumedAmount"] == 40)
        #expect(try credits.grant(b)["consumedAmount"] == 20)
        #expect(try credits.grant(c)["consumedAmount"] == 0)
        #expect(try credits.balance()["available"] == 110)
    }

    @Test func `each step of the burn order decides when those before it are equal`() throws {
        let credits = try CreditFixture()
        // From the last to the first that burns; every one differs from the next in one step.
        let last = try credits.grant(1, ["priority": 9, "expireAt": "2026-12-01T00:00:00Z"])
        let never = try credits.grant(1, ["priority": 5])
        let later = try credits.grant(1, ["priority": 5, "expireAt": "2027-02-01T00:00:00Z"])
        let paid = try credits.grant(1, ["priority": 5, "expireAt": "2027-01-01T00:00:00Z", "grantType": "PAID"])
        let created = try credits.grant(1, ["priority": 5, "expireAt": "2027-01-01T00:00:00Z"])
        let effective = try credits.grant(
            1, ["priority": 5, "expireAt": "2027-01-01T00:00:00Z", "effectiveAt": "2026-09-01T00:00:00Z"])
        var order: [String] = []
        for _ in 0..<6 {
            try credits.consume(1)
            let used = try credits.grants().filter { $0["consumedAmount"] == 1 }.compactMap { $0["id"]?.text }
            order += used.filter { !order.contains($0) }
        }
        #expect(order == [effective, created, paid, later, never, last])
    }

    @Test func `what the grants do not cover becomes an overdraft, which the next grant settles first`() throws {
        // Notes B.13: 10 left, cost 25 → balance −15; then grant 50 → consumed 15, remaining 35.
        let credits = try CreditFixture()
        try credits.grant(10)
        try credits.consume(25)
        #expect(try credits.balance()["balance"] == -15)
        let overdraft = try #require(try credits.grants().first { $0["grantType"]?.text == "OVERDRAFT" })
        #expect(overdraft["amount"] == 0)
        #expect(overdraft["consumedAmount"] == 15)
        #expect(overdraft["status"] == "ACTIVE")
        let id = try #require(overdraft["id"]?.text)
        #expect(credits.engine.failure(.voidCreditGrant, ["id": .string(id)]).code == .creditGrantCannotBeVoided)

        let next = try credits.grant(50)
        #expect(try credits.grant(next)["consumedAmount"] == 15)
        #expect(try credits.balance()["balance"] == 35)
        #expect(try credits.grant(id)["status"] == "VOIDED")
        #expect(try credits.grant(id)["consumedAmount"] == 0)
    }

    @Test func `a grant that is too small settles a part of the overdraft`() throws {
        let credits = try CreditFixture()
        try credits.consume(100)
        let small = try credits.grant(30)
        #expect(try credits.grant(small)["consumedAmount"] == 30)
        #expect(try credits.balance()["balance"] == -70)
        #expect(try credits.balance()["overdraft"] == 70)
        #expect(try credits.grants().filter { $0["grantType"]?.text == "OVERDRAFT" }.count == 1)
    }

    @Test func `a key that is repeated burns once; with another amount it is a conflict`() throws {
        let credits = try CreditFixture()
        try credits.grant(100)
        try credits.consume(30, key: "a")
        let again = try credits.consume(30, key: "a")
        #expect(again["amount"] == 30)
        #expect(again["credit"]?["currentUsage"] == 30)
        let failure = credits.engine.failure(
            .consumeCredits, ["customerId": "c", "currencyId": "tok", "amount": 31, "idempotencyKey": "a"])
        #expect(failure.code == .idempotencyConflict)
        #expect(try credits.balance()["balance"] == 70)
    }

    @Test func `a grant that is voided can no longer be used, and not voided again`() throws {
        let credits = try CreditFixture()
        let id = try credits.grant(100)
        try credits.consume(30)
        let voided = try credits.engine.call(.voidCreditGrant, ["id": .string(id)])
        #expect(voided["status"] == "VOIDED")
        #expect(voided["consumedAmount"] == 30)
        #expect(try credits.balance()["available"] == 0)
        #expect(credits.engine.failure(.voidCreditGrant, ["id": .string(id)]).code == .creditGrantAlreadyVoided)
        try credits.consume(5)
        #expect(try credits.balance()["balance"] == -5)
    }

    @Test func `credits count from their date on, and expire at theirs, though nobody looked in between`() throws {
        let credits = try CreditFixture()
        // Now it is 2026-10-01T12:00.
        let id = try credits.grant(
            100, ["effectiveAt": "2026-11-01T00:00:00Z", "expireAt": "2026-12-01T00:00:00Z"])
        #expect(try credits.grant(id)["status"] == "SCHEDULED")
        #expect(try credits.balance()["usageLimit"] == 0)
        credits.engine.now = try #require(Timestamp(rfc3339: "2026-11-15T00:00:00Z"))
        #expect(try credits.balance()["available"] == 100)
        try credits.consume(40)
        credits.engine.now = try #require(Timestamp(rfc3339: "2027-03-01T00:00:00Z"))
        #expect(try credits.balance()["available"] == 0)
        #expect(try credits.grant(id)["status"] == "EXPIRED")
        #expect(try credits.grant(id)["consumedAmount"] == 40)
        let rows = try credits.engine.store.read { connection in
            try connection.rows("SELECT type, at FROM credit_ledger ORDER BY sequence") {
                "\($0.text(0)) \(Timestamp(microseconds: $0.integer(1)).secondsDescription)"
            }
        }
        #expect(
            rows == [
                "CREDITS_GRANTED 2026-11-01T00:00:00Z", "CREDITS_CONSUMED 2026-11-15T00:00:00Z",
                "CREDITS_EXPIRED 2026-12-01T00:00:00Z",
            ])
    }
}
