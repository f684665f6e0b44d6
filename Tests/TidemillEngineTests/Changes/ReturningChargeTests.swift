import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations

/// What leaves and comes back within a period goes on with that period, at the period's own price. June 2026 has 30 days,
/// and from the 16th half of it is left. Figures by hand.
struct ReturningChargeTests {
    /// A base fee of 30 a month, and the add-on `extra` at `price`, of which there is one.
    private func shop(extra price: Int64, _ more: TextMap<Payload> = [:]) throws -> SeatShop {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.flat(30)])
        try shop.publish([shop.flat(price)], as: "extra", .addon)
        try shop.subscribe(nil, ["addons": SeatShop.addons(1)].merging(more) { $1 })
        return shop
    }

    private func start(_ shop: SeatShop) throws -> Payload? {
        try shop.fixture.subscription("s")["currentBillingPeriodStart"]
    }

    @Test(arguments: [true, false])
    func `an add-on that comes back costs what it did when the period began`(all: Bool) throws {
        let shop = try shop(extra: 20)
        try shop.fixture.at("2026-06-10T00:00:00Z")
        try shop.publish([shop.flat(80)], as: "extra", .addon, all: all)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.estimate(["addons": SeatShop.addons(2)]) == "10 / 0")
        // Half of 20 comes back, and pays for the same half.
        #expect(try shop.change(["addons": []]) == "0 / 10")
        #expect(try shop.change(["addons": SeatShop.addons(1)]) == "0 / 0")
        #expect(try shop.change(["addons": SeatShop.addons(2)]) == "10 / 0")
        // 30 and 2 × 80.
        #expect(try shop.fixture.next()["invoice"]?["total"] == 190)
        // 15 of the base fee, and 2 × 10.
        #expect(try shop.cancel() == "35")
    }

    @Test func `a lower price comes with the next period`() throws {
        let shop = try shop(extra: 80)
        try shop.fixture.at("2026-06-10T00:00:00Z")
        try shop.publish([shop.flat(20)], as: "extra", .addon, all: true)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.change(["addons": []]) == "0 / 40")
        #expect(try shop.change(["addons": SeatShop.addons(1)]) == "0 / 0")
        #expect(try shop.change(["addons": []]) == "0 / 40")
        // A third of June is left: 80 ÷ 3 = 26.67 of the 40.
        try shop.fixture.at("2026-06-21T00:00:00Z")
        #expect(try shop.change(["addons": SeatShop.addons(1)]) == "0 / 13.33")
        // 30 + 20 − 13.33.
        #expect(try shop.fixture.next()["invoice"]?["total"]?.json == "36.67")
        try shop.fixture.at("2026-07-01T00:00:00Z")
        #expect(try shop.change(["addons": []]) == "0 / 20")
        #expect(try shop.change(["addons": SeatShop.addons(1)]) == "0 / 0")
    }

    @Test func `what is not back when the period ends costs the price of then`() throws {
        let shop = try shop(extra: 20)
        try shop.fixture.at("2026-06-10T00:00:00Z")
        try shop.publish([shop.flat(80)], as: "extra", .addon, all: true)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.change(["addons": []]) == "0 / 10")
        // 16 of July's 31 days are left: 80 × 16 ÷ 31 = 41.29. July's base fee took the 10.
        try shop.fixture.at("2026-07-16T00:00:00Z")
        #expect(try shop.change(["addons": SeatShop.addons(1)]) == "41.29 / 0")
    }

    @Test func `it comes back with the discounts and the tax of now`() throws {
        let shop = try shop(extra: 20, ["appliedCoupon": SeatShop.coupon(50)])
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.change(["addons": []]) == "0 / 5")
        try shop.change(["appliedCoupon": .null, "billingInformation": ["taxPercentage": 10]])
        // 10 and 10 %, less the 5.
        #expect(try shop.change(["addons": SeatShop.addons(1)]) == "6 / 0")
        #expect(try shop.change(["addons": []]) == "0 / 11")
    }

    @Test func `a price of the subscription's own holds for what comes back with it`() throws {
        let shop = try shop(extra: 20)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.change(["addons": []]) == "0 / 10")
        let own: TextMap<Payload> = [
            "addons": SeatShop.addons(1), "priceOverrides": [["addonId": "extra", "amount": 6]],
        ]
        // Half of 6 of the 10.
        #expect(try shop.update(own) == Amount(-3))
        #expect(try shop.cancel() == "25", "7 that were kept, 3, and 15 of the base fee")
    }

    @Test func `plans that are left and come back each cost their own price of the period`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.flat(30)])
        try shop.publish([shop.flat(60)], as: "big")
        try shop.subscribe(nil)
        func change(to plan: String) throws -> String {
            let before = try shop.fixture.credit()
            let order: Payload = [
                "customerId": "c", "planId": .string(plan), "billingPeriod": "MONTHLY",
                "scheduleStrategy": "IMMEDIATE",
            ]
            let preview = try shop.fixture.call(.previewSubscription, order)
            try shop.fixture.call(.provisionSubscription, order)
            return "\(preview["immediateInvoice"]?["total"]?.json ?? "?") / \(try shop.fixture.credit() - before)"
        }
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try change(to: "big") == "15 / 0", "30 less 15")
        try shop.publish([shop.flat(10)], all: true)
        try shop.publish([shop.flat(600)], as: "big", all: true)
        #expect(try change(to: "team") == "0 / 15")
        #expect(try change(to: "big") == "0 / -15")
        #expect(try change(to: "team") == "0 / 15")
        #expect(try start(shop) == "2026-06-01T00:00:00.000Z")
        #expect(try shop.fixture.next()["invoice"]?["subTotal"] == 10)
        #expect(try shop.cancel() == "30", "15 of the plan, and 15 that were kept")
    }

    @Test func `a paid plan without seats keeps its period, and a seat is prorated`() throws {
        let shop = try SeatShop(.monthly, start: "2026-04-01T00:00:00Z")
        try shop.publish([shop.seats(30)])
        try shop.subscribe(2)
        try shop.fixture.at("2026-04-10T00:00:00Z")
        // 21 of 30 days of 60.
        #expect(try shop.change(0) == "0 / 42")
        try shop.fixture.at("2026-04-30T00:00:00Z")
        let estimate = try shop.fixture.call(
            .estimateSubscriptionUpdate, ["subscriptionId": "s", "charges": SeatShop.charges(1)])
        #expect(estimate.money("subTotal") == "1", "one day of 30")
        #expect(estimate["billingPeriodRange"]?["start"] == "2026-04-01T00:00:00.000Z")
        #expect(try shop.change(1) == "0 / 41")
        #expect(try start(shop) == "2026-04-01T00:00:00.000Z")
        #expect(try shop.fixture.subscription("s")["currentBillingPeriodEnd"] == "2026-05-01T00:00:00.000Z")
    }

    @Test func `nor does a first seat begin one, or the first that is not free`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.seats(30)])
        try shop.subscribe(0)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.change(1) == "15 / 0")
        #expect(try start(shop) == "2026-06-01T00:00:00.000Z")

        let tiers = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try tiers.publish([tiers.tiers(.graduated, [(3, 0, nil), (nil, 30, nil)])])
        try tiers.subscribe(2)
        try tiers.fixture.at("2026-06-16T00:00:00Z")
        #expect(try tiers.change(3) == "0 / 0")
        #expect(try tiers.change(4) == "15 / 0")
        #expect(try start(tiers) == "2026-06-01T00:00:00.000Z")
    }
}
