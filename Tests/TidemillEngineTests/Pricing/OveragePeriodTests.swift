import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// Overage is what goes beyond the limit within the limit's own reset periods, and each unit of it is billed in the
/// billing period in which it was used. Units cost two dollars; the figures were worked out by hand.
struct OveragePeriodTests {
    /// The customer `c` on the plan `a` as `s`: 20 dollars a period, and 2 for each unit beyond `limit`.
    private func shop(
        _ limit: Int64, _ reset: Payload, at start: String = "2026-01-01T00:00:00Z", billing: Payload = "MONTHLY",
        meterType: Payload = "INCREMENTAL", zone: Payload = .null, _ more: TextMap<Payload> = [:]
    ) throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.shop(at: start, customer: ["id": "c", "timezone": zone])
        try fixture.call(
            .createFeature,
            ["id": "calls", "displayName": "Calls", "featureType": "NUMBER", "meterType": meterType])
        try overage(fixture, "a", limit, reset, billing)
        try fixture.subscribe("a", ["id": "s", "billingPeriod": billing].merging(more) { $1 })
        return fixture
    }

    private func overage(
        _ fixture: EngineFixture, _ id: Payload, _ limit: Int64, _ reset: Payload, _ billing: Payload = "MONTHLY",
        price: Int64 = 2, flat: Int64 = 20, monthly: Bool = false
    ) throws {
        func periods(_ amount: Int64) -> Payload {
            [["billingPeriod": billing, "price": ["amount": .integer(amount), "currency": "usd"]]]
        }
        var entitlement: TextMap<Payload> = ["featureId": "calls", "usageLimit": .integer(limit)]
        if case .object(let fields) = reset {
            entitlement.merge(fields) { $1 }
        } else {
            entitlement["resetPeriod"] = reset
        }
        try fixture.call(.createPlan, ["id": id, "displayName": id, "productId": "p"])
        try fixture.call(
            .updatePlan,
            [
                "id": id,
                "charges": [
                    "pricingType": "PAID",
                    "overageBillingPeriod": monthly ? "MONTHLY" : "ON_SUBSCRIPTION_RENEWAL",
                    "pricingModels": [["billingModel": "FLAT_FEE", "pricePeriods": periods(flat)]],
                    "overagePricingModels": [
                        [
                            "featureId": "calls", "entitlement": .object(entitlement),
                            "pricePeriods": periods(price),
                        ]
                    ],
                ],
            ])
        try fixture.call(.publishPlan, ["id": id, "migrationType": "NEW_CUSTOMERS"])
    }

    private func use(_ fixture: EngineFixture, _ at: String, _ value: Payload, set: Bool = false) throws {
        try fixture.at(at)
        try fixture.call(
            .reportUsage,
            ["customerId": "c", "featureId": "calls", "value": value, "updateBehavior": set ? "SET" : "DELTA"])
    }

    private func beyond(_ fixture: EngineFixture) throws -> Payload? {
        try fixture.next()["usage"]?.items?.first?["overage"]
    }

    private func total(_ fixture: EngineFixture) throws -> Payload? { try fixture.next()["invoice"]?["total"] }

    @Test func `weeks that stay within their limit cost nothing, and each is held against it by itself`() throws {
        let fixture = try shop(10, "WEEK")
        for day in ["01", "08", "15", "22"] { try use(fixture, "2026-01-\(day)T00:00:00Z", 10) }
        #expect(try total(fixture) == 20)
        // The week from the 22nd: 13 of 10.
        try use(fixture, "2026-01-28T23:00:00Z", 3)
        #expect(try total(fixture) == 26)
        // The week of 29 January to 5 February: 4 in January, then 9. 3 are beyond, used and billed in February.
        try use(fixture, "2026-01-31T00:00:00Z", 4)
        #expect(try total(fixture) == 26)
        try use(fixture, "2026-02-02T00:00:00Z", 9)
        #expect(try total(fixture) == 26)
        // Used beyond the limit in January, it is billed there: 14 of 10 by the 31st leaves 2 more in February.
        let late = try shop(10, "WEEK")
        try use(late, "2026-01-31T00:00:00Z", 14)
        #expect(try total(late) == 28)
        try use(late, "2026-02-02T00:00:00Z", 2)
        #expect(try total(late) == 24)
    }

    @Test func `days are the customer's`() throws {
        // Midnight in Kolkata is 18:30 UTC.
        let fixture = try shop(10, "DAY", zone: "Asia/Kolkata")
        try use(fixture, "2026-01-10T18:29:00Z", 8)
        try use(fixture, "2026-01-10T18:30:00Z", 8)
        #expect(try total(fixture) == 20)
        try use(fixture, "2026-01-11T18:29:00Z", 5)
        #expect(try total(fixture) == 26)
        #expect(try fixture.next()["usage"]?.items?.first?["usage"] == 21)
    }

    @Test func `months of a year, billed with the year or month by month`() throws {
        let fixture = try shop(10, "MONTH", billing: "ANNUALLY")
        for (month, value) in [("01", 10), ("02", 10), ("03", 13)] as [(String, Int64)] {
            try use(fixture, "2026-\(month)-05T00:00:00Z", .integer(value))
        }
        #expect(try beyond(fixture) == 3)
        #expect(try total(fixture) == 26)
        let monthly = try EngineFixture()
        try monthly.shop(at: "2026-01-01T00:00:00Z")
        try monthly.call(
            .createFeature,
            ["id": "calls", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
        try overage(monthly, "a", 100, "YEAR", "ANNUALLY", monthly: true)
        try monthly.subscribe("a", ["id": "s", "billingPeriod": "ANNUALLY"])
        // 100 a year by months: 60, 60, 5 are 0, 20 and 5 beyond.
        var due: [Payload?] = []
        for (month, value) in [("01", 60), ("02", 60), ("03", 5)] as [(String, Int64)] {
            try use(monthly, "2026-\(month)-05T00:00:00Z", .integer(value))
            due.append(try beyond(monthly))
        }
        #expect(due == [0, 20, 5])
    }

    @Test func `calendar months that a billing period cuts in two`() throws {
        let reset: Payload = [
            "resetPeriod": "MONTH", "monthlyResetPeriodConfiguration": ["accordingTo": "StartOfTheMonth"],
        ]
        let fixture = try shop(10, reset, at: "2026-01-15T00:00:00Z")
        try use(fixture, "2026-01-20T00:00:00Z", 8)
        try use(fixture, "2026-02-02T00:00:00Z", 9)
        #expect(try beyond(fixture) == 0)
        // February has 9 until the 15th and 4 after it: 3 are beyond, and March none.
        try use(fixture, "2026-02-20T00:00:00Z", 4)
        try use(fixture, "2026-03-03T00:00:00Z", 10)
        #expect(try beyond(fixture) == 3)
    }

    @Test(arguments: ["YEAR", .null] as [Payload])
    func `a limit that outlasts the billing period is used up once`(_ reset: Payload) throws {
        let fixture = try shop(100, reset)
        var due: [Payload?] = []
        for (month, value) in [("01", 60), ("02", 60), ("03", 5)] as [(String, Int64)] {
            try use(fixture, "2026-\(month)-01T00:00:00Z", .integer(value))
            due.append(try beyond(fixture))
        }
        #expect(due == [0, 20, 5])
        // The next year has 100 again; without a reset nothing ever has.
        try use(fixture, "2027-01-03T00:00:00Z", 7)
        #expect(try beyond(fixture) == (reset == .null ? 7 : 0))
    }

    @Test func `a SET says what its reset period comes to so far`() throws {
        let fixture = try shop(10, "WEEK")
        try use(fixture, "2026-01-02T00:00:00Z", 9, set: true)
        try use(fixture, "2026-01-03T00:00:00Z", 12, set: true)
        try use(fixture, "2026-01-09T00:00:00Z", 11, set: true)
        // 12 and 11 of 10.
        #expect(try beyond(fixture) == 3)
    }

    @Test func `a level is held against the limit as it is when the period ends`() throws {
        let fixture = try shop(10, "WEEK", meterType: "FLUCTUATING")
        for day in ["02", "09", "16"] { try use(fixture, "2026-01-\(day)T00:00:00Z", 4) }
        // 12 are there.
        #expect(try beyond(fixture) == 2)
        try fixture.at("2026-02-03T00:00:00Z")
        #expect(try beyond(fixture) == 2)
    }

    @Test func `a change of plan settles overage by the old limit and price, and counts anew`() throws {
        let fixture = try shop(10, "MONTH")
        try overage(fixture, "b", 20, "MONTH", price: 3, flat: 20)
        try use(fixture, "2026-01-10T00:00:00Z", 15)
        try fixture.at("2026-01-16T00:00:00Z")
        let quote = try fixture.call(
            .estimateSubscription, ["customerId": "c", "planId": "b", "billingPeriod": "MONTHLY"])
        // 5 beyond 10, at 2 dollars; both plans cost the same.
        #expect(quote.money("total") == "10")
        try fixture.subscribe("b", ["billingPeriod": "MONTHLY"])
        let id = try #require(
            try fixture.call(.listSubscriptions, ["customerId": "c", "status": ["ACTIVE"]])["data"]?.items?.first?["id"]
        )
        func next() throws -> Payload? { try fixture.call(.previewNextInvoice, ["id": id])["usage"]?.items?.first }
        #expect(try next()?["overage"] == 0)
        // A check counts from zero since the change, and so does the bill.
        try use(fixture, "2026-01-20T00:00:00Z", 20)
        #expect(try next()?["overage"] == 0)
        try use(fixture, "2026-01-21T00:00:00Z", 1)
        #expect(try next()?["overage"] == 1)
        #expect(try fixture.call(.previewNextInvoice, ["id": id])["invoice"]?["total"] == 23)
    }

    @Test func `a change of plan that leaves usage alone bills no unit twice`() throws {
        let fixture = try shop(10, "MONTH")
        try fixture.call(.updateProduct, ["id": "p", "usageResetCutoffRule": ["behavior": "NEVER_RESET"]])
        try overage(fixture, "b", 20, "MONTH", price: 3)
        try use(fixture, "2026-01-10T00:00:00Z", 15)
        try fixture.at("2026-01-16T00:00:00Z")
        try fixture.call(.provisionSubscription, ["customerId": "c", "planId": "b", "billingPeriod": "MONTHLY"])
        let id = try #require(
            try fixture.call(.listSubscriptions, ["customerId": "c", "status": ["ACTIVE"]])["data"]?.items?.first?["id"]
        )
        // 5 were settled. 15 count towards the 20: of 7 more 2 are beyond.
        try use(fixture, "2026-01-20T00:00:00Z", 7)
        #expect(try fixture.call(.previewNextInvoice, ["id": id])["usage"]?.items?.first?["overage"] == 2)
        #expect(try fixture.call(.previewNextInvoice, ["id": id])["invoice"]?["total"] == 26)
    }

    @Test func `a budget is spent by what is billed`() throws {
        let fixture = try shop(10, "WEEK", ["budget": ["limit": 10, "hasSoftLimit": false]])
        func denial() throws -> Payload? {
            try fixture.call(.checkEntitlement, ["customerId": "c", "featureId": "calls"])["accessDeniedReason"]
        }
        for day in ["01", "08", "15", "22"] { try use(fixture, "2026-01-\(day)T00:00:00Z", 10) }
        #expect(try denial() == .null)
        // 4 beyond are 8 dollars, 5 are 10.
        try use(fixture, "2026-01-23T00:00:00Z", 4)
        #expect(try denial() == .null)
        try use(fixture, "2026-01-23T00:00:01Z", 1)
        #expect(try denial() == "BudgetExceeded")
    }

    @Test func `the end bills what went beyond until then`() throws {
        let fixture = try shop(10, "WEEK")
        try use(fixture, "2026-01-02T00:00:00Z", 12)
        try use(fixture, "2026-01-09T00:00:00Z", 9)
        try fixture.at("2026-01-16T00:00:00Z")
        try fixture.call(
            .cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": false])
        // 2 units.
        #expect(try fixture.waiting() == Amount(4))
    }
}
