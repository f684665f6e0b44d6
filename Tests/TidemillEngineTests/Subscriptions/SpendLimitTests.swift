import Testing
import TidemillCore
@testable import TidemillEngine
@testable import TidemillOperations
import TidemillStore

struct SpendLimitTests {
    /// The plan `pro` sells the feature `api` at half a dollar a call.
    private func shop(trial: TrialConfig? = nil) throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-10-01T00:00:00Z")
        try fixture.call(
            .createFeature,
            ["id": "api", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
        try fixture.plan("pro", trial: trial, api: 1000, calls: Amount("0.5"))
        return fixture
    }

    private func report(_ fixture: EngineFixture, _ value: Payload) throws {
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "api", "value": value])
    }

    private func events(_ fixture: EngineFixture) throws -> [Payload] {
        try fixture.store.read {
            try $0.rows(
                "SELECT payload FROM outbox WHERE type = 'subscription.spend_limit.exceeded' ORDER BY sequence"
            ) { try Payload(json: $0.text(0)) }
        }
    }

    private func denial(_ fixture: EngineFixture) throws -> Payload? {
        try fixture.call(.checkEntitlement, ["customerId": "c", "featureId": "api"])["accessDeniedReason"]
    }

    @Test func `80 and 100 percent of a budget are announced, and a hard one denies what is paid by use`() throws {
        let fixture = try shop()
        try fixture.subscribe("pro", ["id": "s", "budget": ["limit": 10, "hasSoftLimit": false]])
        // 15 calls at 0.5 are 7.5, which is 75 % of 10; the 16th makes 8.
        try report(fixture, 15)
        #expect(try events(fixture).isEmpty)
        try report(fixture, 1)
        let first = try #require(try events(fixture).first)
        #expect(first["id"] == "s")
        #expect(first["spendLimit"] == 10)
        #expect(first["currentSpend"] == 8)
        #expect(first["currentSpendPercentage"] == 80)
        #expect(first["thresholdPercentage"] == 80)
        #expect(first["isSoftLimit"] == false)
        try report(fixture, 1)
        #expect(try events(fixture).count == 1, "85 % is between the two")
        #expect(try denial(fixture) == .null)
        // 20 calls are 10.
        try report(fixture, 3)
        #expect(try events(fixture).map { $0["thresholdPercentage"] } == [80, 100])
        #expect(try denial(fixture) == "BudgetExceeded")
        // November has a budget of its own.
        try fixture.at("2026-11-01T00:00:00Z")
        #expect(try denial(fixture) == .null)
        // 18 calls are 9.
        try report(fixture, 18)
        #expect(try events(fixture).map { $0["thresholdPercentage"] } == [80, 100, 80])
        // A greater budget: 9 of 100.
        try fixture.call(.updateSubscription, ["id": "s", "budget": ["limit": 100]])
        #expect(try denial(fixture) == .null)
    }

    @Test func `one report announces the highest share once, and a soft budget denies nothing`() throws {
        let fixture = try shop()
        try fixture.subscribe("pro", ["id": "s", "budget": ["limit": 10, "hasSoftLimit": true]])
        try report(fixture, 25)
        try report(fixture, 25)
        // 25 calls are 12.5: 125 % of 10.
        #expect(try events(fixture).map { $0["thresholdPercentage"] } == [100])
        #expect(try events(fixture).map { $0["currentSpendPercentage"] } == [125])
        #expect(try denial(fixture) == .null)
    }

    @Test func `a trial has its own budget`() throws {
        let fixture = try shop(trial: TrialConfig(duration: 45, units: .day, budget: Budget(limit: Amount(5))))
        try fixture.subscribe("pro", ["id": "s"])
        try report(fixture, 6)
        // The trial is one period, also across the end of a month: 6 and 4 calls are 5.
        try fixture.at("2026-11-10T00:00:00Z")
        try report(fixture, 4)
        #expect(try events(fixture).map { $0["thresholdPercentage"] } == [100])
        #expect(try denial(fixture) == "BudgetExceeded")
        try fixture.at("2026-11-16T00:00:00Z")
        #expect(try denial(fixture) == .null, "what is paid for has no budget")
    }

    @Test func `a spent budget leaves what is included before overage`() throws {
        let fixture = try shop()
        try fixture.call(
            .createFeature,
            ["id": "sms", "displayName": "SMS", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
        func monthly(_ amount: Payload) -> Payload {
            [["billingPeriod": "MONTHLY", "price": ["amount": amount, "currency": "usd"]]]
        }
        let included: Payload = ["featureId": "api", "usageLimit": 100, "resetPeriod": "MONTH"]
        try fixture.call(.createPlan, ["id": "over", "displayName": "over", "productId": "p"])
        try fixture.call(
            .updatePlan,
            [
                "id": "over",
                "charges": [
                    "pricingType": "PAID",
                    "pricingModels": [
                        ["billingModel": "FLAT_FEE", "pricePeriods": monthly(10)],
                        ["billingModel": "USAGE_BASED", "featureId": "sms", "pricePeriods": monthly(1)],
                    ],
                    "overagePricingModels": [
                        ["featureId": "api", "entitlement": included, "pricePeriods": monthly("0.5")]
                    ],
                ],
            ])
        try fixture.call(.publishPlan, ["id": "over", "migrationType": "NEW_CUSTOMERS"])
        try fixture.subscribe("over", ["id": "s", "budget": ["limit": 10, "hasSoftLimit": false]])
        func reason(_ requested: Payload) throws -> Payload? {
            try fixture.call(
                .checkEntitlement,
                ["customerId": "c", "featureId": "api", "requestedUsage": requested])["accessDeniedReason"]
        }
        try report(fixture, 60)
        #expect(try reason(1000) == .null, "overage is allowed while the budget lasts")
        try report(fixture, 20)
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "sms", "value": 10])
        // 10 messages at a dollar: nothing is left. 80 of 100 calls are used.
        #expect(try reason(20) == .null)
        #expect(try reason(21) == "BudgetExceeded")
        try report(fixture, 20)
        #expect(try reason(1) == "BudgetExceeded")
    }
}
