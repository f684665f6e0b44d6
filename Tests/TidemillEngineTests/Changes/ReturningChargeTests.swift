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

    // MARK: - Neighbours

    @Test func `a minimum spend that comes back is worth what it was`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.flat(30)])
        let floor: Payload = ["amount": 60, "currency": "usd"]
        try shop.subscribe(nil, ["minimumSpend": floor])
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.update(["minimumSpend": .null]) == Amount(30))
        #expect(try shop.update(["minimumSpend": floor]) == Amount(-30))
        #expect(try shop.cancel() == "45", "30 of it, and 15 of the base fee")
    }

    @Test func `what waits for the next invoice is priced alike`() throws {
        let shop = try shop(extra: 20)
        try shop.publish([shop.flat(80)], as: "extra", .addon, all: true)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        let waits: Payload = ["prorationBehavior": "CREATE_PRORATIONS"]
        #expect(try shop.update(["addons": [], "billingInformation": waits]) == .zero)
        #expect(try shop.fixture.waiting() == Amount(-10))
        #expect(try shop.update(["addons": SeatShop.addons(1)]) == .zero)
        #expect(try shop.fixture.waiting() == .zero)
        #expect(try shop.fixture.next()["invoice"]?["total"] == 110)
    }

    @Test func `what was left without prorations comes back without a charge`() throws {
        let shop = try shop(extra: 20)
        try shop.publish([shop.flat(80)], as: "extra", .addon, all: true)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        let none: Payload = ["prorationBehavior": "NONE"]
        let now: Payload = ["prorationBehavior": "INVOICE_IMMEDIATELY"]
        #expect(try shop.change(["addons": [], "billingInformation": none]) == "0 / 0")
        #expect(try shop.change(["addons": SeatShop.addons(1), "billingInformation": now]) == "0 / 0")
        #expect(try shop.change(["addons": []]) == "0 / 10")
        // Without prorations it comes free, and what is added to that costs the period's price.
        #expect(try shop.change(["addons": SeatShop.addons(1), "billingInformation": none]) == "0 / 10")
        #expect(try shop.change(["addons": SeatShop.addons(2), "billingInformation": now]) == "0 / 0")
    }

    @Test func `seats that go at the period's end are prorated when they come`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.seats(30)])
        try shop.subscribe(1)
        try shop.fixture.call(
            .updateSubscription,
            ["id": "s", "charges": SeatShop.charges(0), "scheduleStrategy": "END_OF_BILLING_PERIOD"])
        // 16 of July's 31 days: 30 × 16 ÷ 31 = 15.48.
        try shop.fixture.at("2026-07-16T00:00:00Z")
        #expect(try shop.change(1) == "15.48 / 0")
        #expect(try start(shop) == "2026-07-01T00:00:00.000Z")
    }

    @Test func `the period's memory goes with the subscription to another customer`() throws {
        let shop = try shop(extra: 20)
        try shop.publish([shop.flat(80)], as: "extra", .addon, all: true)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.change(["addons": []]) == "0 / 10")
        try shop.fixture.call(.provisionCustomer, ["id": "d"])
        try shop.fixture.call(.delegateSubscription, ["subscriptionId": "s", "targetCustomerId": "d"])
        #expect(try shop.change(["addons": SeatShop.addons(1)]) == "0 / 0")
    }

    @Test func `what costs nothing has no currency, and a period keeps the one that it was paid in`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        let fixture = shop.fixture
        try fixture.call(.updateCustomer, ["id": "c", "billingCurrency": "eur"])
        try fixture.plan("free")
        try fixture.publish(
            .plan, "euro",
            PackageBody(
                productID: "p", displayName: "euro", pricingType: .paid,
                charges: [
                    Charge(
                        id: "base", billingModel: .flatFee, billingPeriod: .monthly, createdAt: fixture.now,
                        price: Money(Amount(30), "eur"))
                ], createdAt: fixture.now, updatedAt: fixture.now), all: false)
        try fixture.subscribe("free", ["id": "s"])
        try fixture.at("2026-06-11T00:00:00Z")
        try fixture.call(.updateSubscription, ["id": "s", "metadata": ["a": "b"]])
        #expect(try start(shop) == "2026-06-01T00:00:00.000Z")
        func go(to plan: String) throws {
            try fixture.subscribe(plan, ["billingPeriod": "MONTHLY", "scheduleStrategy": "IMMEDIATE"])
        }
        try go(to: "euro")
        #expect(try start(shop) == "2026-06-11T00:00:00.000Z", "the first thing that is paid in advance")
        try fixture.at("2026-06-16T00:00:00Z")
        try go(to: "free")
        // 25 of 30 days of 30.
        #expect(try fixture.credit(CustomerID("c"), "eur") == Amount(25))
        try fixture.at("2026-06-21T00:00:00Z")
        try go(to: "euro")
        #expect(try fixture.credit(CustomerID("c"), "eur") == Amount(5), "20 of 30 days")
        #expect(try start(shop) == "2026-06-11T00:00:00.000Z")
    }

    @Test func `what is due once is not due again when it comes back`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.flat(30)])
        var setup = shop.flat(50)
        setup.id = "setup"
        setup.billingCadence = .oneOff
        try shop.publish([shop.flat(20), setup], as: "extra", .addon)
        try shop.subscribe(nil, ["addons": SeatShop.addons(1)])
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.change(["addons": []]) == "0 / 10")
        #expect(try shop.change(["addons": SeatShop.addons(1)]) == "0 / 0")
        // A second one is set up, once: 50 and half of 20.
        #expect(try shop.change(["addons": SeatShop.addons(2)]) == "60 / 0")
        #expect(try shop.change(["addons": []]) == "0 / 20")
        #expect(try shop.change(["addons": SeatShop.addons(2)]) == "0 / 0")
        #expect(try shop.change(["addons": []]) == "0 / 20")
        // In another period it is: 50 and 16 of 31 days of 20. July's base fee took the 20.
        try shop.fixture.at("2026-07-16T00:00:00Z")
        #expect(try shop.change(["addons": SeatShop.addons(1)]) == "60.32 / 0")
    }
}
