import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// Versions that are published for all and are not sold as somebody has them.
struct OutdatedSubscriptionTests {
    private func publish(_ shop: SeatShop, _ amount: Int64, _ currency: String, all: Bool = true) throws {
        var price = shop.flat(amount)
        price.price = Money(Amount(amount), currency)
        try shop.publish([price], all: all)
    }

    private func found(_ shop: SeatShop) throws -> OutdatedSubscriptions? {
        try shop.fixture.store.read { try OutdatedSubscriptions.find(now: shop.fixture.now, on: $0) }
    }

    @Test func `who cannot follow is named until a version comes that they can follow`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try publish(shop, 60, "usd", all: false)
        try shop.subscribe(nil)
        #expect(try found(shop) == nil)
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try publish(shop, 70, "eur")
        #expect(try found(shop) == nil, "nobody has looked yet")
        _ = try shop.fixture.subscription("s")
        let held = try shop.fixture.record("s").planVersion
        #expect(
            try found(shop)
                == OutdatedSubscriptions(
                    count: 1, customerID: CustomerID("c"), subscriptionID: "s", packageID: "team", version: held,
                    published: held + 1))
        let reasons: [String] = try shop.fixture.store.read {
            try $0.values("SELECT details FROM audit WHERE action = 'subscriptionMigrated'")
        }
        #expect(
            reasons.count == 1 && reasons[0].contains("PriceNotFound") && reasons[0].contains("\"s\""), "\(reasons)")
        try publish(shop, 80, "usd")
        _ = try shop.fixture.subscription("s")
        #expect(try found(shop) == nil)
        #expect(try shop.fixture.next()["invoice"]?["total"] == 80)
    }

    @Test func `many are counted, those that are over are not`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try publish(shop, 60, "usd", all: false)
        for number in 0..<3 {
            try shop.fixture.call(.provisionCustomer, ["id": .string("c\(number)")])
            try shop.fixture.call(
                .provisionSubscription,
                [
                    "id": .string("s\(number)"), "customerId": .string("c\(number)"), "planId": "team",
                    "billingPeriod": "MONTHLY",
                ])
        }
        try publish(shop, 70, "eur")
        for number in 0..<3 { _ = try shop.fixture.subscription("s\(number)") }
        #expect(try found(shop)?.count == 3)
        try shop.fixture.call(.cancelSubscription, ["id": "s0", "cancellationTime": "IMMEDIATE"])
        #expect(try found(shop)?.count == 2)
    }
}
