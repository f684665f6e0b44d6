import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

@testable import TidemillEngine

/// What a policy may ask of a wallet's past, and for how long what it buys may live.
struct WalletHistoryTests {
    private func consumed(_ kit: RechargeKit, _ window: Duration) throws -> String {
        try WalletHistory(store: kit.fixture.store, wallet: kit.wallet(), now: kit.now).consumed(within: window)
            .description
    }

    @Test func `consumption is counted to the digit, reservations by what they settled`() throws {
        let kit = try RechargeKit()
        try kit.provision()
        try kit.grant("1000")
        try kit.consume("5.25")
        kit.pass(seconds: 3600)
        try kit.consume("0.000000001")
        try kit.fixture.call(
            .checkEntitlement,
            ["customerId": "c", "currencyId": "credits", "reserveAmount": 100, "reservationId": "job"])
        kit.pass(seconds: 1800)
        // Held is not consumed: 5.25 + 0.000000001.
        #expect(try consumed(kit, .seconds(86_400)) == "5.250000001")
        try kit.fixture.call(
            .releaseCreditReservation,
            ["reservationId": "job", "customerId": "c", "currencyId": "credits", "consumedAmount": 60])
        #expect(try consumed(kit, .seconds(86_400)) == "65.250000001")
        // 5.25 was 5400 s ago: a window of 5400 s begins just after it.
        #expect(try consumed(kit, .seconds(5401)) == "65.250000001")
        #expect(try consumed(kit, .seconds(5400)) == "60.000000001")
        #expect(try consumed(kit, .seconds(1800)) == "60")
        kit.pass(seconds: 1)
        #expect(try consumed(kit, .seconds(1)) == "0")
    }

    @Test func `the window is read from an index of its own`() throws {
        let kit = try RechargeKit()
        let plan = try kit.fixture.store.read { connection in
            try connection.rows(
                """
                EXPLAIN QUERY PLAN SELECT amount_units, amount_nanos FROM credit_ledger
                 WHERE bucket = 1 AND customer_id = 'c' AND currency_id = 'x' AND resource_id = '' AND at > 5 AND at <= 6
                   AND type IN ('CREDITS_CONSUMED', 'CREDITS_RESERVATION_RELEASED') AND type = 'CREDITS_CONSUMED'
                """
            ) { $0.text(3) }
        }
        #expect(plan.contains { $0.contains("COVERING INDEX credit_ledger_used") }, "\(plan)")
    }

    @Test func `credits live for as long as the policy says`() throws {
        // Recharged at 2026-10-01T12:00:00Z.
        let cases: [(RechargeExpiry, Payload)] = [
            (.at(Timestamp(rfc3339: "2026-12-24T18:00:00Z")!), "2026-12-24T18:00:00.000Z"),
            (.after(seconds: 3 * 86_400), "2026-10-04T12:00:00.000Z"), (.months(5), "2027-03-01T12:00:00.000Z"),
            (.oneYear, "2027-10-01T12:00:00.000Z"),
        ]
        for (expiry, end) in cases {
            #expect(try RechargeExpiry(stored: expiry.text) == expiry)
            let kit = try RechargeKit()
            kit.policy = AskingTests.Script { _, _ in
                RechargeProposal(.amount(Amount(7)), reason: "", expiration: expiry)
            }
            try kit.provision()
            try kit.enable()
            try kit.work()
            #expect(try kit.paidGrants().first?["expireAt"] == end)
        }
    }

    @Test func `an end that has passed is no answer, and one that passes while the payment is pending costs nobody`()
        throws
    {
        let kit = try RechargeKit()
        let end = kit.now.advanced(bySeconds: 60)
        kit.policy = AskingTests.Script { _, _ in
            RechargeProposal(.amount(Amount(7)), reason: "", expiration: .at(end))
        }
        try kit.provision()
        try kit.enable()
        kit.gateway.mishaps = [.pending]
        try kit.work()
        let key = try #require(kit.gateway.pending.first?.key)
        kit.gateway.decide(key, .succeeded(paymentID: "late"))
        kit.pass(seconds: 120)
        try kit.work()
        // A year, as the settings say, from 12:02.
        #expect(try kit.paidGrants().first?["expireAt"] == "2027-10-01T12:02:00.000Z")
        kit.pass(seconds: 60)
        try kit.consume("1")
        try kit.work()
        #expect(try kit.decisions().last == "POLICY_FAILED")
        #expect(kit.gateway.charges.count == 1)
    }

    @Test func `a wallet is shown by the names of the contract`() throws {
        let kit = try RechargeKit()
        kit.policy = AskingTests.Script { _, _ in RechargeProposal(.amount(Amount(7)), reason: "seven") }
        try kit.provision()
        try kit.grant("1.5")
        try kit.enable(cap: "100")
        try kit.work()
        let question = try kit.fixture.store.write { connection in
            try RechargeQuestion(kit.wallet(), in: kit.scope(connection))
        }
        let wallet = try #require(question?.view.payload)
        #expect(wallet["balance"] == .number("8.5") && wallet["held"] == 0 && wallet["available"] == .number("8.5"))
        #expect(wallet["spentThisMonth"] == 7 && wallet["failures"] == 0)
        #expect(wallet["lastRecharge"]?["amount"] == 7)
        #expect(wallet["lastRecharge"]?["at"] == "2026-10-01T12:00:00.000Z")
        #expect(wallet["settings"]?["thresholdValue"] == 20 && wallet["settings"]?["maxSpendLimit"] == 100)
        #expect(wallet["customer"]?["id"] == "c")
        #expect(wallet["customer"] == (try kit.fixture.call(.getCustomer, ["id": "c"])))
    }
}
