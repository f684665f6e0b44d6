import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// What previews say, against what is made. The figures were worked out by hand: 60 dollars a month and half a dollar a
/// call.
struct InvoicePreviewTests {
    @Test func `an end that is agreed is previewed with what it gives back`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.call(
            .cancelSubscription,
            ["id": "s", "cancellationTime": "SPECIFIC_DATE", "endDate": "2026-07-16T00:00:00Z"])
        try shop.month("07")
        try shop.use(4, at: "2026-07-05T00:00:00Z")
        // 16 of 31 days.
        #expect(try shop.next()["dueDate"] == "2026-07-16T00:00:00.000Z")
        #expect(try shop.figures() == ["0", "0", "0", "30.97"])
        try shop.work(at: "2026-07-16T00:00:00Z")
        #expect(try shop.billed().last == "0003 PAID END 0")
        #expect(try shop.credit() == Amount("30.97"))
        // The calls are on a supplement, which the account pays.
        #expect(try shop.figures() == ["0", "30.97", "2", "28.97"])
        try shop.work(at: "2026-07-17T00:00:00Z")
        #expect(try shop.credit() == Amount("28.97"))
    }

    @Test func `of what an end leaves, a draft takes the credit before`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.inScope { scope in
            try scope.accounts.add(
                credit: Amount(2), to: MoneyAccount(payer: CustomerID("c"), currency: "usd"), .change, of: "s",
                at: scope.now)
        }
        try shop.use(3, at: "2026-06-10T00:00:00Z")
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.use(3, at: "2026-07-01T00:05:00Z")
        try shop.at("2026-07-01T00:10:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": false])
        #expect(try shop.figures() == ["1.5", "0", "0", "0"])
        try shop.work(at: "2026-07-01T01:00:00Z")
        try shop.work(at: "2026-07-02T00:10:00Z")
        #expect(try shop.billed().suffix(2) == ["0002 OPEN RENEWAL 59.5", "0003 OPEN SUPPLEMENT 1.5"])
    }

    @Test func `what waits again after a void is due when it began to wait`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(20, at: "2026-06-10T00:00:00Z")
        try shop.at("2026-06-20T00:00:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "END_OF_BILLING_PERIOD"])
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.work(at: "2026-07-02T00:00:00Z")
        #expect(try shop.billed().last == "0002 OPEN SUPPLEMENT 10")
        try shop.at("2026-07-03T00:00:00Z")
        try shop.call(
            .voidInvoice, ["customerId": "c", "invoiceNumber": "0002", "rebill": true, "reason": "their number"])
        #expect(try shop.next()["dueDate"] == "2026-07-03T00:00:00.000Z")
        try shop.work(at: "2026-07-04T00:00:00Z")
        #expect(try shop.billed().last == "0003 OPEN SUPPLEMENT 10")
    }

    @Test func `a renewal is for the period that it charges in advance, and its usage for its own`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        let preview = try shop.next()["invoice"]?["billingPeriodRange"]
        try shop.month("07")
        let invoice = try #require(try shop.invoices().last)
        let july: Payload = ["start": "2026-07-01T00:00:00.000Z", "end": "2026-08-01T00:00:00.000Z"]
        #expect(invoice["billingPeriodRange"] == july)
        #expect(preview == july)
        #expect(invoice["lineItems"]?.items?.last?["window"]?["start"] == "2026-06-01T00:00:00.000Z")
    }
}
