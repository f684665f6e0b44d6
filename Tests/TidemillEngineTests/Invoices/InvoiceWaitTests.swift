import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// What a draft waits for, and what may be done to an invoice that is final.
struct InvoiceWaitTests {
    private func shop() throws -> EngineFixture {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(7, at: "2026-06-10T00:00:00Z")
        return shop
    }

    private func write(_ shop: EngineFixture, _ sql: String) throws {
        try shop.store.write { _ = try $0.execute(sql) }
    }

    private func delivery(_ shop: EngineFixture, _ state: String, at time: String) throws {
        let instant = try #require(Timestamp(rfc3339: time)).microseconds
        try write(
            shop,
            """
            INSERT INTO deliveries(id, inbox, name, size, modified_at, received_at, owner, state)
            VALUES ('d', 'inbox', 'd.ndjson', 1, 0, \(instant), 'w', '\(state)')
            """)
    }

    @Test(arguments: ["claimed", "held"])
    func `a file that arrived before the grace ended is waited for`(_ state: String) throws {
        let shop = try shop()
        try shop.work(at: "2026-07-01T00:00:00Z")
        try delivery(shop, state, at: "2026-07-01T00:59:59Z")
        try shop.work(at: "2026-07-01T01:00:00Z")
        #expect(try shop.billed().last == "null DRAFT RENEWAL 63.5")
        // It brings one more call.
        try shop.use(1, at: "2026-06-11T00:00:00Z")
        try write(shop, "UPDATE deliveries SET state = 'done'")
        try shop.work(at: "2026-07-01T01:00:15Z")
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 64")
    }

    @Test func `a file that arrived after the grace is not waited for, and no file for more than three days`() throws {
        let later = try shop()
        try later.work(at: "2026-07-01T00:00:00Z")
        try delivery(later, "claimed", at: "2026-07-01T01:00:00Z")
        try later.work(at: "2026-07-01T01:00:00Z")
        #expect(try later.billed().last == "0002 OPEN RENEWAL 63.5")

        let held = try shop()
        try held.work(at: "2026-07-01T00:00:00Z")
        try delivery(held, "held", at: "2026-07-01T00:00:00Z")
        // The wait begins when a worker could have made it final first.
        try held.work(at: "2026-07-05T00:00:00Z")
        try held.work(at: "2026-07-07T23:59:59Z")
        #expect(try held.billed().last == "null DRAFT RENEWAL 63.5")
        try held.work(at: "2026-07-08T00:00:00Z")
        #expect(try held.billed().last == "0002 OPEN RENEWAL 63.5")
    }

    @Test func `a file that still lies in the inbox is waited for`() throws {
        let shop = try shop()
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.work(at: "2026-07-01T01:00:00Z", oldest: "2026-07-01T00:10:00Z")
        #expect(try shop.billed().last == "null DRAFT RENEWAL 63.5")
        try shop.work(at: "2026-07-01T01:00:15Z", oldest: "2026-07-01T01:00:10Z")
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 63.5")
    }

    @Test(arguments: ["billing", "ingest"])
    func `nothing becomes final while it is paused`(_ name: String) throws {
        let shop = try shop()
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.store.write {
            try Pauses.pause(name, reason: "month end", by: "me", at: shop.now, on: $0)
        }
        try shop.call(.provisionCustomer, ["id": "other"])
        try shop.call(
            .provisionSubscription,
            ["id": "o", "customerId": "other", "planId": "thirty", "billingPeriod": "MONTHLY"])
        // Not after three days, and not what has no usage either.
        try shop.work(at: "2026-07-10T00:00:00Z")
        #expect(try shop.billed().last == "null DRAFT RENEWAL 63.5")
        #expect(try shop.billed("other") == ["null DRAFT START 30"])
        try write(shop, "DELETE FROM pauses")
        try shop.work(at: "2026-07-10T00:00:15Z")
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 63.5")
        #expect(try shop.billed("other") == ["0001 OPEN START 30"])
    }

    @Test func `an invoice is paid once`() throws {
        let shop = try shop()
        let first = try shop.call(.markInvoiceAsPaid, ["id": "s"])
        #expect(first["state"] == "PAID")
        #expect(try shop.call(.markInvoiceAsPaid, ["id": "s"]) == first)
        #expect(try shop.announcedInvoices().filter { $0 == "invoice.paid" }.count == 1)
        let latest = try #require(try shop.subscription("s")["latestInvoice"])
        #expect(latest["status"] == "PAID")
        #expect(latest["total"] == 60)
        #expect(latest["amountDue"] == 0)
        #expect(latest["billingReason"] == "SUBSCRIPTION_CREATION")
        let id = try #require(first["invoiceId"])
        let failure = shop.failure(.voidInvoice, ["id": id, "rebill": false, "reason": "oops"])
        #expect(failure.code == .invoiceNotOpen)
    }

    @Test func `what is voided is waived, and its time is not given back later`() throws {
        let shop = try shop()
        let input: Payload = ["customerId": "c", "invoiceNumber": "1", "rebill": false, "reason": "goodwill"]
        let voided = try shop.call(.voidInvoice, input)
        #expect(voided["state"] == "CANCELED")
        #expect(voided["invoiceNumber"] == "0001")
        #expect(voided["reason"] == "goodwill")
        #expect(shop.failure(.voidInvoice, input).code == .invoiceNotOpen)
        #expect(shop.failure(.markInvoiceAsPaid, ["id": "s"]).code == .invoiceNotOpen)
        #expect(try shop.announcedInvoices() == ["invoice.created", "invoice.finalized", "invoice.voided"])
        try shop.at("2026-06-16T00:00:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": true])
        #expect(try shop.credit() == .zero)
    }

    @Test func `a void gives the account back what it paid`() throws {
        let shop = try shop()
        try shop.inScope { scope in
            try scope.accounts.add(
                credit: Amount(20), to: MoneyAccount(payer: CustomerID("c"), currency: "usd"), .change, of: "s",
                at: scope.now)
        }
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.work(at: "2026-07-01T01:00:00Z")
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 43.5")
        #expect(try shop.credit() == .zero)
        try shop.call(.voidInvoice, ["customerId": "c", "invoiceNumber": "0002", "rebill": false, "reason": "x"])
        #expect(try shop.credit() == Amount(20))
    }

    @Test func `what is voided to be billed anew is on the next invoice as it was`() throws {
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.call(.createCoupon, ["id": "less", "name": "less", "percentOff": 20])
        try shop.subscribe(
            "sixty",
            [
                "id": "s", "billingPeriod": "MONTHLY", "appliedCoupon": ["couponId": "less"],
                "billingInformation": ["taxPercentage": 10],
            ])
        try shop.use(10, at: "2026-06-10T00:00:00Z")
        try shop.month("07")
        // 65 less 13, and 5.20 tax.
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 57.2")
        try shop.call(
            .voidInvoice, ["customerId": "c", "invoiceNumber": "2", "rebill": true, "reason": "their number"])
        #expect(try shop.waiting() == Amount("57.2"))
        // Two calls of June come late, and cost what they would have: 1 less 0.20, and 0.08 tax.
        try shop.use(2, at: "2026-06-11T00:00:00Z")
        try shop.work(at: "2026-07-01T01:00:15Z")
        #expect(try shop.waiting() == Amount("58.08"))
        #expect(try shop.verifyInvoices() == [])
        try shop.month("08")
        // 60 less 12, and 4.80 tax.
        #expect(try shop.billed().last == "0003 OPEN RENEWAL 110.88")
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `what cannot be voided says why`() throws {
        let shop = try shop()
        try shop.work(at: "2026-07-01T00:00:00Z")
        let draft = try #require(try shop.invoices().last?["invoiceId"])
        func code(_ more: TextMap<Payload>) -> OperationError.Code {
            let usual: TextMap<Payload> = ["rebill": false, "reason": "x"]
            return shop.failure(.voidInvoice, .object(usual.merging(more) { $1 })).code
        }
        #expect(code(["id": draft]) == .invoiceNotOpen)
        #expect(code(["id": "invoice-1-abc"]) == .invoiceNotFound)
        #expect(code(["id": "nonsense"]) == .invoiceNotFound)
        #expect(code(["customerId": "c", "invoiceNumber": "0007"]) == .invoiceNotFound)
        #expect(code(["customerId": "c"]) == .badUserInput)
    }
}

/// A clock that is in doubt.
struct DoubtfulClockTests {
    private func shop() throws -> EngineFixture {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(7, at: "2026-06-10T00:00:00Z")
        try shop.store.write {
            try Pauses.pause("clock", reason: "it jumps", by: "me", at: shop.now, on: $0)
        }
        return shop
    }

    @Test func `no renewal is written, and reads are answered as if it were`() throws {
        let shop = try shop()
        try shop.work(at: "2026-07-01T00:00:00Z")
        let seen = try shop.call(.listInvoices, ["id": "c", "includeDrafts": true])["data"]?.items
        #expect(seen?.count == 2)
        #expect(try shop.subscription("s")["currentBillingPeriodEnd"] == "2026-08-01T00:00:00.000Z")
        #expect(try shop.call(.listSubscriptions, [:])["data"]?.items?.count == 1)
        #expect(try shop.count("invoices") == 1)
        let change = shop.failure(.updateSubscription, ["id": "s", "billingPeriod": "ANNUALLY"])
        #expect(change.code == .billingPaused)
        #expect(change.message.contains("it jumps"))
        // Usage is taken whatever the clock says.
        try shop.use(1, at: "2026-06-11T00:00:00Z")
        try shop.store.write { _ = try $0.execute("DELETE FROM pauses") }
        try shop.work(at: "2026-07-01T00:00:15Z")
        #expect(try shop.billed().last == "null DRAFT RENEWAL 64")
    }

    @Test func `no invoice is made`() throws {
        let shop = try shop()
        try shop.call(.provisionCustomer, ["id": "other"])
        let failure = shop.failure(
            .provisionSubscription, ["customerId": "other", "planId": "thirty", "billingPeriod": "MONTHLY"])
        #expect(failure.code == .billingPaused)
        #expect(try shop.count("subscriptions") == 1)
    }

    @Test func `a store that was left alone for more than 35 days is billed when a person says so`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.at("2026-07-06T00:00:00Z")
        #expect(try !NeglectedStore.pauseBilling(shop.store, now: shop.now))
        try shop.at("2026-07-06T00:00:01Z")
        #expect(try NeglectedStore.pauseBilling(shop.store, now: shop.now))
        #expect(try !NeglectedStore.pauseBilling(shop.store, now: shop.now))
        try shop.work(at: "2026-07-07T00:00:00Z")
        try shop.work(at: "2026-07-08T00:00:00Z")
        #expect(try shop.billed() == ["0001 OPEN START 60", "null DRAFT RENEWAL 60"])
        _ = try shop.store.write { try Pauses.resume("billing", on: $0) }
        try shop.work(at: "2026-07-08T00:00:15Z")
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 60")
    }
}
