import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// Credits of a period come once, whatever leaves and comes back within it. November 2026 has 30 days.
struct ReturningCreditTests {
    /// The customer `c` has the plan `team` as `s` since 1 November, which gives 100 `tok` a month. `seats`: it costs 30 a
    /// seat, of which there is one; else it is free, or `usage` costs. The add-on `extra` costs 3 a month.
    private func shop(_ plan: TestPlan) throws -> CreditFixture {
        let credits = try CreditFixture()
        let engine = credits.engine
        try engine.at("2026-11-01T00:00:00Z")
        try engine.call(.createProduct, ["id": "p", "displayName": "P"])
        for (id, meter) in [("seats", "FLUCTUATING"), ("calls", "INCREMENTAL")] as [(String, Payload)] {
            try engine.call(
                .createFeature,
                ["id": .string(id), "displayName": .string(id), "featureType": "NUMBER", "meterType": meter])
        }
        try engine.call(.createAddon, ["id": "extra", "displayName": "extra", "productId": "p"])
        try engine.call(.updateAddon, ["id": "extra", "charges": Self.charges(Self.model("FLAT_FEE", nil, 3))])
        try engine.call(.publishAddon, ["id": "extra", "migrationType": "NEW_CUSTOMERS"])
        try engine.call(.createPlan, ["id": "team", "displayName": "team", "productId": "p"])
        try engine.call(
            .createPlanEntitlements,
            [
                "planId": "team",
                "entitlements": [["id": "tok", "type": "CREDIT", "amount": 100, "cadence": "MONTH"]],
            ])
        let charges: Payload =
            switch plan {
            case .free: ["pricingType": "FREE"]
            case .seats: Self.charges(Self.model("PER_UNIT", "seats", 30))
            case .usage: Self.charges(Self.model("USAGE_BASED", "calls", 1))
            }
        try engine.call(.updatePlan, ["id": "team", "charges": charges])
        try engine.call(.publishPlan, ["id": "team", "migrationType": "NEW_CUSTOMERS"])
        var order = Self.order(of: plan)
        order["id"] = "s"
        try engine.call(.provisionSubscription, .object(order))
        return credits
    }

    private static func order(of plan: TestPlan) -> TextMap<Payload> {
        var order: TextMap<Payload> = ["customerId": "c", "planId": "team"]
        if plan != .free { order["billingPeriod"] = "MONTHLY" }
        if plan == .seats { order["charges"] = SeatShop.charges(1) }
        return order
    }

    enum TestPlan { case free, seats, usage }

    private static func model(_ model: Payload, _ feature: Payload?, _ amount: Int64) -> Payload {
        [
            "billingModel": model, "featureId": feature ?? .null,
            "pricePeriods": [
                ["billingPeriod": "MONTHLY", "price": ["amount": .integer(amount), "currency": "usd"]]
            ],
        ]
    }

    private static func charges(_ model: Payload) -> Payload { ["pricingType": "PAID", "pricingModels": [model]] }

    /// Consumes all that is there, and answers how much that was.
    private func burn(_ credits: CreditFixture) throws -> Amount {
        let left = try #require(try credits.balance()["balance"]?.amount)
        if left > .zero { try credits.consume(left) }
        return left
    }

    /// Makes a change, and answers what was due.
    private func change(_ credits: CreditFixture, _ change: TextMap<Payload>) throws -> Amount {
        let estimate = try credits.engine.call(
            .estimateSubscriptionUpdate, .object(["subscriptionId": "s"].merging(change) { $1 }))
        try credits.engine.call(.updateSubscription, .object(["id": "s"].merging(change) { $1 }))
        return try #require(estimate["total"]?["amount"]?.amount)
    }

    private func at(_ credits: CreditFixture, day: Int) throws {
        try credits.engine.at("2026-11-\(day < 10 ? "0" : "")\(day)T00:00:00Z")
    }

    @Test(arguments: [TestPlan.free, .usage])
    func `an add-on that comes and goes each day does not pay for the plan's credits`(_ plan: TestPlan) throws {
        let credits = try shop(plan)
        var (burned, paid) = (Amount.zero, Amount.zero)
        for day in 2...11 {
            burned += try burn(credits)
            try at(credits, day: day)
            paid += try change(credits, ["addons": SeatShop.addons(1)])
            paid += try change(credits, ["addons": []])
        }
        burned += try burn(credits)
        // The period that the add-on begins on the 2nd has the day that ran of the credits that were consumed, and goes on
        // to its end: 100 + 100 ÷ 30. The 3 were given back each time, and paid for the next.
        #expect(burned == Amount("103.333333334"))
        #expect(paid == Amount(3))
        #expect(try credits.engine.credit() == Amount(3))
        #expect(
            try credits.engine.subscription("s")["currentBillingPeriodStart"] == "2026-11-02T00:00:00.000Z")
        try credits.checkFigures()
    }

    @Test func `a seat that goes and comes each day brings no credits`() throws {
        let credits = try shop(.seats)
        var (burned, paid) = (Amount.zero, Amount(30))
        for day in 2...11 {
            burned += try burn(credits)
            try at(credits, day: day)
            paid += try change(credits, ["charges": SeatShop.charges(0)])
            paid += try change(credits, ["charges": SeatShop.charges(1)])
        }
        burned += try burn(credits)
        #expect(burned == Amount(100))
        #expect(paid == Amount(30))
        #expect(try credits.engine.credit() == .zero)
        #expect(
            try credits.engine.subscription("s")["currentBillingPeriodStart"] == "2026-11-01T00:00:00.000Z")
        try credits.checkFigures()
    }

    @Test func `a seat that is away for five days comes back without new credits`() throws {
        let credits = try shop(.seats)
        #expect(try burn(credits) == Amount(100))
        try at(credits, day: 11)
        // 20 of 30 days are given back, and 15 are paid with them.
        #expect(try change(credits, ["charges": SeatShop.charges(0)]) == .zero)
        #expect(try credits.engine.credit() == Amount(20))
        try at(credits, day: 16)
        #expect(try change(credits, ["charges": SeatShop.charges(1)]) == .zero)
        #expect(try credits.engine.credit() == Amount(5))
        #expect(try burn(credits) == .zero)
        // The period that begins by itself is whole.
        try credits.engine.at("2026-12-01T00:00:00Z")
        #expect(try burn(credits) == Amount(100))
        try credits.checkFigures()
    }

    @Test func `who begins anew without prorations after the money came back has paid for nothing`() throws {
        let credits = try shop(.seats)
        #expect(try burn(credits) == Amount(100))
        try credits.engine.at("2026-11-01T00:00:00Z")
        #expect(try change(credits, ["charges": SeatShop.charges(0)]) == .zero)
        #expect(try credits.engine.credit() == Amount(30))
        try at(credits, day: 4)
        let anew: TextMap<Payload> = [
            "charges": SeatShop.charges(1), "billingCycleAnchor": "NOW",
            "billingInformation": ["prorationBehavior": "NONE"],
        ]
        // Three of thirty days: 10 credits.
        #expect(try change(credits, anew) == .zero)
        #expect(try burn(credits) == Amount(10))
        // What is kept whole was paid for whole.
        try at(credits, day: 5)
        #expect(try change(credits, ["billingCycleAnchor": "NOW"]) == Amount(30))
        #expect(try burn(credits) == Amount(100))
        try credits.checkFigures()
    }

    @Test(arguments: [TestPlan.free, .seats])
    func `cancelling and ordering again each day brings what the days are worth`(_ plan: TestPlan) throws {
        let credits = try shop(plan)
        var burned = try burn(credits)
        var (id, paid) = ("s", Amount(plan == .seats ? 30 : 0))
        for day in 2...11 {
            try at(credits, day: day)
            try credits.engine.call(
                .cancelSubscription, ["id": .string(id), "cancellationTime": "IMMEDIATE", "prorate": true])
            id = "s\(day)"
            var order = Self.order(of: plan)
            let preview = try credits.engine.call(.previewSubscription, .object(order))
            paid += try #require(preview["immediateInvoice"]?["total"]?.amount)
            order["id"] = .string(id)
            try credits.engine.call(.provisionSubscription, .object(order))
            burned += try burn(credits)
        }
        // Ten of thirty days are a third of 100, and one period is whole.
        let most = try #require(Amount("133.33333334"))
        #expect(burned >= Amount(133) && burned <= most, "\(burned)")
        // A dollar a day, and the month that runs.
        #expect(paid == Amount(plan == .seats ? 40 : 0))
        // Time that goes by without a subscription makes a gift's time pass: half of the month, half of the 100. It pays
        // for nothing that was sold.
        try credits.engine.call(
            .cancelSubscription, ["id": .string(id), "cancellationTime": "IMMEDIATE", "prorate": true])
        try at(credits, day: 26)
        var order = Self.order(of: plan)
        order["id"] = "last"
        try credits.engine.call(.provisionSubscription, .object(order))
        #expect(try burn(credits).rounded(toDigits: 6) == Amount(plan == .free ? 50 : 0))
        try credits.checkFigures()
    }

    @Test func `credits whose money was given back are given once, and the next period pays for them`() throws {
        let credits = try shop(.seats)
        var (burned, id) = (try burn(credits), "s")
        func cancel() throws {
            try credits.engine.call(
                .cancelSubscription, ["id": .string(id), "cancellationTime": "IMMEDIATE", "prorate": true])
        }
        func order(_ next: String) throws {
            id = next
            var order = Self.order(of: .seats)
            order["id"] = .string(id)
            try credits.engine.call(.provisionSubscription, .object(order))
        }
        try cancel()
        for day in 2...30 {
            try at(credits, day: day)
            try order("s\(day)")
            burned += try burn(credits)
            try cancel()
        }
        #expect(burned == Amount(100))
        #expect(try credits.engine.credit() == Amount(30), "all of it is the customer's")
        // Two months later nothing was paid yet; a month that is kept pays for what was consumed.
        try credits.engine.at("2027-01-10T00:00:00Z")
        try order("kept")
        #expect(try burn(credits) == .zero)
        // Half of a month pays for half of it.
        try credits.engine.at("2027-01-25T12:00:00Z")
        try cancel()
        try order("again")
        #expect(try burn(credits) == Amount(50))
        try credits.engine.at("2027-02-25T12:00:00Z")
        #expect(try burn(credits) == Amount(100))
        try credits.checkFigures()
    }

    @Test func `who begins with a free plan gets its gift, and owes what was sold when it is sold again`() throws {
        let credits = try shop(.seats)
        let engine = credits.engine
        try engine.call(.createPlan, ["id": "free", "displayName": "free", "productId": "p"])
        try engine.call(
            .createPlanEntitlements,
            [
                "planId": "free",
                "entitlements": [["id": "tok", "type": "CREDIT", "amount": 7, "cadence": "MONTH"]],
            ])
        try engine.call(.updatePlan, ["id": "free", "charges": ["pricingType": "FREE"]])
        try engine.call(.publishPlan, ["id": "free", "migrationType": "NEW_CUSTOMERS"])
        #expect(try burn(credits) == Amount(100))
        try engine.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": true])
        try engine.call(.provisionSubscription, ["customerId": "c", "planId": "free", "id": "f"])
        #expect(try burn(credits) == Amount(7))
        try engine.at("2026-12-15T00:00:00Z")
        #expect(try burn(credits) == Amount(7))
        var order = Self.order(of: .seats)
        order["scheduleStrategy"] = "IMMEDIATE"
        try engine.call(.provisionSubscription, .object(order))
        #expect(try burn(credits) == .zero)
        try engine.at("2027-01-15T00:00:00Z")
        #expect(try burn(credits) == Amount(100))
        // After a year it is forgotten.
        try engine.call(
            .cancelSubscription,
            ["id": "f", "cancellationTime": "IMMEDIATE", "prorate": true])
        try engine.at("2028-01-16T00:00:00Z")
        try engine.call(.provisionSubscription, .object(Self.order(of: .seats)))
        #expect(try burn(credits) == Amount(100))
        try credits.checkFigures()
    }

    @Test func `an end that gives nothing back leaves nothing to pay for`() throws {
        let credits = try shop(.seats)
        #expect(try burn(credits) == Amount(100))
        try at(credits, day: 4)
        try credits.engine.call(
            .cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": false])
        try credits.engine.call(.provisionSubscription, .object(Self.order(of: .seats)))
        #expect(try burn(credits) == Amount(100))
        try credits.checkFigures()
    }

    @Test func `a gift comes once in its time, whatever was bought between`() throws {
        let credits = try shop(.free)
        try credits.engine.call(.createPlan, ["id": "pro", "displayName": "pro", "productId": "p"])
        try credits.engine.call(.updatePlan, ["id": "pro", "charges": Self.charges(Self.model("FLAT_FEE", nil, 60))])
        try credits.engine.call(.publishPlan, ["id": "pro", "migrationType": "NEW_CUSTOMERS"])
        func go(to plan: Payload, anew: Bool = false) throws {
            var input: TextMap<Payload> = [
                "customerId": "c", "planId": plan, "billingPeriod": "MONTHLY", "scheduleStrategy": "IMMEDIATE",
            ]
            if anew { input["billingCycleAnchor"] = "NOW" }
            try credits.engine.call(.provisionSubscription, .object(input))
        }
        #expect(try burn(credits) == Amount(100))
        try go(to: "pro")
        #expect(try burn(credits) == .zero)
        // Within the period that `pro` began, and in one that begins anew.
        try go(to: "team")
        #expect(try burn(credits) == .zero)
        try at(credits, day: 4)
        try go(to: "pro", anew: true)
        try go(to: "team", anew: true)
        // Three of thirty days are over, and so are 10 of the 100.
        #expect(try burn(credits) == Amount(10))
        try credits.checkFigures()
    }
}
