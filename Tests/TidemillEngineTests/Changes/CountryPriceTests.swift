import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations

/// Who moves to another country within a period pays what the list of that period says there, whatever versions are
/// published for all meanwhile. June 2026 has 30 days: a version comes on the 11th, and changes on the 16th, when half is
/// left. Figures by hand: what was billed, and what the account has.
struct CountryPriceTests {
    private func local(_ shop: SeatShop, _ make: (Int64) -> Charge, _ prices: [String?: Int64]) -> [Charge] {
        prices.sorted { $0.key ?? "" < $1.key ?? "" }.map { country, amount in
            var charge = make(amount)
            charge.id += country ?? ""
            charge.billingCountryCode = country
            return charge
        }
    }

    /// A plan `team` for 60, in Germany 50, and ten times as much from the 11th on.
    private func shop(versionAt day: Int? = 11, _ more: TextMap<Payload> = [:]) throws -> SeatShop {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish(local(shop, shop.flat, [nil: 60, "DE": 50]))
        try shop.subscribe(nil, more)
        if let day { try raise(shop, on: day) }
        try shop.fixture.at("2026-06-16T00:00:00Z")
        return shop
    }

    private func raise(_ shop: SeatShop, on day: Int) throws {
        try shop.fixture.at("2026-06-\(day)T00:00:00Z")
        try shop.publish(local(shop, shop.flat, [nil: 600, "DE": 500]), all: true)
    }

    private func move(_ shop: SeatShop, to country: String, _ more: TextMap<Payload> = [:]) throws {
        let order: TextMap<Payload> = [
            "billingPeriod": "MONTHLY", "billingCountryCode": .string(country), "scheduleStrategy": "IMMEDIATE",
        ]
        try shop.fixture.subscribe("team", order.merging(more) { $1 })
    }

    @Test func `who moves after a new version pays the period's price of the other country`() throws {
        let shop = try shop()
        try move(shop, to: "DE")
        #expect(try shop.money() == "60 / 5", "half of 60 less half of 50")
        try move(shop, to: "US")
        #expect(try shop.money() == "60 / 0")
        // 600 with July.
        #expect(try shop.fixture.next()["invoice"]?["total"] == 600)
        try move(shop, to: "AT")
        #expect(try shop.money() == "60 / 0", "Austria has the price of all")
        #expect(try shop.cancel() == "30")
    }

    @Test func `who moved before the new version moves back at the period's price`() throws {
        let shop = try shop(versionAt: nil)
        try move(shop, to: "DE")
        try raise(shop, on: 16)
        try move(shop, to: "US")
        #expect(try shop.money() == "60 / 0")
        try move(shop, to: "DE")
        #expect(try shop.money() == "60 / 5")
        #expect(try shop.cancel() == "30", "5 and half of 50")
    }

    @Test func `a version that ends the difference ends it with the next period`() throws {
        let shop = try shop(versionAt: nil)
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.publish([shop.flat(600)], all: true)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        try move(shop, to: "DE")
        #expect(try shop.money() == "60 / 5")
        #expect(try shop.fixture.next()["invoice"]?["total"] == 595, "600 less the 5")
    }

    @Test func `one that brings a difference brings it with the next period`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.flat(60)])
        try shop.subscribe(nil)
        try raise(shop, on: 11)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        try move(shop, to: "DE")
        #expect(try shop.money() == "60 / 0")
        #expect(try shop.fixture.next()["invoice"]?["total"] == 500)
    }

    @Test func `an own price that is cleared elsewhere gives way to the period's price there`() throws {
        let own: Payload = [["baseCharge": true, "amount": 90, "currency": "usd"]]
        let shop = try shop(["priceOverrides": own])
        try move(shop, to: "DE", ["priceOverrides": own])
        #expect(try shop.money() == "90 / 0", "an own price is of no country")
        #expect(try shop.update(["priceOverrides": []]) == Amount(20), "half of 90 less half of 50")
        try move(shop, to: "US")
        #expect(try shop.money() == "90 / 15", "half of 90 less half of 60")
    }

    @Test func `what left and comes back costs what it did where it comes back`() throws {
        let shop = try shop()
        try shop.publish([shop.flat(10)], as: "small")
        try shop.fixture.subscribe("small", ["billingPeriod": "MONTHLY", "scheduleStrategy": "IMMEDIATE"])
        #expect(try shop.money() == "60 / 25", "half of 60 less half of 10")
        try move(shop, to: "DE")
        #expect(try shop.money() == "60 / 5", "25 and half of 10, less half of 50")
    }

    @Test func `an add-on that left comes back at the price of the other country`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.flat(60)])
        try shop.publish(local(shop, shop.flat, [nil: 20, "DE": 8]), as: "extra", .addon)
        try shop.subscribe(nil, ["addons": SeatShop.addons(2)])
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.publish(local(shop, shop.flat, [nil: 200, "DE": 80]), as: "extra", .addon, all: true)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.change(["addons": []]) == "0 / 20", "half of 2 × 20")
        try move(shop, to: "DE", ["addons": SeatShop.addons(3)])
        #expect(try shop.money() == "100 / 8", "20 less half of 3 × 8")
    }

    @Test func `seats that come with a move cost the period's price of the other country`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish(local(shop, { shop.seats($0) }, [nil: 30, "DE": 20]))
        try shop.subscribe(2)
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.publish(local(shop, { shop.seats($0) }, [nil: 300, "DE": 200]), all: true)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        try move(shop, to: "DE", ["charges": SeatShop.charges(4)])
        #expect(try shop.money() == "70 / 0", "half of 4 × 20 less half of 2 × 30")
        #expect(try shop.change(1) == "0 / 30")
        try move(shop, to: "US", ["charges": SeatShop.charges(1)])
        #expect(try shop.money() == "70 / 25", "half of 30 less half of 20")
    }

    @Test func `what is due once costs the period's price of the other country`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        func setUp(_ amount: Int64) -> Charge {
            var charge = shop.flat(amount)
            charge.billingCadence = .oneOff
            return charge
        }
        try shop.publish([shop.flat(60)])
        try shop.publish(local(shop, setUp, [nil: 12, "DE": 10]), as: "extra", .addon)
        try shop.subscribe(nil, ["addons": SeatShop.addons(1)])
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.publish(local(shop, setUp, [nil: 120, "DE": 100]), as: "extra", .addon, all: true)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        try move(shop, to: "DE", ["addons": SeatShop.addons(3)])
        #expect(try shop.money() == "92 / 0", "60 and 12, and two more for 10 each")
    }

    @Test func `a version by order has its own prices of all countries`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish(local(shop, shop.flat, [nil: 60, "DE": 50]))
        try shop.subscribe(nil)
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.publish(local(shop, shop.flat, [nil: 60, "DE": 40]))
        try shop.fixture.at("2026-06-16T00:00:00Z")
        try shop.fixture.call(.migrateSubscription, ["id": "s", "subscriptionMigrationTime": "IMMEDIATE"])
        #expect(try shop.money() == "60 / 0")
        try move(shop, to: "DE")
        #expect(try shop.money() == "60 / 10", "half of 60 less half of 40")
    }

    // MARK: - Prices in another currency

    /// A plan `team` for 60 usd a month and 600 a year, a year in Germany for 500 eur; `big` and `extra` in Germany in eur
    /// too. The customer is in Germany, and has `team` by the month.
    private func elsewhere(_ more: TextMap<Payload> = [:]) throws -> SeatShop {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        func euros(_ amount: Int64, _ period: BillingPeriod) -> Charge {
            var charge = shop.flat(amount)
            charge.id += "-eur-\(period)"
            charge.billingPeriod = period
            charge.billingCountryCode = "DE"
            charge.price = Money(Amount(amount), "eur")
            return charge
        }
        var yearly = shop.flat(600)
        yearly.id = "yearly"
        yearly.billingPeriod = .annually
        try shop.publish([shop.flat(60), yearly, euros(500, .annually)])
        try shop.publish([shop.flat(90), euros(80, .monthly)], as: "big")
        try shop.publish([shop.flat(9), euros(8, .monthly)], as: "extra", .addon)
        try shop.publish([shop.flat(5)], as: "other", .addon)
        try shop.subscribe(nil, ["billingCountryCode": "DE"].merging(more) { $1 })
        #expect(try shop.money() == "60 / 0")
        return shop
    }

    private static let orders: [(TextMap<Payload>, String, String)] = [
        (["planId": "team", "billingPeriod": "ANNUALLY"], "plan", "team"),
        (["planId": "big", "billingPeriod": "MONTHLY"], "plan", "big"),
        (["planId": "team", "billingPeriod": "MONTHLY", "addons": SeatShop.addons(1)], "add-on", "extra"),
    ]

    @Test(arguments: orders, [OperationID.provisionSubscription, .previewSubscription, .estimateSubscription])
    func `what is sold in another currency there is refused, whatever brings it`(
        order: (TextMap<Payload>, String, String), operation: OperationID
    ) throws {
        let shop = try elsewhere()
        let before = try shop.fixture.record("s")
        let error = #expect(throws: OperationError.self) {
            try shop.fixture.call(operation, .object(order.0.merging(["customerId": "c"]) { $1 }))
        }
        #expect(error?.code == .priceNotFound)
        #expect(
            error?.message
                == "\(operation.rawValue): the \(order.1) \"\(order.2)\" is sold in eur in DE, and the subscription is charged in usd as long as it lasts; add a price in usd for DE, or cancel it and provision one with this 'billingCountryCode'"
        )
        #expect(try shop.fixture.record("s") == before)
    }

    @Test func `an add-on that is sold there in another currency than its plan is refused at the beginning`() throws {
        let error = #expect(throws: OperationError.self) { try elsewhere(["addons": SeatShop.addons(1)]) }
        #expect(
            error?.message
                == "provisionSubscription: the add-on \"extra\" is sold in eur in DE, and the subscription is charged in usd, as its plan; add a price in usd for DE, or leave it out of the subscription"
        )
    }

    @Test func `other changes go on, and whoever named a currency gets the price of all in it`() throws {
        let shop = try elsewhere()
        try shop.fixture.at("2026-06-16T00:00:00Z")
        let other: Payload = [["id": "other", "quantity": 2]]
        #expect(try shop.change(["addons": other]) == "5 / 0")
        try shop.fixture.call(.updateCustomer, ["id": "c", "billingCurrency": "usd"])
        try shop.fixture.subscribe("big", ["billingPeriod": "MONTHLY", "scheduleStrategy": "IMMEDIATE"])
        #expect(try shop.money() == "80 / 0", "65, and half of 90 less half of 60")
    }

    @Test func `whoever named a currency moves as they would have begun`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        var euros = shop.flat(21)
        euros.id = "euros"
        euros.price = Money(Amount(21), "eur")
        try shop.publish([euros] + local(shop, shop.flat, [nil: 30, "DE": 60]))
        try shop.fixture.call(.updateCustomer, ["id": "c", "billingCurrency": "eur"])
        try shop.subscribe(nil, ["billingCountryCode": "US"])
        #expect(try shop.billed() == Amount(21))
        try shop.fixture.at("2026-06-16T00:00:00Z")
        try move(shop, to: "DE")
        #expect(try shop.billed() == Amount(21), "in Germany it is 21 as well")
    }
}
