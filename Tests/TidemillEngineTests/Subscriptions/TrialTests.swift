import Testing
import TidemillCore
@testable import TidemillEngine
@testable import TidemillOperations
import TidemillStore

struct TrialTests {
    private func shop(
        _ trial: TrialConfig = TrialConfig(duration: 14, units: .day)
    ) throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-10-01T00:00:00Z")
        try fixture.plan("pro", monthly: 20, trial: trial)
        return fixture
    }

    @Test func `a trial is noticed a week before its end, and becomes a paid subscription whose cycle begins then`()
        throws
    {
        let fixture = try shop()
        let made = try fixture.subscribe("pro", ["id": "s"])
        #expect(made["status"] == "IN_TRIAL")
        // 1 October and 14 days.
        #expect(made["trialEndDate"] == "2026-10-15T00:00:00.000Z")
        #expect(made["currentBillingPeriodEnd"] == "2026-10-15T00:00:00.000Z")
        #expect(made["trial"]?["trialEndBehavior"] == "CONVERT_TO_PAID")
        try fixture.at("2026-12-01T00:00:00Z")
        let read = try fixture.subscription("s")
        #expect(read["status"] == "ACTIVE")
        #expect(read["billingCycleAnchor"] == "2026-10-15T00:00:00.000Z")
        #expect(read["currentBillingPeriodStart"] == "2026-11-15T00:00:00.000Z")
        #expect(
            try fixture.announced() == [
                "subscription.created 2026-10-01T00:00", "subscription.trial_started 2026-10-01T00:00",
                "subscription.trial.ends_soon 2026-10-08T00:00", "subscription.trial_converted 2026-10-15T00:00",
                "subscription.updated 2026-11-15T00:00",
            ])
    }

    @Test func `a trial of a month by the calendar that is not converted ends`() throws {
        let fixture = try shop(TrialConfig(duration: 1, units: .month, trialEndBehavior: .cancelSubscription))
        try fixture.at("2027-01-31T00:00:00Z")
        let made = try fixture.subscribe("pro", ["id": "s"])
        #expect(made["trialEndDate"] == "2027-02-28T00:00:00.000Z")
        #expect(made["effectiveEndDate"] == "2027-02-28T00:00:00.000Z")
        try fixture.at("2027-02-28T00:00:00Z")
        let read = try fixture.subscription("s")
        #expect(read["status"] == "CANCELED")
        #expect(read["cancelReason"] == "TRIAL_ENDED")
        #expect(read["endDate"] == "2027-02-28T00:00:00.000Z")
        #expect(
            try fixture.announced().suffix(2) == [
                "subscription.trial_expired 2027-02-28T00:00", "subscription.canceled 2027-02-28T00:00",
            ])
    }

    @Test func `a customer tries a product out once, and not after having paid`() throws {
        let fixture = try shop()
        try fixture.subscribe("pro", ["id": "s"])
        try fixture.call(.cancelSubscription, ["id": "s"])
        #expect(try fixture.subscribe("pro", ["id": "t"])["status"] == "ACTIVE", "the second time is no trial")
        try fixture.call(.cancelSubscription, ["id": "t"])
        let again = try fixture.subscribe(
            "pro",
            ["id": "u", "trialOverrideConfiguration": ["isTrial": true, "trialEndDate": "2026-10-05T00:00:00Z"]])
        #expect(again["status"] == "IN_TRIAL", "unless it is said so")
        #expect(again["trialEndDate"] == "2026-10-05T00:00:00.000Z")
    }

    @Test func `a trial can be left out`() throws {
        let fixture = try shop()
        let made = try fixture.subscribe("pro", ["trialOverrideConfiguration": ["isTrial": false]])
        #expect(made["status"] == "ACTIVE")
        #expect(made["trialEndDate"] == .null)
    }

    @Test func `paying for the plan that is tried out converts it at once`() throws {
        let fixture = try shop()
        try fixture.subscribe("pro", ["id": "s"])
        try fixture.at("2026-10-04T06:00:00Z")
        let paid = try fixture.subscribe("pro", ["trialOverrideConfiguration": ["isTrial": false]])
        #expect(paid["id"] == "s")
        #expect(paid["status"] == "ACTIVE")
        #expect(paid["currentBillingPeriodEnd"] == "2026-11-04T06:00:00.000Z")
        #expect(try fixture.announced().last == "subscription.trial_converted 2026-10-04T06:00")
        let reason = try fixture.store.read {
            try $0.first("SELECT payload FROM outbox WHERE type = 'subscription.trial_converted'") { $0.text(0) }
        }
        #expect(try Payload(json: reason ?? "")["reason"] == "PAID_SUBSCRIPTION_PROVISIONED")
    }

    @Test func `a trial runs beside a free plan and takes its place when it converts`() throws {
        let fixture = try shop()
        try fixture.plan("free")
        try fixture.subscribe("free", ["id": "f"])
        let trial = try fixture.subscribe("pro", ["id": "s"])
        #expect(trial["status"] == "IN_TRIAL")
        #expect(try fixture.subscription("f")["status"] == "ACTIVE")
        try fixture.at("2026-10-15T00:00:00Z")
        #expect(try fixture.subscription("s")["status"] == "ACTIVE")
        let left = try fixture.subscription("f")
        #expect(left["status"] == "CANCELED")
        #expect(left["cancelReason"] == "UPGRADE_OR_DOWNGRADE")
        #expect(left["endDate"] == "2026-10-15T00:00:00.000Z")
    }

    @Test func `a better plan is tried out beside the one that is paid for`() throws {
        let fixture = try shop()
        try fixture.plan("basic", monthly: 5)
        try fixture.subscribe("basic", ["id": "b"])
        let override: Payload = [
            "isTrial": true, "trialEndDate": "2026-10-08T00:00:00Z", "trialEndBehavior": "CANCEL_SUBSCRIPTION",
        ]
        try fixture.subscribe("pro", ["id": "s", "trialOverrideConfiguration": override])
        let live = try fixture.call(.listSubscriptions, ["customerId": "c"])
        #expect(live["data"]?.list.map { $0["status"] } == ["ACTIVE", "IN_TRIAL"])
        try fixture.at("2026-10-09T00:00:00Z")
        #expect(try fixture.subscription("s")["status"] == "CANCELED")
        #expect(try fixture.subscription("b")["status"] == "ACTIVE", "what is paid for goes on")
    }

    @Test func `a trial can be longer or shorter, but not over`() throws {
        let fixture = try shop()
        try fixture.subscribe("pro", ["id": "s"])
        let longer = try fixture.call(.updateSubscription, ["id": "s", "trialEndDate": "2026-11-01T00:00:00Z"])
        #expect(longer["trialEndDate"] == "2026-11-01T00:00:00.000Z")
        #expect(longer["currentBillingPeriodEnd"] == "2026-11-01T00:00:00.000Z")
        #expect(
            fixture.failure(.updateSubscription, ["id": "s", "trialEndDate": "2026-10-01T00:00:00Z"]).code
                == .invalidArgument)
        try fixture.at("2026-11-02T00:00:00Z")
        #expect(
            fixture.failure(.updateSubscription, ["id": "s", "trialEndDate": "2026-12-01T00:00:00Z"]).code
                == .invalidSubscriptionStatus)
    }

    @Test func `a trial is canceled at once or not at all`() throws {
        let fixture = try shop()
        try fixture.settings(["subscriptionCancellationTime": "END_OF_BILLING_PERIOD"])
        try fixture.subscribe("pro", ["id": "s"])
        let error = fixture.failure(.cancelSubscription, ["id": "s", "cancellationTime": "END_OF_BILLING_PERIOD"])
        #expect(error.code.rawValue == "TrialMustBeCancelledImmediately")
        // What only the product prefers gives way.
        #expect(try fixture.call(.cancelSubscription, ["id": "s"])["status"] == "CANCELED")
    }

    @Test func `where the product says so, a free plan follows a trial`() throws {
        let fixture = try shop(TrialConfig(duration: 14, units: .day, trialEndBehavior: .cancelSubscription))
        try fixture.plan("free")
        try fixture.settings(["subscriptionEndSetup": "DOWNGRADE_TO_FREE"])
        try fixture.subscribe("pro", ["id": "s"])
        try fixture.at("2026-10-20T00:00:00Z")
        let live = try fixture.call(.listSubscriptions, ["customerId": "c", "status": ["ACTIVE", "IN_TRIAL"]])
        #expect(live["data"]?.list.map { $0["planId"] } == ["free"])
        #expect(live["data"]?.list.first?["startDate"] == "2026-10-15T00:00:00.000Z")
    }
}
