import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations

/// A period is reckoned by the terms in force when it began, whatever versions are published for all meanwhile. June 2026
/// has 30 days: a version comes on the 11th, and changes on the 16th, when half is left. Figures by hand: what was billed,
/// and what the account has.
struct PeriodTermsTests {
    /// What happens on the 16th.
    enum Step: Sendable {
        case minimum(Int64?)
        case own(Int64?)
        case seats(Int64)
        case addon(Int64?)
        case plan(String, seats: Int64? = nil)
        case migrate
        case end
    }

    struct Story: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What the plan's price, or its minimum spend, becomes on the 11th.
        var version: Int64?
        /// What the subscription has of its own when it begins.
        var own: Int64?
        let steps: [(Step, String)]

        init(_ name: String, version: Int64?, own: Int64? = nil, _ steps: [(Step, String)]) {
            (testDescription, self.version, self.own, self.steps) = (name, version, own, steps)
        }
    }

    private func money(_ amount: Int64) -> Payload { ["amount": .integer(amount), "currency": "usd"] }

    private func own(_ amount: Int64?, addon: Bool = false) -> Payload {
        guard let amount else { return [] }
        var override: TextMap<Payload> = ["amount": .integer(amount), "currency": "usd"]
        if addon {
            override.merge(["addonId": "extra", "baseCharge": true]) { $1 }
        } else {
            override["featureId"] = "seats"
        }
        return [.object(override)]
    }

    private func perform(_ step: Step, _ shop: SeatShop) throws {
        switch step {
        case .minimum(let amount): _ = try shop.update(["minimumSpend": amount.map(money) ?? .null])
        case .own(let amount): _ = try shop.update(["priceOverrides": own(amount)])
        case .seats(let count): _ = try shop.change(count)
        case .addon(let amount): _ = try shop.update(["priceOverrides": own(amount, addon: true)])
        case .plan(let plan, let seats):
            var order: TextMap<Payload> = ["billingPeriod": "MONTHLY"]
            if let seats { order["charges"] = SeatShop.charges(seats) }
            // An order is worth what its estimate said.
            let asked: TextMap<Payload> = ["customerId": "c", "planId": .string(plan)]
            let estimate = try shop.fixture.call(.estimateSubscription, .object(order.merging(asked) { $1 }))
            let due = try #require(Amount(estimate.money("total") ?? ""))
            let before = try shop.billed()
            try shop.fixture.subscribe(plan, order.merging(["scheduleStrategy": "IMMEDIATE"]) { $1 })
            #expect(try shop.billed() - before == due)
            #expect(estimate["credits"]?.money("remaining") == "\(try shop.fixture.credit())")
        case .migrate:
            try shop.fixture.call(.migrateSubscription, ["id": "s", "subscriptionMigrationTime": "IMMEDIATE"])
        case .end: _ = try shop.cancel()
        }
    }

    private func tell(_ story: Story, _ shop: SeatShop) throws {
        try shop.fixture.at("2026-06-16T00:00:00Z")
        for (index, (step, expected)) in story.steps.enumerated() {
            try perform(step, shop)
            #expect(try shop.money() == expected, "\(index): \(step)")
        }
    }

    // MARK: - Minimum spends

    private func calls(_ shop: SeatShop, at price: Int64 = 1) -> Charge {
        Charge(
            id: "calls", billingModel: .usageBased, billingPeriod: .monthly, createdAt: shop.fixture.now,
            featureID: FeatureID("calls"), price: Money(Amount(price), "usd"))
    }

    /// `team` costs a dollar a call, at least so much a month, and `big` 90.
    private func floor(_ minimum: Int64?, _ more: TextMap<Payload> = [:]) throws -> SeatShop {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.fixture.call(
            .createFeature,
            ["id": "calls", "displayName": "calls", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
        try shop.publish([calls(shop)], minimum: minimum)
        try shop.publish([shop.flat(90)], as: "big")
        try shop.subscribe(nil, more)
        return shop
    }

    @Test(arguments: [
        // Half of the 60 is 30, of 90 is 45, of 120 is 60.
        Story("raised, and an own one of what was paid", version: 90, [(.minimum(60), "60 / 0")]),
        Story("raised, and an own one of the new", version: 90, [(.minimum(90), "75 / 0"), (.end, "75 / 45")]),
        Story("raised, none, more", version: 90, [(.minimum(0), "60 / 30"), (.minimum(120), "90 / 0")]),
        Story("raised, more, taken back", version: 90, [(.minimum(120), "90 / 0"), (.minimum(nil), "90 / 30")]),
        Story("raised, another plan and back", version: 90, [(.plan("big"), "75 / 0"), (.plan("team"), "75 / 15")]),
        Story("raised, and an end", version: 90, [(.end, "60 / 30")]),
        Story("fallen, and an own one of what was paid", version: 10, [(.minimum(60), "60 / 0")]),
        Story(
            "fallen, less, taken back, and an end", version: 10,
            [(.minimum(20), "60 / 20"), (.minimum(nil), "60 / 0"), (.end, "60 / 30")]),
        Story("fallen, none, and an end", version: 10, [(.minimum(0), "60 / 30"), (.end, "60 / 30")]),
        Story("fallen, another plan and back", version: 10, [(.plan("big"), "75 / 0"), (.plan("team"), "75 / 15")]),
        Story("fallen, and an end", version: 10, [(.end, "60 / 30")]),
        Story("gone, less, taken back", version: 0, [(.minimum(30), "60 / 15"), (.minimum(nil), "60 / 0")]),
        Story("begun with an own one", version: 90, own: 120, [(.minimum(nil), "120 / 30"), (.end, "120 / 60")]),
        Story("begun with less of its own", version: 90, own: 20, [(.minimum(nil), "40 / 0"), (.end, "40 / 30")]),
        // An own one of nothing stands over one that is known: no new period begins.
        Story("begun with an own one of nothing", version: 90, own: 0, [(.minimum(nil), "30 / 0"), (.end, "30 / 30")]),
        Story("begun with nothing, then more", version: 90, own: 0, [(.minimum(100), "50 / 0")]),
        Story("begun with nothing, then another plan", version: 90, own: 0, [(.plan("big"), "45 / 0")]),
    ])
    func `a minimum spend is the period's own`(_ story: Story) throws {
        let shop = try floor(60, story.own.map { ["minimumSpend": money($0)] } ?? [:])
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.publish([calls(shop)], all: true, minimum: story.version == 0 ? nil : story.version)
        try tell(story, shop)
    }

    @Test(arguments: [
        Story("an own one", version: 60, [(.minimum(90), "45 / 0"), (.minimum(nil), "45 / 45")]),
        Story("another plan and back", version: 60, [(.plan("big"), "45 / 0"), (.plan("team"), "45 / 45")]),
    ])
    func `one that a version brings is due from the next period on`(_ story: Story) throws {
        let shop = try floor(nil)
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.publish([calls(shop)], all: true, minimum: story.version)
        try tell(story, shop)
        #expect(try shop.fixture.next()["invoice"]?["subTotal"] == 60)
    }

    @Test func `with the next period comes the minimum of then`() throws {
        let shop = try floor(60)
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.publish([calls(shop)], all: true, minimum: 90)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        _ = try shop.update(["minimumSpend": money(120)])
        _ = try shop.update(["minimumSpend": .null])
        // What was charged and not given back pays for usage: 60.
        try shop.fixture.call(.reportUsage, ["customerId": "c", "featureId": "calls", "value": 70])
        #expect(try shop.fixture.next()["invoice"]?["subTotal"] == 100)
    }

    @Test func `and that is what the next period knows`() throws {
        let shop = try floor(60)
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.publish([calls(shop)], all: true, minimum: 90)
        try shop.fixture.at("2026-07-11T00:00:00Z")
        try shop.publish([calls(shop)], all: true, minimum: 10)
        // Half of July's 90.
        try shop.fixture.at("2026-07-16T12:00:00Z")
        #expect(try shop.update(["minimumSpend": money(0)]) == Amount(45))
        #expect(try shop.update(["minimumSpend": .null]) == Amount(-45))
    }

    @Test func `usage is no price in advance: a window has the price of its end`() throws {
        let shop = try floor(60)
        try shop.fixture.call(.reportUsage, ["customerId": "c", "featureId": "calls", "value": 70])
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.publish([calls(shop, at: 2)], all: true, minimum: 90)
        // 70 at 2, of which June's 60 pay for 60, and 90 for July.
        #expect(try shop.fixture.next()["invoice"]?["subTotal"] == 170)
    }

    // MARK: - Prices of the subscription's own

    @Test(arguments: [
        // Half of the own 90 is 45, of the list's 30 is 15, of the version's 50 is 25.
        Story("raised, taken back", version: 50, own: 90, [(.own(nil), "90 / 30"), (.end, "90 / 45")]),
        Story("fallen, taken back", version: 10, own: 90, [(.own(nil), "90 / 30"), (.end, "90 / 45")]),
        Story(
            "while nothing is held", version: 50, own: 90,
            [(.seats(0), "90 / 45"), (.own(nil), "90 / 45"), (.seats(1), "90 / 30")]),
        Story("another own one, then none", version: 50, own: 90, [(.own(60), "90 / 15"), (.own(nil), "90 / 30")]),
        Story("an own one of the list's price", version: 50, own: 30, [(.own(nil), "30 / 0"), (.seats(2), "45 / 0")]),
        Story("of what was paid", version: 50, [(.own(30), "30 / 0"), (.own(nil), "30 / 0"), (.seats(0), "30 / 15")]),
        Story("of the new price", version: 50, [(.own(50), "40 / 0"), (.own(nil), "40 / 10")]),
        Story("of nothing, taken back", version: 50, own: 0, [(.own(nil), "15 / 0"), (.end, "15 / 15")]),
        Story("of nothing, then more", version: 50, own: 0, [(.own(90), "45 / 0")]),
        Story("of nothing, then another plan", version: 50, own: 0, [(.plan("big"), "30 / 0")]),
        // 45 less half of the 60 of `big` come back, and then 30 less the list's 15.
        Story(
            "another plan and back", version: 50, own: 90,
            [(.plan("big"), "90 / 15"), (.plan("team", seats: 1), "90 / 30")]),
    ])
    func `the list's price of the period rules when there is no own one`(_ story: Story) throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.seats(30)])
        try shop.publish([shop.flat(60)], as: "big")
        try shop.subscribe(1, story.own.map { ["priceOverrides": own($0)] } ?? [:])
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.publish([shop.seats(story.version ?? 0)], all: true)
        try tell(story, shop)
    }

    @Test func `so it does where the period began with nothing held`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.seats(30)])
        try shop.subscribe(0, ["priceOverrides": own(90)])
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.publish([shop.seats(50)], all: true)
        try tell(Story("", version: nil, [(.own(nil), "0 / 0"), (.seats(1), "15 / 0")]), shop)
    }

    @Test func `so it does of an add-on, and of what is due once`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        func setup(_ price: Int64) -> Charge { shop.seats(price) { $0.billingCadence = .oneOff } }
        try shop.publish([shop.flat(60), setup(50)])
        try shop.publish([shop.flat(20)], as: "extra", .addon)
        let overrides = (own(80).items ?? []) + (own(40, addon: true).items ?? [])
        try shop.subscribe(1, ["addons": SeatShop.addons(1), "priceOverrides": .array(overrides)])
        #expect(try shop.money() == "180 / 0", "60, 80 once and 40")
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.publish([shop.flat(60), setup(70)], all: true)
        try shop.publish([shop.flat(30)], as: "extra", .addon, all: true)
        // Of the add-on half of 40 less half of 20; one more at the 50 of the list takes 10 of it.
        try tell(Story("", version: nil, [(.own(nil), "180 / 10"), (.seats(2), "220 / 0")]), shop)
    }

    @Test func `a version by order brings its own price under an own one`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.seats(30)])
        try shop.subscribe(1, ["priceOverrides": own(90)])
        try shop.publish([shop.seats(50)])
        try tell(Story("", version: nil, [(.migrate, "90 / 0"), (.own(nil), "90 / 20")]), shop)
    }

    @Test func `a period that begins under an own price knows the list's of its own beginning`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.seats(30)])
        try shop.subscribe(1)
        try tell(Story("", version: nil, [(.own(90), "60 / 0")]), shop)
        try shop.publish([shop.seats(40)], all: true)
        try shop.fixture.at("2026-07-11T00:00:00Z")
        try shop.publish([shop.seats(50)], all: true)
        // Half of July: 45 less half of the 40 of its beginning.
        try shop.fixture.at("2026-07-16T12:00:00Z")
        #expect(try shop.update(["priceOverrides": []]) == Amount(25))
    }

    // MARK: - Countries

    private func local(_ amount: Int64, _ german: Int64, _ currency: String) throws -> SeatShop {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        var price = shop.flat(german)
        price.id = "german"
        price.billingCountryCode = "DE"
        price.price = Money(Amount(german), currency)
        try shop.publish([shop.flat(amount), price])
        try shop.subscribe(nil)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        return shop
    }

    private func germany(_ more: TextMap<Payload> = [:]) -> TextMap<Payload> {
        more.merging(["billingPeriod": "MONTHLY", "billingCountryCode": "DE"]) { $1 }
    }

    @Test func `another country has its price from the change on`() throws {
        let shop = try local(60, 50, "usd")
        try shop.fixture.subscribe("team", germany(["scheduleStrategy": "IMMEDIATE"]))
        #expect(try shop.money() == "60 / 5", "half of 60 less half of 50")
    }

    @Test(arguments: [OperationID.provisionSubscription, .previewSubscription, .estimateSubscription])
    func `one with prices in another currency is refused`(_ operation: OperationID) throws {
        let shop = try local(60, 50, "eur")
        let before = try shop.fixture.record("s")
        let order = germany(["customerId": "c", "planId": "team"])
        let error = #expect(throws: OperationError.self) { try shop.fixture.call(operation, .object(order)) }
        #expect(error?.code == .priceNotFound)
        #expect(
            error?.message == """
                \(operation.rawValue): the plan "team" is sold in eur in DE, and the subscription is charged in usd as \
                long as it lasts; add a price in usd for DE, or cancel it and provision one with this \
                'billingCountryCode'
                """)
        #expect(try shop.fixture.record("s") == before)
        // What it says to do.
        #expect(try shop.cancel() == "30")
        try shop.fixture.subscribe("team", germany())
        #expect(try shop.fixture.credit(CustomerID("c"), "eur") == .zero)
        #expect(try shop.billed() == Amount(110), "60 in usd, and 50 in eur")
    }

    @Test func `a country without prices of its own has those of all`() throws {
        let shop = try local(60, 50, "eur")
        try shop.fixture.subscribe("team", germany().merging(["billingCountryCode": "US"]) { $1 })
        #expect(try shop.money() == "60 / 0")
    }

    // MARK: - Units that came free

    @Test func `units that came free go as others, those that came last first`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.seats(30)])
        try shop.subscribe(1)
        try shop.fixture.at("2026-06-11T00:00:00Z")
        func behave(_ behavior: Payload, _ seats: Int64) throws {
            _ = try shop.update([
                "charges": SeatShop.charges(seats), "billingInformation": ["prorationBehavior": behavior],
            ])
        }
        try behave("NONE", 2)
        try behave("INVOICE_IMMEDIATELY", 3)
        #expect(try shop.money() == "50 / 0", "the second is free, and the third 20 of 30 days")
        let steps: [(Step, String)] = [
            (.seats(2), "50 / 15"), (.seats(1), "50 / 15"), (.seats(2), "50 / 0"), (.seats(0), "50 / 30"),
        ]
        try tell(Story("", version: nil, steps), shop)
    }
}
