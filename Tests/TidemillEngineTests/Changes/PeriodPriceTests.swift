import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations

/// What a period remembers of prices, taxes and minimum spends when something leaves it and comes back. June 2026 has 30
/// days, and from the 16th half of it is left. Figures by hand.
struct PeriodPriceTests {
    private func shop(
        _ charges: (SeatShop) -> [Charge], seats: Int64?, _ more: TextMap<Payload> = [:]
    ) throws -> SeatShop {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish(charges(shop))
        try shop.subscribe(seats, more)
        return shop
    }

    // MARK: - Prices of the subscription's own

    private static func own(_ amount: Int64, addon: Bool = false) -> Payload {
        addon
            ? [["addonId": "extra", "baseCharge": true, "amount": .integer(amount), "currency": "usd"]]
            : [["featureId": "seats", "amount": .integer(amount), "currency": "usd"]]
    }

    @Test(arguments: [(90, "120 / 90"), (3, "60 / 30")])
    func `a seat costs the list's price again when the own one was taken back`(_ price: Int64, away: String) throws {
        let shop = try shop({ [$0.seats(30)] }, seats: 2)
        try shop.publish([shop.seats(50)], all: true)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        // Two at 90 for half of the month are 60 more than what comes back; two at 3 are 27 less.
        #expect(try shop.update(["priceOverrides": Self.own(price)]) == Amount(price == 90 ? 0 : 27))
        #expect(try shop.change(0).hasSuffix(String(away.split(separator: " ").last ?? "")))
        #expect(try shop.update(["priceOverrides": []]) == .zero)
        let kept = try shop.fixture.credit()
        // Half of two at the 30 of the period's beginning.
        try shop.change(2)
        #expect(try kept - shop.fixture.credit() == Amount(30))
        // With the next period comes the price of then.
        #expect(try shop.fixture.next()["invoice"]?["subTotal"] == 100)
    }

    @Test func `an add-on does so too, while it is held and while it is not`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.flat(60)])
        try shop.publish([shop.flat(20)], as: "extra", .addon)
        try shop.subscribe(nil, ["addons": SeatShop.addons(1)])
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.update(["priceOverrides": Self.own(80, addon: true)]) == .zero)
        try shop.publish([shop.flat(50)], as: "extra", .addon, all: true)
        #expect(try shop.update(["priceOverrides": []]) == Amount(30), "40 less 10")
        #expect(try shop.update(["priceOverrides": Self.own(80, addon: true)]) == Amount(-30))
        #expect(try shop.change(["addons": []]) == "0 / 40")
        #expect(try shop.update(["priceOverrides": []]) == .zero)
        #expect(try shop.change(["addons": SeatShop.addons(1)]) == "0 / 30")
        #expect(try shop.change(["addons": []]) == "0 / 40")
    }

    @Test func `where the own price is older than the period, the list's price rules after it`() throws {
        let shop = try shop({ [$0.seats(30)] }, seats: 2, ["priceOverrides": Self.own(90)])
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.change(0) == "0 / 90")
        #expect(try shop.update(["priceOverrides": []]) == .zero)
        #expect(try shop.change(2) == "0 / 60")
    }

    @Test func `an own price that came while nothing was held rules what comes`() throws {
        let shop = try shop({ [$0.seats(30)] }, seats: 2)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.change(0) == "0 / 30")
        #expect(try shop.update(["priceOverrides": Self.own(90)]) == .zero)
        #expect(try shop.change(2) == "60 / 0", "90 less the 30")
    }

    // MARK: - Tax of what waits

    private static func waits(_ tax: Int64) -> Payload {
        ["prorationBehavior": "CREATE_PRORATIONS", "taxPercentage": .integer(tax)]
    }

    /// Each time is worth its seats with the tax of when they came: at 30 a seat and month a dollar a day.
    @Test(arguments: [(0, 20, 30, 5), (20, 0, 36, 6)] as [(Int64, Int64, Int64, Int64)])
    func `what waits keeps the tax of its change both ways`(
        _ first: Int64, _ later: Int64, start: Int64, kept: Int64
    ) throws {
        let shop = try shop({ [$0.seats(30)] }, seats: 1, ["billingInformation": Self.waits(first)])
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.update(["charges": SeatShop.charges(2)]) == .zero)
        _ = try shop.update(["billingInformation": Self.waits(later)])
        try shop.fixture.at("2026-06-21T00:00:00Z")
        #expect(try shop.update(["charges": SeatShop.charges(0)]) == .zero)
        try shop.fixture.at("2026-07-01T00:00:00Z")
        // 30 were paid, 15 came and 20 went: 20 days of one and 5 of the other are 25, with the first tax 30 at 20 %.
        let invoices = try shop.fixture.call(.listInvoices, ["id": "c", "includeDrafts": true])["data"]?.items ?? []
        let renewal = invoices.first { $0["cause"] == "RENEWAL" }
        #expect(renewal?["total"] == 0 && renewal?["creditAdded"] == .integer(kept))
        #expect(invoices.first { $0["cause"] == "START" }?["total"] == .integer(start))
    }

    @Test func `what waits is billed with its own tax, and so is what an end gives back of it`() throws {
        let shop = try shop({ [$0.seats(30)] }, seats: 1, ["billingInformation": Self.waits(0)])
        try shop.fixture.at("2026-06-16T00:00:00Z")
        _ = try shop.update(["charges": SeatShop.charges(2)])
        _ = try shop.update(["billingInformation": Self.waits(20)])
        #expect(try shop.fixture.next()["invoice"]?["total"] == 87, "15, and two for July with 20 %: 72")
        try shop.fixture.at("2026-06-26T00:00:00Z")
        _ = try shop.update(["charges": SeatShop.charges(1)])
        try shop.fixture.at("2026-06-27T00:00:00Z")
        try shop.fixture.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": true])
        // 26 days of one and 10 of the other are 36, of which 30 are paid.
        #expect(try shop.fixture.next()["invoice"]?["total"] == 6)
    }

    // MARK: - Minimum spends

    /// `team` costs a dollar a call, at least 60 a month, and `big` 90.
    private func floor(_ more: TextMap<Payload> = [:]) throws -> SeatShop {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.fixture.call(
            .createFeature,
            ["id": "calls", "displayName": "calls", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
        let calls = Charge(
            id: "calls", billingModel: .usageBased, billingPeriod: .monthly, createdAt: shop.fixture.now,
            featureID: FeatureID("calls"), price: Money(Amount(1), "usd"))
        try shop.publish([calls], minimum: 60)
        try shop.publish([shop.flat(90)], as: "big")
        try shop.subscribe(nil, more)
        return shop
    }

    private func go(to plan: String, _ shop: SeatShop) throws {
        try shop.fixture.subscribe(plan, ["billingPeriod": "MONTHLY", "scheduleStrategy": "IMMEDIATE"])
    }

    private func use(_ calls: Int64, _ shop: SeatShop) throws {
        try shop.fixture.call(.reportUsage, ["customerId": "c", "featureId": "calls", "value": .integer(calls)])
    }

    /// 30 of the 60 come back and are paid again, beside 45 of `big` that come and go: 15 are left in the account.
    @Test(arguments: [(0, 60, 45), (0, 61, 46), (10, 50, 45), (10, 51, 46), (30, 30, 45)] as [(Int64, Int64, Int64)])
    func `a minimum spend pays for usage when its plan comes back`(
        _ before: Int64, _ after: Int64, total: Int64
    ) throws {
        let shop = try floor()
        if before > 0 { try use(before, shop) }
        try shop.fixture.at("2026-06-16T00:00:00Z")
        try go(to: "big", shop)
        try go(to: "team", shop)
        #expect(try shop.fixture.credit() == Amount(15))
        try use(after, shop)
        #expect(try shop.fixture.next()["invoice"]?["total"] == .integer(total))
    }

    @Test func `of a minimum spend that was away what was paid of it pays`() throws {
        let shop = try floor()
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try go(to: "big", shop)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        try go(to: "team", shop)
        // 40 of 60 came back, and 30 are paid: 50 pay for usage, and the 15 of the account for a part of the rest.
        try use(52, shop)
        #expect(try shop.fixture.next()["invoice"]?["total"] == 47)
    }

    @Test func `without prorations all of it does`() throws {
        let shop = try floor(["billingInformation": ["prorationBehavior": "NONE"]])
        try shop.fixture.at("2026-06-16T00:00:00Z")
        try go(to: "big", shop)
        try go(to: "team", shop)
        try use(70, shop)
        #expect(try shop.fixture.next()["invoice"]?["total"] == 70)
    }

    // MARK: - What is due once

    @Test(arguments: [true, false])
    func `more of what is due once costs what it did when the period began`(isAway: Bool) throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.flat(30)])
        func publish(setup price: Int64, all: Bool) throws {
            var setup = shop.flat(price)
            setup.id = "setup"
            setup.billingCadence = .oneOff
            try shop.publish([shop.flat(20), setup], as: "extra", .addon, all: all)
        }
        try publish(setup: 50, all: false)
        try shop.subscribe(nil, ["addons": SeatShop.addons(1)])
        try shop.fixture.at("2026-06-16T00:00:00Z")
        if isAway { #expect(try shop.change(["addons": []]) == "0 / 10") }
        try publish(setup: 70, all: true)
        if isAway { #expect(try shop.change(["addons": SeatShop.addons(1)]) == "0 / 0") }
        // 50 and half of 20.
        #expect(try shop.change(["addons": SeatShop.addons(2)]) == "60 / 0")
        let invoices = try shop.fixture.call(.listInvoices, ["id": "c", "includeDrafts": true])["data"]?.items ?? []
        let lines = invoices.flatMap { $0["lineItems"]?.items ?? [] }
        #expect(lines.contains { $0["amount"] == 50 && $0["quantity"] == 1 }, "one more at 50")
        // With the next period comes the price of then: 70, and 16 of 31 days of 20.
        try shop.fixture.at("2026-07-16T00:00:00Z")
        #expect(try shop.change(["addons": SeatShop.addons(3)]) == "80.32 / 0")
    }
}
