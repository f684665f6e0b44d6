import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations

struct PlanChangeTests {
    private func shop() throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-10-01T00:00:00Z")
        try fixture.plan("basic", monthly: 10, annually: 100)
        try fixture.plan("pro", monthly: 30, annually: 300)
        return fixture
    }

    @Test func `an upgrade takes effect at once and keeps the billing cycle`() throws {
        let fixture = try shop()
        try fixture.subscribe("basic", ["id": "s", "billingPeriod": "MONTHLY"])
        try fixture.at("2026-10-11T00:00:00Z")
        let answer = try fixture.call(.provisionSubscription, ["customerId": "c", "planId": "pro"])
        #expect(answer["id"] == "s")
        #expect(answer["isScheduled"] == false)
        #expect(answer["subscription"]?["planId"] == "pro")
        #expect(answer["subscription"]?["currentBillingPeriodEnd"] == "2026-11-01T00:00:00.000Z")
        // ALWAYS_RESET is the default: usage begins anew, its periods stay aligned with the billing cycle.
        #expect(try fixture.record("s").usageResetAt == fixture.now)
        #expect(try fixture.record("s").usageAnchor == fixture.record("s").billingCycleAnchor)
    }

    @Test func `a product can keep usage through a change of plan`() throws {
        let fixture = try shop()
        try fixture.call(.updateProduct, ["id": "p", "usageResetCutoffRule": ["behavior": "NEVER_RESET"]])
        try fixture.subscribe("basic", ["id": "s", "billingPeriod": "MONTHLY"])
        let start = fixture.now
        try fixture.at("2026-10-11T00:00:00Z")
        try fixture.subscribe("pro")
        #expect(try fixture.record("s").usageResetAt == start)
        try fixture.call(.updateProduct, ["id": "p", "usageResetCutoffRule": ["behavior": "BILLING_PERIOD_CHANGE"]])
        try fixture.subscribe("basic")
        #expect(try fixture.record("s").usageResetAt == start, "the cycle did not move")
        try fixture.subscribe("pro", ["billingCycleAnchor": "NOW"])
        #expect(try fixture.record("s").usageResetAt == fixture.now)
        #expect(try fixture.record("s").usageAnchor == fixture.now)
    }

    @Test func `a downgrade takes effect at once, unless the product lets it wait`() throws {
        let fixture = try shop()
        try fixture.subscribe("pro", ["id": "s", "billingPeriod": "MONTHLY"])
        #expect(try fixture.subscribe("basic")["planId"] == "basic")
        try fixture.subscribe("pro")
        try fixture.settings(["prorateAtEndOfBillingPeriod": true])
        try fixture.at("2026-10-11T00:00:00Z")
        let answer = try fixture.call(
            .provisionSubscription, ["customerId": "c", "planId": "basic", "metadata": ["a": "b"]])
        #expect(answer["isScheduled"] == true)
        #expect(answer["subscription"]?["planId"] == "pro")
        #expect(answer["subscription"]?["metadata"] == ["a": "b"], "what costs nothing does not wait")
        #expect(
            answer["subscription"]?["futureUpdates"] == [
                [
                    "scheduledExecutionTime": "2026-11-01T00:00:00.000Z", "scheduleStatus": "SCHEDULED",
                    "subscriptionScheduleType": "DOWNGRADE", "targetPackage": ["id": "basic"],
                ]
            ])
        try fixture.at("2026-11-20T00:00:00Z")
        let read = try fixture.subscription("s")
        #expect(read["planId"] == "basic")
        #expect(read["futureUpdates"] == [])
        #expect(read["currentBillingPeriodStart"] == "2026-11-01T00:00:00.000Z")
        #expect(try fixture.announced().last == "subscription.updated 2026-11-01T00:00", "one event, not two")
    }

    @Test func `a strategy decides against the product`() throws {
        let fixture = try shop()
        try fixture.settings(["prorateAtEndOfBillingPeriod": true])
        try fixture.subscribe("pro", ["id": "s", "billingPeriod": "ANNUALLY"])
        #expect(try fixture.subscribe("basic", ["scheduleStrategy": "IMMEDIATE"])["planId"] == "basic")
        try fixture.at("2026-12-15T00:00:00Z")
        // Billing months of an annual subscription: 1 October, 1 November, 1 December, 1 January.
        let month = try fixture.subscribe("pro", ["scheduleStrategy": "END_OF_BILLING_MONTH"])
        #expect(month["futureUpdates"]?.list.first?["scheduledExecutionTime"] == "2027-01-01T00:00:00.000Z")
        #expect(month["futureUpdates"]?.list.first?["subscriptionScheduleType"] == "PLAN")
        let year = try fixture.subscribe("pro", ["scheduleStrategy": "END_OF_BILLING_PERIOD"])
        #expect(year["futureUpdates"]?.list.count == 1, "the new change replaces the one that waited")
        #expect(year["futureUpdates"]?.list.first?["scheduledExecutionTime"] == "2027-10-01T00:00:00.000Z")
        try fixture.call(.cancelSubscriptionUpdates, ["id": "s"])
        #expect(try fixture.subscription("s")["futureUpdates"] == [])
        #expect(fixture.failure(.cancelSubscriptionUpdates, ["id": "s"]).code == .futureUpdateNotFound)
        try fixture.at("2027-10-02T00:00:00Z")
        #expect(try fixture.subscription("s")["planId"] == "basic")
    }

    @Test func `a change to a plan that was archived in the meantime fails, and nothing else does`() throws {
        let fixture = try shop()
        try fixture.subscribe("pro", ["id": "s", "billingPeriod": "MONTHLY"])
        try fixture.subscribe("basic", ["scheduleStrategy": "END_OF_BILLING_PERIOD"])
        try fixture.archivePlan("basic")
        try fixture.at("2026-11-02T00:00:00Z")
        let read = try fixture.subscription("s")
        #expect(read["planId"] == "pro")
        #expect(read["futureUpdates"]?.list.map { $0["scheduleStatus"] } == ["FAILED"])
        #expect(read["currentBillingPeriodStart"] == "2026-11-01T00:00:00.000Z", "it renewed all the same")
    }

    @Test func `an archived plan keeps its subscribers and gets no new ones`() throws {
        let fixture = try shop()
        try fixture.subscribe("pro", ["id": "s", "billingPeriod": "MONTHLY"])
        try fixture.archivePlan("pro")
        try fixture.at("2026-12-01T00:00:00Z")
        #expect(try fixture.subscription("s")["status"] == "ACTIVE")
        try fixture.call(.provisionCustomer, ["id": "d"])
        let error = fixture.failure(
            .provisionSubscription, ["customerId": "d", "planId": "pro", "billingPeriod": "MONTHLY"])
        #expect(error.code == .entityIsArchived)
    }

    @Test func `a plan that inherits from another is above it, whatever it costs`() throws {
        let fixture = try shop()
        try fixture.settings(["prorateAtEndOfBillingPeriod": true])
        try fixture.plan("child", monthly: 5, parent: "basic")
        try fixture.subscribe("basic", ["id": "s", "billingPeriod": "MONTHLY"])
        #expect(try fixture.subscribe("child")["planId"] == "child")
        #expect(try fixture.subscribe("basic")["planId"] == "child", "down, so it waits")
    }

    @Test func `less of the same plan waits too`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-10-01T00:00:00Z")
        try fixture.provisionSeats()
        try fixture.settings(["prorateAtEndOfBillingPeriod": true])
        try fixture.plan("team", seats: 8)
        try fixture.subscribe("team", ["id": "s", "billableFeatures": [["featureId": "seats", "quantity": 5]]])
        let more = try fixture.call(
            .updateSubscription, ["id": "s", "charges": [["id": "seats", "quantity": 7, "type": "FEATURE"]]])
        #expect(more["charges"]?.list.first?["quantity"] == 7)
        let less = try fixture.call(.updateSubscription, ["id": "s", "unitQuantity": 2])
        #expect(less["charges"]?.list.first?["quantity"] == 7)
        #expect(less["futureUpdates"]?.list.first?["subscriptionScheduleType"] == "UNIT_AMOUNT")
        try fixture.at("2026-11-01T00:00:00Z")
        #expect(try fixture.subscription("s")["charges"]?.list.first?["quantity"] == 2)
        #expect(fixture.failure(.updateSubscription, ["id": "s", "unitQuantity": 101]).code == .invalidQuantity)
        #expect(fixture.failure(.updateSubscription, ["id": "s", "unitQuantity": 0]).code == .invalidQuantity)
    }

    @Test func `a plan that begins where the other ends is no change of it`() throws {
        let fixture = try shop()
        try fixture.subscribe(
            "basic", ["id": "s", "billingPeriod": "MONTHLY", "cancellationDate": "2026-12-01T00:00:00Z"])
        let next = try fixture.subscribe(
            "pro", ["id": "t", "billingPeriod": "MONTHLY", "startDate": "2026-12-01T00:00:00Z"])
        #expect(next["status"] == "NOT_STARTED")
        try fixture.at("2026-12-05T00:00:00Z")
        #expect(try fixture.subscription("s")["status"] == "CANCELED")
        #expect(try fixture.subscription("t")["status"] == "ACTIVE")
    }

    @Test func `a plan that begins later is a change at that time`() throws {
        let fixture = try shop()
        try fixture.subscribe("basic", ["id": "s", "billingPeriod": "MONTHLY"])
        let waiting = try fixture.subscribe("pro", ["startDate": "2026-10-20T00:00:00Z"])
        #expect(waiting["futureUpdates"]?.list.first?["scheduledExecutionTime"] == "2026-10-20T00:00:00.000Z")
        try fixture.at("2026-10-21T00:00:00Z")
        #expect(try fixture.subscription("s")["planId"] == "pro")
        #expect(try fixture.record("s").usageResetAt.description == "2026-10-20T00:00:00.000Z")
    }

    @Test func `another billing period begins a new cycle`() throws {
        let fixture = try shop()
        try fixture.subscribe("basic", ["id": "s", "billingPeriod": "MONTHLY"])
        try fixture.at("2026-10-11T00:00:00Z")
        let yearly = try fixture.call(.updateSubscription, ["id": "s", "billingPeriod": "ANNUALLY"])
        #expect(yearly["currentBillingPeriodEnd"] == "2027-10-11T00:00:00.000Z")
        #expect(
            fixture.failure(.provisionSubscription, ["customerId": "c", "planId": "nowhere"]).code == .planNotFound)
    }

    @Test func `a change under another id ends the old subscription`() throws {
        let fixture = try shop()
        try fixture.subscribe("basic", ["id": "s", "billingPeriod": "MONTHLY"])
        try fixture.at("2026-10-11T00:00:00Z")
        let changed = try fixture.subscribe("pro", ["id": "t"])
        #expect(changed["id"] == "t")
        #expect(changed["currentBillingPeriodEnd"] == "2026-11-01T00:00:00.000Z", "the cycle goes on")
        #expect(try fixture.subscription("s")["cancelReason"] == "UPGRADE_OR_DOWNGRADE")
        let open = try fixture.call(.listSubscriptions, ["customerId": "c", "status": "ACTIVE"])
        #expect(open["data"]?.list.map { $0["id"] } == ["t"])
    }
}

extension EngineFixture {
    func provisionSeats() throws {
        try call(
            .createFeature,
            ["id": "seats", "displayName": "Seats", "featureType": "NUMBER", "meterType": "FLUCTUATING"])
    }
}
