import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations

/// What was not charged is not given back, and what was charged is not charged again. Figures by hand.
struct UnchargedChangeTests {
    private static let none: Payload = ["prorationBehavior": "NONE"]
    private static let now: Payload = ["prorationBehavior": "INVOICE_IMMEDIATELY"]

    private func shop(_ more: TextMap<Payload> = [:]) throws -> SeatShop {
        let shop = try SeatShop()
        try shop.publish([shop.seats(120)])
        try shop.publish([shop.seats(360)], as: "big")
        try shop.subscribe(10, more)
        try shop.fixture.at(SeatShop.half)
        return shop
    }

    @Test func `without prorations a change is due nothing before the next period`() throws {
        let shop = try shop()
        #expect(try shop.change(["charges": SeatShop.charges(12), "billingInformation": Self.none]) == "0 / 0")
        #expect(try shop.fixture.next()["invoice"]?["total"] == 1440)
        // The two that came free go without a credit, before those that were paid for.
        #expect(try shop.estimate(["charges": SeatShop.charges(13), "billingInformation": Self.now]) == "60 / 0")
        #expect(try shop.estimate(["charges": SeatShop.charges(10), "billingInformation": Self.now]) == "0 / 0")
        #expect(try shop.estimate(["charges": SeatShop.charges(9), "billingInformation": Self.now]) == "0 / 60")
        #expect(try shop.cancel() == "600")
    }

    @Test func `what was given up without prorations can be had again without a charge`() throws {
        let shop = try shop()
        #expect(try shop.change(["charges": SeatShop.charges(6), "billingInformation": Self.none]) == "0 / 0")
        #expect(try shop.estimate(["charges": SeatShop.charges(10), "billingInformation": Self.now]) == "0 / 0")
        #expect(try shop.estimate(["charges": SeatShop.charges(11), "billingInformation": Self.now]) == "60 / 0")
        #expect(try shop.estimate(["charges": SeatShop.charges(5), "billingInformation": Self.now]) == "0 / 60")
    }

    @Test func `a change of plan without prorations leaves what was paid for the old plan alone`() throws {
        let shop = try shop()
        let order: TextMap<Payload> = ["charges": SeatShop.charges(10), "billingInformation": Self.none]
        try shop.fixture.subscribe("big", order)
        #expect(try shop.fixture.credit() == .zero)
        // One more of the new plan is charged at its price; the ten that came free are not, nor is the old plan credited.
        #expect(try shop.change(["charges": SeatShop.charges(11), "billingInformation": Self.now]) == "180 / 0")
        // An end gives back what was paid for the time that is left, of whatever plan.
        #expect(try shop.cancel() == "780")
    }

    @Test func `a charge that came with a new version costs nothing before the next period`() throws {
        let shop = try SeatShop()
        try shop.publish([shop.flat(1200)])
        try shop.subscribe(nil)
        try shop.fixture.at("2026-04-01T00:00:00Z")
        try shop.publish([shop.flat(1200), shop.seats(120)], all: true)
        try shop.fixture.at(SeatShop.half)
        #expect(try shop.fixture.subscription("s")["charges"]?.list.first?["quantity"] == 1)
        #expect(try shop.estimate(3) == "120 / 0")
        #expect(try shop.estimate(0) == "0 / 0")
        #expect(try shop.fixture.next()["invoice"]?["total"] == 1320)
    }

    @Test func `a charge that a new version no longer has is paid for until the period ends`() throws {
        let shop = try SeatShop()
        try shop.publish([shop.flat(1200), shop.seats(120)])
        try shop.publish([shop.flat(70)], as: "extra", .addon)
        try shop.subscribe(10)
        try shop.fixture.at("2026-04-01T00:00:00Z")
        try shop.publish([shop.flat(1200)], all: true)
        try shop.fixture.at(SeatShop.half)
        #expect(try shop.change(["addons": SeatShop.addons(1)]) == "35 / 0")
        #expect(try shop.cancel() == "1235")
    }

    @Test func `a plan that a new version makes a paid one is charged from the next period on`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        let usage = Charge(
            id: "calls", billingModel: .usageBased, billingPeriod: .monthly, createdAt: shop.fixture.now,
            featureID: FeatureID("seats"), price: Money(Amount(1), "usd"))
        try shop.publish([usage])
        try shop.subscribe(nil)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        try shop.publish([usage, shop.flat(40)], all: true)
        #expect(try shop.fixture.subscription("s")["currentBillingPeriodEnd"] == "2026-07-01T00:00:00.000Z")
        #expect(try shop.fixture.next()["invoice"]?["total"] == 40)
        #expect(try shop.cancel() == "0")
    }

    @Test func `migrateSubscription prorates at once, what has another price alone`() throws {
        let shop = try SeatShop()
        try shop.publish([shop.flat(1200), shop.seats(120)])
        try shop.subscribe(10, ["appliedCoupon": SeatShop.coupon(20, months: 3)])
        try shop.fixture.at(SeatShop.half)
        try shop.publish([shop.flat(1200), shop.seats(240)])
        try shop.fixture.call(.migrateSubscription, ["id": "s", "subscriptionMigrationTime": "IMMEDIATE"])
        // 1200 for ten at 240, less the 480 that were left of ten with 20 % off; the base fee keeps its terms.
        #expect(try shop.fixture.credit() == .zero)
        #expect(try shop.cancel() == "1680", "1200, and 480 for the base fee")
    }

    @Test func `a minimum spend that rises or falls is charged by the difference`() throws {
        let shop = try SeatShop()
        try shop.publish([shop.seats(120)], minimum: 1000)
        try shop.subscribe(10, ["appliedCoupon": SeatShop.coupon(20, months: 3)])
        try shop.fixture.at("2026-04-01T00:00:00Z")
        try shop.publish([shop.seats(120)], all: true, minimum: 3000)
        try shop.fixture.at(SeatShop.half)
        func spend(_ amount: Int64) -> TextMap<Payload> {
            ["minimumSpend": ["amount": .integer(amount), "currency": "usd"]]
        }
        #expect(try shop.estimate(11) == "60 / 0")
        // The 2000 that the version brought were not charged, and are not given back.
        #expect(try shop.update(spend(900)) == Amount(40))
        #expect(try shop.cancel() == "880", "480 for seats, 40 for 100 less, and 360 for 900")
    }
}

/// Stores of before 0.2.0 kept what each price came to, and not what makes it so.
struct OldPaidPeriodTests {
    private static let line: Payload = [
        "packageId": "team", "charge": "plan/team/PER_UNIT/RECURRING/seats//", "title": "team: Seats",
        "featureId": "seats", "quantity": 10, "unitPrice": 120, "price": "1200000000000000000000", "terms": 0,
    ]
    private static let terms: Payload = [
        "discounts": [
            [
                "coupon": [
                    "name": "coupon", "percentOff": 20, "durationInMonths": 3, "appliedAt": "2026-01-01T00:00:00.000Z",
                ], "taken": 0, "of": 0,
            ]
        ]
    ]

    /// Ten seats at 120 with 20 % off, as version 0.1.0 wrote it.
    private func shop(risen: Bool) throws -> SeatShop {
        let shop = try SeatShop()
        try shop.publish([shop.seats(120)])
        try shop.subscribe(10)
        if risen {
            try shop.fixture.at("2026-04-01T00:00:00Z")
            try shop.publish([shop.seats(240)], all: true)
        }
        try shop.fixture.inScope { scope in
            var record = try #require(try scope.subscriptions.find("s"))
            guard case .object(var body) = record.stored else { return }
            body["paid"] = ["lines": [Self.line], "terms": [Self.terms]]
            record = try SubscriptionRecord(stored: .object(body))
            try scope.subscriptions.update(record)
        }
        try shop.fixture.at(SeatShop.half)
        return shop
    }

    @Test(arguments: [false, true])
    func `what was kept then is read, and worth the same`(risen: Bool) throws {
        let shop = try shop(risen: risen)
        let stored = try shop.fixture.record("s")
        #expect(try SubscriptionRecord(stored: Payload(json: stored.stored.json)) == stored)
        #expect(try shop.estimate(11) == "60 / 0")
        #expect(try shop.estimate(9) == "0 / 48")
        #expect(try shop.change(12) == "120 / 0")
        #expect(try shop.cancel() == "600")
    }
}
