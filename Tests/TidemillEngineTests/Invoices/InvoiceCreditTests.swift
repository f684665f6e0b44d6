import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// What the account pays of invoices, and when. The figures were worked out by hand: 60 dollars a month and half a dollar a
/// call.
struct InvoiceCreditTests {
    private let account = MoneyAccount(payer: CustomerID("c"), currency: "usd")

    private func give(_ amount: Amount, _ shop: EngineFixture) throws {
        try shop.inScope { scope in
            try scope.accounts.add(credit: amount, to: account, .change, of: "s", at: scope.now)
        }
    }

    @Test func `credit is taken when an invoice is final, and a draft shows what it would be by now`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(7, at: "2026-06-10T00:00:00Z")
        try shop.work(at: "2026-07-01T00:00:00Z")
        #expect(try shop.billed().last == "null DRAFT RENEWAL 63.5")
        try give(Amount(20), shop)
        #expect(try shop.billed().last == "null DRAFT RENEWAL 43.5")
        let draft = try #require(try shop.invoices().last?["invoiceId"])
        #expect(try shop.call(.getInvoice, ["id": draft])["creditUsed"] == 20)
        #expect(try shop.credit() == Amount(20))
        // July's own, and its preview: the draft is final before it, and has the 20.
        #expect(try shop.figures() == ["60", "0", "0", "0"])
        try shop.work(at: "2026-07-01T01:00:00Z")
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 43.5")
        #expect(try shop.credit() == .zero)
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `what is final at once is paid before a draft that waits`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.call(.updateProduct, ["id": "p", "multipleSubscriptions": true])
        try shop.subscribe(
            "thirty", ["id": "t", "billingPeriod": "MONTHLY", "resourceId": "r", "startDate": "2026-07-01T00:30:00Z"])
        try give(Amount(50), shop)
        try shop.work(at: "2026-07-01T00:00:00Z")
        #expect(try shop.billed().last == "null DRAFT RENEWAL 10")
        try shop.work(at: "2026-07-01T00:30:00Z")
        #expect(try shop.billed().contains("0002 PAID START 0"))
        #expect(try shop.billed().contains("null DRAFT RENEWAL 40"))
        try shop.work(at: "2026-07-01T01:00:00Z")
        #expect(try shop.billed().contains("0003 OPEN RENEWAL 40"))
        #expect(try shop.credit() == .zero)
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `drafts of several months share what the account has, the oldest first`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try give(Amount(100), shop)
        try shop.at("2026-09-01T00:00:00Z")
        _ = try shop.subscription("s")
        let drafts = ["null DRAFT RENEWAL 0", "null DRAFT RENEWAL 20", "null DRAFT RENEWAL 60"]
        #expect(try Array(shop.billed().dropFirst()) == drafts)
        try shop.work(at: "2026-09-01T01:00:00Z")
        #expect(
            try Array(shop.billed().dropFirst()) == [
                "0002 PAID RENEWAL 0", "0003 OPEN RENEWAL 20", "0004 OPEN RENEWAL 60",
            ])
        #expect(try shop.credit() == .zero)
    }

    @Test func `a draft from before has taken its part already`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try give(Amount(20), shop)
        try shop.work(at: "2026-07-01T00:00:00Z")
        // As an earlier version left it: the account without the 20, and the draft with them.
        try give(Amount(-20), shop)
        try shop.store.write { _ = try $0.execute("UPDATE invoices SET takes_credit = 0") }
        #expect(try shop.billed().last == "null DRAFT RENEWAL 40")
        try give(Amount(5), shop)
        #expect(try shop.billed().last == "null DRAFT RENEWAL 35")
        try shop.work(at: "2026-07-01T01:00:00Z")
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 35")
        #expect(try shop.credit() == .zero)
    }
}
