import Foundation
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// Credits by INVOICE: usable once they are paid, once however often that is told, and never waiting in silence.
struct InvoicedCreditTests {
    private let credits: CreditFixture
    private var engine: EngineFixture { credits.engine }

    init() throws { credits = try CreditFixture() }

    /// 100 credits for 10 usd.
    private func invoiced(_ further: TextMap<Payload> = [:]) throws -> String {
        try credits.grant(
            100,
            ["grantType": "PAID", "cost": ["amount": 10, "currency": "usd"], "paymentCollectionMethod": "INVOICE"]
                .merging(further) { $1 })
    }

    /// A webhook as it comes through the spool; what it is rejected for.
    @discardableResult
    private func webhook(_ type: String, _ fields: TextMap<Payload>, on store: (any Store)? = nil) throws -> Rejection?
    {
        let payload = Payload.object(fields.merging(["type": .string(type)]) { $1 })
        let origin = RecordOrigin(delivery: DeliveryID("d"), record: 1, receivedAt: engine.now)
        do {
            let backend = try store.map { try Engine(store: $0) } ?? engine.backend
            _ = try backend.transaction { try $0.perform(.webhook, payload, origin) }
            return nil
        } catch let rejection as Rejection {
            return rejection
        }
    }

    private func state(_ id: String) throws -> [String?] {
        let grant = try credits.grant(id)
        return [grant["status"]?.text, grant["paymentCollection"]?.text, grant["invoiceId"]?.text]
    }

    /// Who did what about the grant's customer, oldest first.
    private func audited() throws -> [String] {
        try engine.store.read { try AuditLog.list(limit: 100, on: $0) }.reversed()
            .map { "\($0.actorKind) \($0.action)" }.filter { !$0.hasSuffix("provisionCustomer") }.suffix(3)
    }

    @Test(arguments: [
        #"{"paymentId": "pay_1", "grantId": "ID"}"#,
        #"{"data": {"paymentId": "pay_1", "creditGrantId": "ID"}}"#,
        #"{"id": "evt_1", "data": {"object": {"id": "pay_1", "metadata": {"grantId": "ID"}}}}"#,
        #"{"payment": {"id": "pay_1", "metadata": {"creditGrantId": "ID"}}}"#,
    ])
    func `a payment that names the grant makes its credits usable, once however often it comes`(text: String) throws {
        let id = try invoiced()
        try credits.consume(30)
        #expect(try credits.balance()["balance"] == -30)
        guard case .object(let fields) = try Payload(json: text.replacingOccurrences(of: "ID", with: id)) else {
            return
        }
        #expect(try webhook("payment.succeeded", fields) == nil)
        #expect(try state(id) == ["ACTIVE", "NOT_REQUIRED", "pay_1"])
        // What was consumed before comes off first.
        #expect(try credits.balance()["balance"] == 70)
        for message in ["again", "and again"] {
            #expect(try webhook("payment.succeeded", fields.merging(["messageId": .string(message)]) { $1 }) == nil)
        }
        #expect(try credits.balance()["balance"] == 70)
        #expect(try credits.ledger().count { $0["eventType"] == "CREDITS_GRANTED" } == 1)
        #expect(try audited().last == "delivery payment.succeeded")
        try credits.checkFigures()
    }

    @Test func `what is usable later is SCHEDULED once it is paid`() throws {
        let id = try invoiced(["effectiveAt": "2026-11-01T00:00:00Z"])
        try webhook("payment.succeeded", ["paymentId": "pay_1", "grantId": .string(id)])
        #expect(try state(id) == ["SCHEDULED", "NOT_REQUIRED", "pay_1"])
        #expect(try credits.balance()["balance"] == 0)
        try engine.at("2026-11-01T00:00:00Z")
        #expect(try credits.balance()["balance"] == 100)
    }

    @Test func `a failure that may be mended keeps the grant waiting, a final one voids it`() throws {
        let id = try invoiced()
        let failed: TextMap<Payload> = ["paymentId": "pay_1", "grantId": .string(id)]
        try webhook("payment.failed", failed)
        #expect(try state(id) == ["PAYMENT_PENDING", "FAILED", nil])
        try webhook("payment.failed", failed.merging(["requiresAction": true]) { $1 })
        #expect(try state(id) == ["PAYMENT_PENDING", "ACTION_REQUIRED", nil])
        try webhook("payment.failed", failed.merging(["retryable": false]) { $1 })
        #expect(try state(id) == ["VOIDED", "FAILED", nil])
        #expect(try audited() == Array(repeating: "delivery payment.failed", count: 3))
        let late = try webhook("payment.succeeded", ["paymentId": "pay_2", "grantId": .string(id)])
        #expect(late?.code == "payment_not_awaited")
        #expect(late?.message.contains("\"\(id)\" is voided: give the money back, or make a new grant") == true)
        #expect(try credits.balance()["usageLimit"] == 0)
        let other = try invoiced()
        try webhook("payment.failed", ["paymentId": "pay_3", "grantId": .string(other)])
        try webhook("payment.succeeded", ["paymentId": "pay_3", "grantId": .string(other)])
        #expect(try state(other) == ["ACTIVE", "NOT_REQUIRED", "pay_3"])
    }

    @Test func `credits that expire unpaid say so by themselves, and their payment is refused`() throws {
        let id = try invoiced(["expireAt": "2026-10-20T00:00:00Z"])
        try engine.at("2026-10-20T00:00:00Z")
        #expect(try engine.backend.lifecycle.advanceEveryone(to: engine.now) == 1)
        #expect(try state(id) == ["EXPIRED", "FAILED", nil])
        #expect(try audited().last == "engine creditGrantsExpired")
        #expect(try credits.announced() == ["credit_grant.created", "credit_grant.expired"])
        let late = try webhook("payment.succeeded", ["paymentId": "pay_1", "grantId": .string(id)])
        #expect(late?.code == "payment_not_awaited")
        #expect(late?.message.contains("expired at 2026-10-20T00:00:00.000Z") == true)
        try credits.checkFigures()
    }

    @Test func `a grant that a person voids waits no more`() throws {
        let id = try invoiced()
        try engine.call(.voidCreditGrant, ["id": .string(id)])
        #expect(try state(id) == ["VOIDED", "FAILED", nil])
        #expect(try webhook("payment.succeeded", ["grantId": .string(id)])?.code == "payment_not_awaited")
        #expect(try webhook("payment.failed", ["grantId": .string(id)]) == nil)
        #expect(try credits.balance()["usageLimit"] == 0)
    }

    @Test func `a payment that does not name itself is refused, as nothing tells it from a second one`() throws {
        let id = try invoiced()
        for message in ["one", "two"] {
            let unnamed = try webhook("payment.succeeded", ["grantId": .string(id), "messageId": .string(message)])
            #expect(unnamed?.code == "BadUserInput")
            #expect(unnamed?.message.contains("'paymentId' is missing") == true)
            #expect(unnamed?.message.contains("settleCreditGrant") == true)
        }
        #expect(try state(id) == ["PAYMENT_PENDING", "PROCESSING", nil])
        try webhook("payment.succeeded", ["paymentId": "pay_1", "grantId": .string(id)])
        #expect(try webhook("payment.succeeded", ["grantId": .string(id)])?.code == "BadUserInput")
        #expect(
            try webhook("payment.succeeded", ["paymentId": "pay_2", "grantId": .string(id)])?.code
                == "payment_not_awaited")
        #expect(try credits.balance()["balance"] == 100)
    }

    @Test func `money that comes twice, for two grants, or for none is refused`() throws {
        let (first, second) = (try invoiced(), try invoiced())
        try webhook("payment.succeeded", ["paymentId": "pay_1", "grantId": .string(first)])
        let twice = try webhook("payment.succeeded", ["paymentId": "pay_2", "grantId": .string(first)])
        #expect(
            twice?.message.contains("is paid by \"pay_1\" already; if \"pay_2\" is a second payment, refund it") == true
        )
        let crossed = try webhook("payment.succeeded", ["paymentId": "pay_1", "grantId": .string(second)])
        #expect(crossed?.message.contains("\"pay_1\", which paid for \"\(first)\" already") == true)
        let gift = try credits.grant(5)
        let none = try webhook("payment.succeeded", ["paymentId": "pay_4", "grantId": .string(gift)])
        #expect(none?.message.contains("was not granted by INVOICE") == true)
        // Names that are none of ours: a biller's own payments, for jobs alone (semantics.md, "Webhooks").
        #expect(try webhook("payment.succeeded", ["grantId": "cred-grant-00-000000001-0"]) == nil)
        #expect(try webhook("payment.succeeded", ["grantId": 7]) == nil)
        // The second payment is given back: the first one stands.
        #expect(try webhook("payment.refunded", ["paymentId": "pay_2", "grantId": .string(first)]) == nil)
        #expect(try credits.balance()["balance"] == 105)
    }

    @Test func `a payment of another customer is refused, and the owner's is taken`() throws {
        let id = try invoiced()
        let payment: TextMap<Payload> = ["paymentId": "pay_1", "grantId": .string(id)]
        let other = try webhook("payment.succeeded", payment.merging(["customerId": "somebody-else"]) { $1 })
        #expect(other?.code == "payment_not_awaited")
        #expect(other?.message.contains("names \"somebody-else\"") == true)
        #expect(try state(id).first == "PAYMENT_PENDING")
        let owner = try #require(try credits.grant(id)["customerId"])
        #expect(try webhook("payment.succeeded", payment.merging(["customerId": owner]) { $1 }) == nil)
        #expect(try state(id).first == "ACTIVE")
    }

    @Test func `a refund voids what is left, found by the payment alone`() throws {
        let id = try invoiced()
        try webhook("payment.succeeded", ["paymentId": "pay_1", "grantId": .string(id)])
        try credits.consume(40)
        #expect(try webhook("payment.refunded", ["paymentId": "pay_1"]) == nil)
        #expect(try state(id) == ["VOIDED", "NOT_REQUIRED", "pay_1"])
        #expect(try credits.balance()["available"] == 0)
        #expect(try credits.grant(id)["consumedAmount"] == 40)
        // Told once more, in whatever order.
        for type in ["payment.refunded", "payment.succeeded"] {
            #expect(try webhook(type, ["paymentId": "pay_1", "messageId": .string(type)]) == nil)
        }
        #expect(try credits.balance()["available"] == 0)
        // Told before the success: the money is back, whatever comes then.
        let early = try invoiced()
        try webhook("payment.refunded", ["paymentId": "pay_2", "grantId": .string(early)])
        #expect(
            try webhook("payment.succeeded", ["paymentId": "pay_2", "grantId": .string(early)])?.code
                == "payment_not_awaited")
        try credits.checkFigures()
    }

    @Test func `a person settles what no webhook tells, and repeats change nothing`() throws {
        let (paid, failed) = (try invoiced(), try invoiced())
        func settle(_ id: String, _ outcome: Payload, _ further: TextMap<Payload> = [:]) -> Payload {
            .object(["id": .string(id), "outcome": outcome, "reason": "bank"].merging(further) { $1 })
        }
        for _ in 0..<2 { #expect(try engine.call(.settleCreditGrant, settle(paid, "PAID"))["status"] == "ACTIVE") }
        for _ in 0..<2 { #expect(try engine.call(.settleCreditGrant, settle(failed, "FAILED"))["status"] == "VOIDED") }
        #expect(try credits.balance()["balance"] == 100)
        #expect(try audited().suffix(2) == ["person settleCreditGrant", "person settleCreditGrant"])
        #expect(try engine.store.read { try AuditLog.list(limit: 1, on: $0) }.first?.reason == "bank")
        #expect(engine.failure(.settleCreditGrant, settle(failed, "PAID")).code == .paymentNotAwaited)
        #expect(engine.failure(.settleCreditGrant, settle(paid, "FAILED")).message.contains("voidCreditGrant"))
        // The provider tells of it after all: that is the payment, and a second one is none of it.
        #expect(try webhook("payment.succeeded", ["paymentId": "pay_1", "grantId": .string(paid)]) == nil)
        #expect(try state(paid) == ["ACTIVE", "NOT_REQUIRED", "pay_1"])
        #expect(try engine.call(.settleCreditGrant, settle(paid, "PAID", ["paymentId": "pay_1"]))["status"] == "ACTIVE")
        #expect(engine.failure(.settleCreditGrant, settle(paid, "PAID", ["paymentId": "p"])).code == .paymentNotAwaited)
        #expect(try credits.balance()["balance"] == 100)
        #expect(
            engine.failure(.settleCreditGrant, settle(paid, "PAID", ["customerId": "x"])).code == .creditGrantNotFound)
    }

    @Test(arguments: MortalStore.Instant.allCases)
    func `a process that dies with the payment in hand grants once`(instant: MortalStore.Instant) throws {
        let id = try invoiced()
        let payment: TextMap<Payload> = ["paymentId": "pay_1", "grantId": .string(id)]
        let mortal = MortalStore(engine.store, at: 0, instant)
        #expect(throws: MortalStore.Death.self) { try webhook("payment.succeeded", payment, on: mortal) }
        #expect(try credits.balance()["balance"] == (instant == .after ? 100 : 0))
        try webhook("payment.succeeded", payment)
        #expect(try credits.balance()["balance"] == 100)
        try credits.checkFigures()
    }

    @Test func `an invoice is overdue by its own days, else by the setting`() throws {
        let slow = try invoiced(["billingInformation": ["invoiceDaysUntilDue": 45]])
        let usual = try invoiced()
        func overdue(_ instant: String) throws -> (Int64, String?) {
            let now = try #require(Timestamp(rfc3339: instant))
            let found = try engine.store.read { try OverdueInvoices.find(now: now, on: $0) }
            return (found?.count ?? 0, found?.grantID)
        }
        // Made on 1 October at noon.
        #expect(try overdue("2026-10-31T11:59:59Z") == (0, nil))
        #expect(try overdue("2026-10-31T12:00:00Z") == (1, usual))
        #expect(try overdue("2026-11-15T12:00:00Z") == (2, usual))
        try webhook("payment.succeeded", ["paymentId": "pay_1", "grantId": .string(usual)])
        #expect(try overdue("2026-11-15T12:00:00Z") == (1, slow))
    }
}
