import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

struct CreditConsumptionTests {
    /// A plan that prices the reported feature `images` at 2.5 credits and `calls` by a formula, and gives 100 credits a
    /// month; the customer subscribed on 2026-10-01T12:00.
    private func shop(amount: Int64 = 100, cadence: String = "MONTH") throws -> CreditFixture {
        let credits = try CreditFixture()
        let engine = credits.engine
        try engine.call(.createProduct, ["id": "p", "displayName": "P"])
        for id in ["images", "calls", "free", "seats"] {
            try engine.call(
                .createFeature,
                [
                    "id": .string(id), "displayName": .string(id), "featureType": "NUMBER",
                    "meterType": id == "seats" ? "FLUCTUATING" : "INCREMENTAL",
                ])
        }
        try plan("pro", amount, cadence, engine)
        try engine.call(
            .provisionSubscription, ["customerId": "c", "planId": "pro", "billingPeriod": "MONTHLY"])
        return credits
    }

    private func plan(_ id: String, _ amount: Int64, _ cadence: String, _ engine: EngineFixture) throws {
        try engine.call(.createPlan, ["id": .string(id), "displayName": .string(id), "productId": "p"])
        func rate(_ feature: String, _ rate: Payload) -> Payload {
            [
                "billingModel": "CREDIT_BASED", "featureId": .string(feature),
                "pricePeriods": [["billingPeriod": "MONTHLY", "creditRate": rate]],
            ]
        }
        try engine.call(
            .updatePlan,
            [
                "id": .string(id),
                "charges": [
                    "pricingType": "PAID",
                    "pricingModels": [
                        [
                            "billingModel": "FLAT_FEE",
                            "pricePeriods": [
                                ["billingPeriod": "MONTHLY", "price": ["amount": .integer(amount), "currency": "usd"]]
                            ],
                        ],
                        rate("images", ["currencyId": "tok", "amount": .number("2.5")]),
                        rate("seats", ["currencyId": "tok", "amount": 1]),
                        rate("calls", ["currencyId": "tok", "costFormula": "max(input * 0.01, 1) + value / 4"]),
                    ],
                ],
            ])
        if amount > 0 {
            try engine.call(
                .createPlanEntitlements,
                [
                    "planId": .string(id),
                    "entitlements": [
                        ["id": "tok", "type": "CREDIT", "amount": .integer(amount), "cadence": .string(cadence)]
                    ],
                ])
        }
        try engine.call(.publishPlan, ["id": .string(id), "migrationType": "NEW_CUSTOMERS"])
    }

    private func report(
        _ credits: CreditFixture, _ feature: String, _ value: Int64, _ further: TextMap<Payload> = [:]
    ) throws -> Payload {
        let input: TextMap<Payload> = [
            "customerId": "c", "featureId": .string(feature), "value": .integer(value),
        ]
        return try credits.engine.call(.reportUsage, .object(input.merging(further) { _, new in new }))
    }

    @Test func `reported usage burns at the rate of the plan, and once a key`() throws {
        let credits = try shop()
        let first = try report(credits, "images", 4, ["idempotencyKey": "a"])
        #expect(first["credit"] == ["currencyId": "tok", "consumed": 10])
        let again = try report(credits, "images", 4, ["idempotencyKey": "a"])
        #expect(again["credit"] == ["currencyId": "tok", "consumed": 0])
        #expect(try credits.balance()["balance"] == 90)
        #expect(try report(credits, "free", 4)["credit"] == .null)
        let entry = try #require(try credits.ledger().last)
        #expect(entry["featureId"] == "images")
        #expect(entry["eventId"] == "a")
    }

    @Test func `usage that goes down gives back what it burned; a new total burns its increase`() throws {
        let credits = try shop()
        _ = try report(credits, "images", 4)  // 10
        #expect(try report(credits, "images", -2)["credit"]?["consumed"] == -5)
        #expect(try credits.balance()["balance"] == 95)
        let set = try report(credits, "images", 6, ["updateBehavior": "SET"])  // from 2 to 6
        #expect(set["credit"]?["consumed"] == 10)
        #expect(try credits.balance()["balance"] == 85)
        // No more than the 15 that it burned, and below zero nothing.
        #expect(try report(credits, "images", -100)["credit"]?["consumed"] == -15)
        #expect(try credits.balance()["balance"] == 100)
        #expect(try report(credits, "images", -1)["credit"]?["consumed"] == 0)
        #expect(try report(credits, "images", 95)["credit"]?["consumed"] == 0, "it stands at 0")
        #expect(try report(credits, "images", 2)["credit"]?["consumed"] == 5)
        try credits.checkFigures()
    }

    @Test func `what is given back goes to the grants it came from, of the running period only`() throws {
        let credits = try shop()
        let gift = try credits.grant(8, ["priority": 0])
        _ = try report(credits, "images", 6)  // 15: 8 of the gift, which comes first, and 7
        #expect(try credits.grant(gift)["consumedAmount"] == 8)
        _ = try report(credits, "images", -2)  // 5 back
        #expect(try credits.grant(gift)["consumedAmount"] == 8, "the last ones first")
        _ = try report(credits, "images", -2)
        #expect(try credits.grant(gift)["consumedAmount"] == 5, "10 of 15 are back: 7 and 3")
        try credits.checkFigures()
        // A month later the 5 that stayed burned are of another period.
        credits.engine.now = try #require(Timestamp(rfc3339: "2026-11-02T00:00:00Z"))
        #expect(try report(credits, "images", -2)["credit"]?["consumed"] == 0)
        try credits.checkFigures()
    }

    @Test(
        arguments: [
            // In the next month: 4 images burn 10; below nothing in a month carries nothing into the next, and is made up in its own.
            ([-70], [("DELTA", 4, "10")]), ([-70], [("SET", 4, "10"), ("SET", 2, "-5"), ("DELTA", 2, "5")]),
            ([4], [("DELTA", -2, "0"), ("DELTA", 2, "0"), ("DELTA", 4, "10")]),
            ([4], [("DELTA", -2, "0"), ("SET", 8, "10")]), ([4, -70], [("DELTA", -1, "0"), ("DELTA", 5, "10")]),
        ] as [([Int64], [(Payload, Int64, String)])])
    func `each billing period burns what its reports come to, and never less than nothing`(
        first: [Int64], second: [(Payload, Int64, String)]
    ) throws {
        let credits = try shop()
        for value in first { _ = try report(credits, "images", value) }
        credits.engine.now = try #require(Timestamp(rfc3339: "2026-11-02T00:00:00Z"))
        for (behavior, value, burned) in second {
            let answer = try report(credits, "images", value, ["updateBehavior": behavior])
            let expected = try Payload(json: burned)
            #expect(answer["credit"]?["consumed"] == expected, "\(behavior) \(value)")
        }
        try credits.checkFigures()
    }

    @Test func `a level burns what it rises by, above zero, in whatever period`() throws {
        let credits = try shop()
        for (value, burned) in [(4, 4), (-6, -4), (1, 0), (3, 2)] as [(Int64, Payload)] {
            // 4, −2, −1, 2 seats.
            #expect(try report(credits, "seats", value)["credit"]?["consumed"] == burned)
        }
        credits.engine.now = try #require(Timestamp(rfc3339: "2026-11-02T00:00:00Z"))
        #expect(try report(credits, "seats", 5, ["updateBehavior": "SET"])["credit"]?["consumed"] == 3)
        try credits.checkFigures()
    }

    @Test func `a formula reads the dimensions and the value; without them the report counts and costs nothing`() throws
    {
        let credits = try shop()
        // max(300 × 0.01, 1) + 2 / 4 = 3.5
        let priced = try report(credits, "calls", 2, ["dimensions": ["input": 300]])
        #expect(priced["credit"]?["consumed"] == .number("3.5"))
        let free = try report(credits, "calls", 2)
        #expect(free["credit"]?["consumed"] == 0)
        #expect(free["currentUsage"] == 4)
        let reasons = try credits.engine.store.read { connection in
            try connection.rows("SELECT details FROM audit WHERE action = 'creditCost'") { $0.text(0) }
        }
        #expect(reasons.count == 1)
        #expect(reasons.first?.contains("the dimension 'input' is missing") == true)
        try credits.checkFigures()
    }

    @Test func `a bulk report tells each cost and the wallet once`() throws {
        let credits = try shop()
        let answer = try credits.engine.call(
            .reportUsageBulk,
            [
                "usages": [
                    ["customerId": "c", "featureId": "images", "value": 2],
                    ["customerId": "c", "featureId": "images", "value": 40],
                ]
            ])
        #expect(answer["usages"]?.items?.map { $0["credit"]?["consumed"] } == [5, 100])
        let wallets = answer["credits"]?.items ?? []
        #expect(wallets.count == 1)
        #expect(wallets.first?["currentUsage"] == 105)
        #expect(wallets.first?["usageLimit"] == 100)
        #expect(wallets.first?["usagePeriodEnd"] == "2026-11-01T12:00:00.000Z")
    }

    @Test func `an estimate costs what the report would, and burns nothing`() throws {
        let credits = try shop()
        func estimate(_ input: TextMap<Payload>) throws -> Payload {
            try credits.engine.call(
                .estimateUsageCost, .object(input.merging(["customerId": "c"]) { own, _ in own }))
        }
        let images = try estimate(["featureId": "images", "value": 50])
        #expect(
            images["estimates"] == [
                [
                    "currencyId": "tok", "estimatedCost": 125, "currentBalance": 100, "balanceAfterEstimate": -25,
                    "wouldOverdraft": true,
                    "breakdown": [["featureId": "images", "cost": 125, "warningCode": .null]],
                ]
            ])
        #expect(try estimate(["featureId": "free", "value": 1])["warnings"] == ["FEATURE_NOT_CREDIT_BASED"])
        #expect(try estimate(["featureId": "nope", "value": 1])["warnings"] == ["FEATURE_NOT_FOUND"])
        let failure = credits.engine.failure(
            .estimateUsageCost, ["customerId": "c", "featureId": "calls", "value": 1])
        #expect(failure.code == .badUserInput)
        #expect(failure.message.contains("the dimension 'input' is missing"))
        #expect(try credits.balance()["balance"] == 100)
    }

    @Test func `credits of a plan come each month and go with it, though nobody looks in between`() throws {
        let credits = try shop()
        try credits.consume(30)
        let first = try #require(try credits.grants().first)
        #expect(first["grantType"] == "RECURRING")
        #expect(first["sourceType"] == "PLAN_ENTITLEMENT")
        #expect(first["expireAt"] == "2026-11-01T12:00:00.000Z")
        try credits.engine.at("2027-01-15T00:00:00Z")
        #expect(try credits.balance()["balance"] == 100)
        let grants = try credits.grants()
        #expect(grants.map { $0["status"] } == ["EXPIRED", "EXPIRED", "EXPIRED", "ACTIVE"])
        #expect(grants.map { $0["consumedAmount"] } == [30, 0, 0, 0])
        // No renewal looked like an empty wallet.
        #expect(try !credits.announced().contains("credit_balance.depleted"))
        try credits.checkFigures()
    }

    @Test func `an upgrade grants the difference, and the end of the subscription ends what it gave`() throws {
        let credits = try shop()
        try plan("max", 500, "MONTH", credits.engine)
        let id = try #require(
            try credits.engine.call(.listSubscriptions, ["customerId": "c"])["data"]?.items?.first?["id"]?.text)
        try credits.consume(60)
        try credits.engine.call(
            .provisionSubscription, ["customerId": "c", "planId": "max", "billingPeriod": "MONTHLY"])
        let live = try credits.grants().filter { $0["status"] == "ACTIVE" }
        let granted = live.reduce(Amount.zero) { $0 + ($1["amount"]?.amount ?? .zero) }
        #expect(granted == Amount(500))
        try credits.checkFigures()
        let subscriptions =
            try credits.engine.call(
                .listSubscriptions, ["customerId": "c"])["data"]?.items ?? []
        for subscription in subscriptions where subscription["status"] == "ACTIVE" {
            try credits.engine.call(
                .cancelSubscription,
                ["id": subscription["id"] ?? .string(id), "cancellationTime": "IMMEDIATE"])
        }
        #expect(try credits.balance()["available"] == 0)
        try credits.checkFigures()
    }

    @Test func `a voided delivery gives back what it consumed, also out of an overdraft that was settled`() throws {
        let credits = try CreditFixture()
        let small = try credits.grant(10)
        let context = CallContext(
            .record(delivery: DeliveryID("d1"), number: 1, receivedAt: credits.engine.now), now: credits.engine.now)
        _ = try credits.engine.backend.performNow(
            .consumeCredits, ["customerId": "c", "currencyId": "tok", "amount": 25, "idempotencyKey": "x"], in: context)
        let large = try credits.grant(50)  // settles 15
        try credits.consume(5)
        let reversal = try credits.engine.inScope { try CreditConsumption.reverse(delivery: DeliveryID("d1"), in: $0) }
        #expect(reversal.rows == 1)
        #expect(reversal.credits == ["tok": Amount(25)])
        #expect(try credits.grant(small)["consumedAmount"] == 0)
        #expect(try credits.grant(large)["consumedAmount"] == 5)
        #expect(try credits.balance()["balance"] == 55)
        // A second void finds nothing more.
        #expect(
            try credits.engine.inScope { try CreditConsumption.reverse(delivery: DeliveryID("d1"), in: $0) }.rows == 0)
        try credits.checkFigures()
    }
}
