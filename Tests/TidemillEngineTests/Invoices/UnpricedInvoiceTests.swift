import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// What cannot be priced when it is due: it is never left out, says why, and is made whole when it can be. A call costs a
/// thousand, so that ten million billion of them are beyond what an amount may be.
struct UnpricedInvoiceTests {
    private let tooMany: Int64 = 10_000_000_000_000_000

    private func shop() throws -> EngineFixture {
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.plan("dear", monthly: 60, annually: 600, calls: Amount(1000))
        try shop.subscribe("dear", ["id": "s", "billingPeriod": "MONTHLY"])
        try shop.use(tooMany, at: "2026-06-10T00:00:00Z")
        try shop.work(at: "2026-07-01T00:00:00Z")
        #expect(try shop.billed() == ["0001 OPEN START 60", "null DRAFT RENEWAL 0"])
        return shop
    }

    private func problem(_ shop: EngineFixture) throws -> String? {
        try shop.invoices().compactMap { $0["problem"]?.text }.first
    }

    @Test func `it is tried again every hour, and becomes whole`() throws {
        let shop = try shop()
        #expect(try problem(shop)?.contains("18 digits") == true)
        let stuck = try shop.store.read { try StuckInvoices.find(on: $0) }
        #expect(stuck?.count == 1)
        try shop.work(at: "2026-07-01T00:00:15Z")
        #expect(try shop.billed().last == "null DRAFT RENEWAL 0")
        try shop.use(4 - tooMany, at: "2026-06-11T00:00:00Z")
        try shop.work(at: "2026-07-01T00:30:00Z")
        #expect(try problem(shop) != nil)
        try shop.work(at: "2026-07-01T02:00:00Z")
        #expect(try shop.billed().last == "null DRAFT RENEWAL 4060")
        #expect(try problem(shop) == nil)
        // Its grace begins when it is whole.
        try shop.use(1, at: "2026-06-12T00:00:00Z")
        try shop.work(at: "2026-07-01T02:59:59Z")
        #expect(try shop.billed().last == "null DRAFT RENEWAL 5060")
        try shop.work(at: "2026-07-01T03:00:00Z")
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 5060")
        #expect(
            try shop.announcedInvoices() == [
                "invoice.created", "invoice.finalized", "invoice.created", "invoice.finalized",
            ])
        // What was charged for July is known from now on: half of it comes back.
        try shop.at("2026-07-16T12:00:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": true])
        #expect(try shop.credit() == Amount(30))
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `it is tried at once when the catalog has changed, and otherwise keeps its problem`() throws {
        let shop = try shop()
        try shop.work(at: "2026-07-01T00:00:15Z")
        try shop.use(4 - tooMany, at: "2026-06-11T00:00:00Z")
        try shop.work(at: "2026-07-01T00:10:00Z")
        #expect(try problem(shop) != nil)
        try shop.call(.createCoupon, ["id": "less", "name": "less", "percentOff": 20])
        try shop.work(at: "2026-07-01T00:10:15Z")
        #expect(try shop.billed().last == "null DRAFT RENEWAL 4060")
    }

    @Test func `it holds up no other month, and each is made whole with its own usage`() throws {
        let shop = try shop()
        try shop.use(3, at: "2026-07-10T00:00:00Z")
        try shop.month("08")
        let before = try shop.billed()
        #expect(before == ["0001 OPEN START 60", "null DRAFT RENEWAL 0", "0002 OPEN RENEWAL 3060"])
        // So much later a person says that it is true.
        try shop.use(4 - tooMany, at: "2026-06-11T00:00:00Z")
        let accepted = try DecideLateUsage.Input.shape.decode(
            ["customerId": "c", "decision": "ACCEPTED", "reason": "it was a slip"], as: "input")
        let count = try shop.store.write { try TooLateUsage($0).decide(accepted, at: shop.now).count }
        #expect(count == 1)
        try shop.work(at: "2026-08-01T03:00:00Z")
        try shop.work(at: "2026-08-01T04:00:00Z")
        let billed = try shop.billed()
        #expect(billed == ["0001 OPEN START 60", "0003 OPEN RENEWAL 4060", "0002 OPEN RENEWAL 3060"])
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `an end that cannot be priced is settled later, with what it gives back`() throws {
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.plan("dear", monthly: 60, annually: 600, calls: Amount(1000))
        try shop.subscribe("dear", ["id": "s", "billingPeriod": "MONTHLY"])
        try shop.use(tooMany, at: "2026-06-10T00:00:00Z")
        try shop.at("2026-06-16T00:00:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": true])
        #expect(try shop.billed() == ["0001 OPEN START 60", "null DRAFT END 0"])
        #expect(try shop.credit() == .zero)
        try shop.use(4 - tooMany, at: "2026-06-11T00:00:00Z")
        try shop.work(at: "2026-06-16T01:00:00Z")
        #expect(try shop.billed() == ["0001 OPEN START 60", "0002 PAID END 0"])
        #expect(try shop.credit() == Amount(30))
        #expect(try shop.waiting() == Amount(4000))
        #expect(try shop.verifyInvoices() == [])
    }
}
