import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// Invoices of a month at 60 dollars and half a dollar a call. The figures were worked out by hand.
struct InvoiceTests {
    @Test func `a period is billed in advance, and its usage when it is over`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        #expect(try shop.billed() == ["0001 OPEN START 60"])
        try shop.use(7, at: "2026-06-10T00:00:00Z")
        // An instant before the end the preview says what the invoice will: 60 + 7 × 0.50.
        try shop.at("2026-06-30T23:59:59.999Z")
        let preview = try #require(try shop.next()["invoice"])
        #expect(preview["total"]?.json == "63.5")

        try shop.work(at: "2026-07-01T00:00:00Z")
        #expect(try shop.billed() == ["0001 OPEN START 60", "null DRAFT RENEWAL 63.5"])
        let draft = try #require(try shop.invoices().last)
        #expect(shop.lines(draft) == ["recurring 1 60", "usage 7 3.5"])
        #expect(draft["subtotal"] == preview["subTotal"])
        #expect(draft["lineItems"]?.items?.last?["window"]?["start"] == "2026-06-01T00:00:00.000Z")
        #expect(draft["lineItems"]?.items?.last?["window"]?["end"] == "2026-07-01T00:00:00.000Z")
        #expect(draft["finalAfter"] == "2026-07-01T01:00:00.000Z")
        #expect(draft["planVersion"] == 1)
    }

    @Test func `usage that comes within the grace joins the draft, and later usage does not`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(7, at: "2026-06-10T00:00:00Z")
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.at("2026-07-01T00:30:00Z")
        try shop.use(4, at: "2026-06-30T23:00:00Z")
        try shop.use(9, at: "2026-07-01T00:00:00Z")
        try shop.work(at: "2026-07-01T00:59:59.999Z")
        // 60 + 11 × 0.50; what was used in July is July's.
        #expect(try shop.billed().last == "null DRAFT RENEWAL 65.5")
        try shop.work(at: "2026-07-01T01:00:00Z")
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 65.5")
        try shop.use(100, at: "2026-06-30T23:30:00Z")
        try shop.work(at: "2026-07-02T00:00:00Z")
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 65.5")
        #expect(try shop.waiting() == Amount(50))
        #expect(
            try shop.announcedInvoices() == [
                "invoice.created", "invoice.finalized", "invoice.created", "invoice.finalized",
            ])
    }

    @Test func `prices and coupons of later change nothing of a draft`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(7, at: "2026-06-10T00:00:00Z")
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.plan("sixty", monthly: 90, annually: 900, calls: Amount("3"), all: true)
        try shop.call(.createCoupon, ["id": "half", "name": "half", "percentOff": 50])
        try shop.call(.updateCustomer, ["id": "c", "couponId": "half"])
        try shop.work(at: "2026-07-01T01:00:00Z")
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 63.5")
    }

    @Test func `numbers have no gaps, and each invoice is chained to the one before`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        for month in ["07", "08", "09"] {
            try shop.work(at: "2026-\(month)-01T00:00:00Z")
            try shop.work(at: "2026-\(month)-01T01:00:00Z")
        }
        let table = { (connection: any SQLConnection) in InvoiceTable(connection: connection) }
        try shop.store.read { connection in
            var previous = ""
            for number in 1...4 {
                let found = try table(connection).find(number: "000\(number)", of: CustomerID("c"))
                let invoice = try #require(found)
                #expect(invoice.hash == invoice.digest(after: previous))
                var other = invoice
                other.body.total += Amount(1)
                #expect(invoice.hash != other.digest(after: previous))
                previous = try #require(invoice.hash)
            }
            #expect(try table(connection).find(number: "0005", of: CustomerID("c")) == nil)
        }
    }

    @Test func `a paid subscription has one for each period, also of nothing`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.store.write { connection in
            _ = try connection.execute("DELETE FROM outbox")
            try AccountTable(connection: connection).add(
                credit: Amount(100), to: MoneyAccount(payer: CustomerID("c"), currency: "usd"), .change, of: "s",
                at: shop.now)
        }
        try shop.use(7, at: "2026-06-10T00:00:00Z")
        try shop.work(at: "2026-07-01T00:00:00Z")
        // The draft shows what it would use of the account, which has it all until then.
        #expect(try shop.billed().last == "null DRAFT RENEWAL 0")
        #expect(try shop.credit() == Amount(100))
        try shop.use(4, at: "2026-06-11T00:00:00Z")
        try shop.work(at: "2026-07-01T01:00:00Z")
        #expect(try shop.billed().last == "0002 PAID RENEWAL 0")
        #expect(try shop.invoices().last?["creditUsed"]?.json == "65.5")
        #expect(try shop.credit() == Amount("34.5"))
        #expect(try shop.announcedInvoices() == ["invoice.created", "invoice.finalized", "invoice.paid"])
    }

    @Test func `a worker that was down for three months makes an invoice a month, each with its own usage`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(2, at: "2026-06-30T23:59:59Z")
        try shop.at("2026-10-01T00:00:00Z")
        // Whoever looks makes them; none is final before an hour has passed since then.
        _ = try shop.subscription("s")
        try shop.use(4, at: "2026-08-31T23:59:59Z")
        try shop.use(6, at: "2026-09-01T00:00:00Z")
        try shop.work(at: "2026-10-01T00:59:59Z")
        #expect(try shop.billed().dropFirst().allSatisfy { $0.hasPrefix("null DRAFT RENEWAL") })
        try shop.work(at: "2026-10-01T01:00:00Z")
        #expect(
            try shop.billed() == [
                "0001 OPEN START 60", "0002 OPEN RENEWAL 61", "0003 OPEN RENEWAL 60", "0004 OPEN RENEWAL 62",
                "0005 OPEN RENEWAL 63",
            ])
    }

    @Test func `a change that is due at once has its own invoice, and each call is on one`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(10, at: "2026-06-05T00:00:00Z")
        try shop.at("2026-06-16T00:00:00Z")
        // Half of June is left: 30 of the 60 come back, 15 of the 30 are charged, and ten calls at 0.50 are due. The
        // ten dollars beyond are the customer's.
        try shop.change("thirty", ["id": "s", "billingPeriod": "MONTHLY"])
        #expect(try shop.billed().last == "0002 PAID CHANGE 0")
        #expect(try shop.invoices().last?["creditAdded"]?.json == "10")
        try shop.use(20, at: "2026-06-20T00:00:00Z")
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.work(at: "2026-07-01T01:00:00Z")
        // Nothing is metered on thirty, so that July's is final at once: 30 less the 10.
        #expect(try shop.billed().last == "0003 OPEN RENEWAL 20")
    }

    @Test func `an end gives back what is unused by an invoice of its own`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.at("2026-06-16T00:00:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": true])
        #expect(try shop.billed() == ["0001 OPEN START 60", "0002 PAID END 0"])
        #expect(try shop.invoices().last?["creditAdded"]?.json == "30")
        #expect(try shop.credit() == Amount(30))
    }
}
