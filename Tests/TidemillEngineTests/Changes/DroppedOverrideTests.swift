import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// Prices of the subscription's own go with the plan or add-on that they were made for, and the audit says so.
struct DroppedOverrideTests {
    private func shop() throws -> SeatShop {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.flat(60)])
        try shop.publish([shop.flat(10)], as: "small")
        try shop.publish([shop.flat(20)], as: "extra", .addon)
        let own: Payload = [
            ["baseCharge": true, "amount": 90, "currency": "usd"],
            ["baseCharge": true, "addonId": "extra", "amount": 15, "currency": "usd"],
        ]
        try shop.subscribe(nil, ["addons": SeatShop.addons(1), "priceOverrides": own])
        #expect(try shop.money() == "105 / 0")
        try shop.fixture.at("2026-06-16T00:00:00Z")
        return shop
    }

    private func audited(_ action: String, _ shop: SeatShop) throws -> [Payload] {
        try shop.fixture.store.read { connection in
            let texts: [String] = try connection.values(
                "SELECT details FROM audit WHERE action = $1 ORDER BY sequence", [.text(action)])
            return try texts.map { try Payload(json: $0) }
        }
    }

    @Test func `with another plan its own price goes, and that of an add-on that stays does not`() throws {
        let shop = try shop()
        try shop.fixture.subscribe("small", ["billingPeriod": "MONTHLY", "scheduleStrategy": "IMMEDIATE"])
        // Half of 90 less half of 10.
        #expect(try shop.money() == "105 / 40")
        let dropped = try audited("provisionSubscription", shop).last?["droppedPriceOverrides"]
        #expect(dropped?.items?.count == 1)
        #expect(dropped?.items?.first?["amount"] == 90)
        // 10 and 15.
        #expect(try shop.cancel() == "52.5", "40, and half of 25")
    }

    @Test func `nothing is told where nothing goes`() throws {
        let shop = try shop()
        try shop.change(["addons": SeatShop.addons(2)])
        #expect(try audited("updateSubscription", shop).last?["droppedPriceOverrides"] == nil)
    }
}
