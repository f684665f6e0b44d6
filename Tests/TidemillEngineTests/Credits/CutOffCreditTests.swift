import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// A change that begins a new period ends the credits of the old one, and gives no credits for nothing.
struct CutOffCreditTests {
    /// `free` gives 40 `tok` a month, `pro` 100, `max` 150; they cost 0, 100 and 150 dollars. The customer `c` has `plan`
    /// as `s` since 1 November, which has 30 days.
    private func shop(_ plan: Payload) throws -> CreditFixture {
        let credits = try CreditFixture()
        let engine = credits.engine
        try engine.at("2026-11-01T00:00:00Z")
        try engine.call(.createProduct, ["id": "p", "displayName": "P"])
        for (id, amount, price) in [("free", 40, 0), ("pro", 100, 100), ("max", 150, 150)] as [(String, Int64, Int64)] {
            try engine.call(.createPlan, ["id": .string(id), "displayName": .string(id), "productId": "p"])
            try engine.call(
                .createPlanEntitlements,
                [
                    "planId": .string(id),
                    "entitlements": [
                        ["id": "tok", "type": "CREDIT", "amount": .integer(amount), "cadence": "MONTH"]
                    ],
                ])
            func flat(_ period: Payload, _ amount: Int64) -> Payload {
                ["billingPeriod": period, "price": ["amount": .integer(amount), "currency": "usd"]]
            }
            let charges: Payload =
                price == 0
                ? ["pricingType": "FREE"]
                : [
                    "pricingType": "PAID",
                    "pricingModels": [
                        [
                            "billingModel": "FLAT_FEE",
                            "pricePeriods": [flat("MONTHLY", price), flat("ANNUALLY", price * 10)],
                        ]
                    ],
                ]
            try engine.call(.updatePlan, ["id": .string(id), "charges": charges])
            try engine.call(.publishPlan, ["id": .string(id), "migrationType": "NEW_CUSTOMERS"])
        }
        var input: TextMap<Payload> = ["id": "s", "customerId": "c", "planId": plan]
        if plan != "free" { input["billingPeriod"] = "MONTHLY" }
        try engine.call(.provisionSubscription, .object(input))
        return credits
    }

    private func restart(_ credits: CreditFixture, _ more: TextMap<Payload> = [:]) throws {
        try credits.engine.call(
            .updateSubscription, .object(["id": "s", "billingCycleAnchor": "NOW"].merging(more) { $1 }))
    }

    private func change(_ credits: CreditFixture, to plan: Payload) throws {
        var input: TextMap<Payload> = ["id": "s", "customerId": "c", "planId": plan, "scheduleStrategy": "IMMEDIATE"]
        if plan != "free" { input["billingPeriod"] = "MONTHLY" }
        try credits.engine.call(.provisionSubscription, .object(input))
    }

    private func balance(_ credits: CreditFixture) throws -> Amount? { try credits.balance()["balance"]?.amount }

    @Test func `a cycle that begins anew ends the credits of the one before`() throws {
        let credits = try shop("pro")
        for minute in 1...5 {
            try credits.engine.at("2026-11-01T00:0\(minute):00Z")
            try restart(credits)
        }
        #expect(try balance(credits) == Amount(100))
        let grants = try credits.grants()
        #expect(grants.map { $0["status"] } == Array(repeating: "EXPIRED", count: 5) + ["ACTIVE"])
        #expect(grants.map { $0["amount"] } == Array(repeating: 100, count: 6))
        #expect(grants.last?["expireAt"] == "2026-12-01T00:05:00.000Z")
        try credits.checkFigures()
        // Of one instant there is one period.
        try restart(credits)
        #expect(try balance(credits) == Amount(100))
        #expect(try credits.grants().count == 6)
    }

    @Test func `months and years in turn give each month's credits once`() throws {
        let credits = try shop("pro")
        for (day, period) in [("02", "ANNUALLY"), ("03", "MONTHLY"), ("04", "ANNUALLY")] as [(String, Payload)] {
            try credits.engine.at("2026-11-\(day)T00:00:00Z")
            try credits.engine.call(.updateSubscription, ["id": "s", "billingPeriod": period])
            #expect(try balance(credits) == Amount(100))
        }
        try credits.engine.at("2026-12-05T00:00:00Z")
        #expect(try balance(credits) == Amount(100))
        try credits.checkFigures()
    }

    @Test func `what was consumed ahead of the time that is kept counts as the new period's`() throws {
        let credits = try shop("pro")
        try credits.consume(80)
        // Half of November is kept, and so are 50 credits; 30 more were consumed.
        try credits.engine.at("2026-11-16T00:00:00Z")
        try restart(credits)
        #expect(try balance(credits) == Amount(70))
        #expect(try credits.grants().map { $0["consumedAmount"] } == [80, 0])
        try restart(credits)
        #expect(try balance(credits) == Amount(70), "of one instant there is one period")
        // A minute of thirty days keeps 100 × 60 ÷ 2592000 = 0.002314815 of the 30.
        try credits.engine.at("2026-11-16T00:01:00Z")
        try restart(credits)
        #expect(try balance(credits) == Amount("70.002314815"))
        // A period that ends by itself leaves nothing to the next.
        try credits.engine.at("2026-12-17T00:00:00Z")
        #expect(try balance(credits) == Amount(100))
        try credits.checkFigures()
    }

    @Test(arguments: ["pro", "free"] as [Payload])
    func `beginning anew and consuming all of it again and again gives nothing`(_ plan: Payload) throws {
        let credits = try shop(plan)
        let whole = try #require(try balance(credits))
        var consumed = Amount.zero
        for minute in 1...5 {
            let left = try #require(try balance(credits))
            if left > .zero { try credits.consume(left) }
            consumed += left
            try credits.engine.at("2026-11-01T00:0\(minute):00Z")
            try restart(credits)
        }
        // Five minutes of thirty days are worth less than a fiftieth of a credit.
        let little = try #require(Amount("0.02"))
        #expect(consumed >= whole && consumed < whole + little)
        #expect(try #require(try balance(credits)) < little)
        try credits.checkFigures()
    }

    @Test func `a period for which nothing is given back was paid for with all its credits`() throws {
        let credits = try shop("pro")
        try credits.consume(80)
        try credits.engine.at("2026-11-16T00:00:00Z")
        try restart(credits, ["billingInformation": ["prorationBehavior": "NONE"]])
        #expect(try balance(credits) == Amount(100))
        try credits.checkFigures()
    }

    @Test func `who buys after a free plan gets all that was bought, once`() throws {
        let credits = try shop("free")
        try credits.consume(40)
        try credits.engine.at("2026-11-02T00:00:00Z")
        try change(credits, to: "max")
        #expect(try balance(credits) == Amount(150))
        // Back to the free plan the money is given back: what was consumed for it is not granted again.
        try credits.consume(150)
        try credits.engine.at("2026-11-02T00:01:00Z")
        try change(credits, to: "free")
        #expect(try balance(credits) == .zero)
        try credits.engine.at("2026-11-02T00:02:00Z")
        try change(credits, to: "max")
        // The period that began with the first one goes on, and its 150 were consumed.
        #expect(try balance(credits) == .zero)
        try credits.checkFigures()
    }

    @Test(arguments: [("2026-11-01", true), ("2026-11-01", false), ("2026-12-01", true), ("2026-12-01", false)])
    func `who buys at the instant at which a period begins gets all that was bought`(
        _ day: String, isConsumed: Bool
    ) throws {
        let credits = try shop("free")
        try credits.engine.at("\(day)T00:00:00Z")
        #expect(try balance(credits) == Amount(40))
        if isConsumed { try credits.consume(40) }
        try change(credits, to: "pro")
        #expect(try balance(credits) == Amount(100))
        try credits.engine.at("\(day.prefix(8))29T00:00:00Z")
        #expect(try balance(credits) == Amount(100))
        try credits.checkFigures()
        // The gift is not given again, and another order brings no more.
        try credits.consume(100)
        try change(credits, to: "free")
        #expect(try balance(credits) == .zero)
        try change(credits, to: "pro")
        #expect(try balance(credits) == .zero)
        try credits.checkFigures()
    }

    @Test func `a period that begins anew at the instant of its renewal keeps its credits`() throws {
        let credits = try shop("pro")
        try credits.engine.at("2026-12-01T00:00:00Z")
        try credits.consume(30)
        try restart(credits)
        #expect(try balance(credits) == Amount(70))
        try credits.checkFigures()
    }

    @Test func `what was consumed at one instant counts once through all that begins at it`() throws {
        let credits = try shop("pro")
        func order(_ plan: Payload, _ period: Payload) throws {
            try credits.engine.call(
                .provisionSubscription,
                ["customerId": "c", "planId": plan, "billingPeriod": period, "scheduleStrategy": "IMMEDIATE"])
        }
        try credits.consume(40)
        try order("max", "ANNUALLY")
        #expect(try balance(credits) == Amount(110))
        try credits.consume(10)
        try order("pro", "MONTHLY")
        #expect(try balance(credits) == Amount(50))
        try order("max", "ANNUALLY")
        #expect(try balance(credits) == Amount(100))
        try credits.checkFigures()
    }
}
