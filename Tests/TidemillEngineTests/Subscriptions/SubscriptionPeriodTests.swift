import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations

/// Billing periods, against the calendar.
struct SubscriptionPeriodTests {
    @Test func `the last of January renews on the last of shorter months, and comes back to the 31st`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-01-31T10:00:00Z")
        try fixture.plan("pro", monthly: 20)
        try fixture.subscribe("pro", ["id": "s"])
        let ends = [
            ("2026-01-31T10:00:00Z", "2026-02-28T10:00:00.000Z"), ("2026-02-28T10:00:00Z", "2026-03-31T10:00:00.000Z"),
            ("2026-03-31T09:59:59Z", "2026-03-31T10:00:00.000Z"), ("2026-04-01T00:00:00Z", "2026-04-30T10:00:00.000Z"),
            ("2026-05-01T00:00:00Z", "2026-05-31T10:00:00.000Z"),
        ]
        for (now, end) in ends {
            try fixture.at(now)
            #expect(try fixture.subscription("s")["currentBillingPeriodEnd"]?.text == end, "\(now)")
        }
    }

    @Test func `a subscription of a leap day renews on the 28th, and on the 29th in leap years`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2028-02-29T00:00:00Z")
        try fixture.plan("pro", annually: 100)
        try fixture.subscribe("pro", ["id": "s"])
        #expect(try fixture.subscription("s")["currentBillingPeriodEnd"] == "2029-02-28T00:00:00.000Z")
        try fixture.at("2031-03-01T00:00:00Z")
        #expect(try fixture.subscription("s")["currentBillingPeriodStart"] == "2031-02-28T00:00:00.000Z")
        #expect(try fixture.subscription("s")["currentBillingPeriodEnd"] == "2032-02-29T00:00:00.000Z")
    }

    @Test func `thirteen renewals that nobody watched happened at their own instants, once each`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-10-31T12:00:00Z")
        try fixture.plan("pro", monthly: 20)
        try fixture.subscribe("pro", ["id": "s"])
        try fixture.at("2027-12-15T00:00:00Z")
        let read = try fixture.subscription("s")
        #expect(read["currentBillingPeriodStart"] == "2027-11-30T12:00:00.000Z")
        #expect(read["currentBillingPeriodEnd"] == "2027-12-31T12:00:00.000Z")
        #expect(read["status"] == "ACTIVE")
        let renewals = [
            "2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31",
            "2027-06-30", "2027-07-31", "2027-08-31", "2027-09-30", "2027-10-31", "2027-11-30",
        ].map { "subscription.updated \($0)T12:00" }
        #expect(try fixture.announced() == ["subscription.created 2026-10-31T12:00"] + renewals)
        _ = try fixture.subscription("s")
        #expect(try fixture.announced().count == 14, "a second look announces nothing")
    }

    @Test func `periods step in UTC, whatever the customer's clocks do`() throws {
        let fixture = try EngineFixture()
        // New Zealand sets its clocks forward on 27 September 2026 and back on 4 April 2027.
        try fixture.shop(at: "2026-08-27T20:30:00Z", customer: ["id": "c", "timezone": "Pacific/Auckland"])
        try fixture.plan("pro", monthly: 20)
        try fixture.subscribe("pro", ["id": "s"])
        try fixture.at("2027-05-01T00:00:00Z")
        #expect(try fixture.subscription("s")["currentBillingPeriodStart"] == "2027-04-27T20:30:00.000Z")
    }

    @Test func `a back-dated subscription is in the period that holds the present`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-10-20T00:00:00Z")
        try fixture.plan("pro", monthly: 20)
        let made = try fixture.subscribe("pro", ["id": "s", "startDate": "2026-08-15T06:00:00Z"])
        #expect(made["status"] == "ACTIVE")
        #expect(made["startDate"] == "2026-08-15T06:00:00.000Z")
        #expect(made["currentBillingPeriodStart"] == "2026-10-15T06:00:00.000Z")
        #expect(try fixture.announced() == ["subscription.created 2026-10-20T00:00"], "the past is not announced")
    }

    @Test func `a subscription that begins later begins by itself`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-10-01T00:00:00Z")
        try fixture.plan("pro", monthly: 20)
        let made = try fixture.subscribe("pro", ["id": "s", "startDate": "2026-12-31T00:00:00Z"])
        #expect(made["status"] == "NOT_STARTED")
        #expect(made["currentBillingPeriodEnd"] == .null)
        try fixture.at("2027-03-05T00:00:00Z")
        let read = try fixture.subscription("s")
        #expect(read["status"] == "ACTIVE")
        // 31 December, 31 January, 28 February, 31 March.
        #expect(read["currentBillingPeriodStart"] == "2027-02-28T00:00:00.000Z")
        #expect(
            try fixture.announced() == [
                "subscription.created 2026-10-01T00:00", "subscription.updated 2026-12-31T00:00",
                "subscription.updated 2027-01-31T00:00", "subscription.updated 2027-02-28T00:00",
            ])
    }

    @Test func `a change can begin the billing cycle anew`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-10-01T00:00:00Z")
        try fixture.plan("pro", monthly: 20)
        try fixture.subscribe("pro", ["id": "s"])
        try fixture.at("2026-10-11T08:00:00Z")
        let moved = try fixture.call(.updateSubscription, ["id": "s", "billingCycleAnchor": "NOW"])
        #expect(moved["billingCycleAnchor"] == "2026-10-11T08:00:00.000Z")
        #expect(moved["currentBillingPeriodEnd"] == "2026-11-11T08:00:00.000Z")
    }
}
