import Testing
import TidemillCore
@testable import TidemillEngine
@testable import TidemillOperations
import TidemillStore

/// Goal: a start that is back-dated so far that its trial is over is what it would be, had it been provisioned then.
/// Method: the same subscription in two stores, provisioned at its start in one and later in the other.
struct PastTrialTests {
    private func fixture(_ behavior: TrialEndBehavior, at time: String) throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.shop(at: time)
        try fixture.plan(
            "pro", monthly: 30, annually: 300,
            trial: TrialConfig(duration: 10, units: .day, trialEndBehavior: behavior))
        return fixture
    }

    private let order: TextMap<Payload> = ["id": "s", "billingPeriod": "MONTHLY"]

    @Test(arguments: [TrialEndBehavior.convertToPaid, .cancelSubscription])
    func `a trial that is over has happened at its time`(behavior: TrialEndBehavior) throws {
        let then = try fixture(behavior, at: "2026-01-01T00:00:00Z")
        try then.subscribe("pro", order)
        try then.at("2026-03-20T00:00:00Z")
        let late = try fixture(behavior, at: "2026-03-20T00:00:00Z")
        let answer = try late.subscribe("pro", order.merging(["startDate": "2026-01-01T00:00:00Z"]) { $1 })

        func facts(_ fixture: EngineFixture) throws -> SubscriptionRecord {
            _ = try fixture.subscription("s")
            var record = try fixture.record("s")
            record.createdAt = fixture.now
            record.updatedAt = fixture.now
            record.unpaidUntil = nil
            return record
        }
        #expect(try facts(late) == facts(then))
        #expect(try late.announced(withMonths: true) == then.announced(withMonths: true))
        #expect(try late.announced().first == "subscription.created 2026-01-01T00:00")
        #expect(answer["status"] == (behavior == .convertToPaid ? "ACTIVE" : "CANCELED"))
        if behavior == .convertToPaid {
            // Ten days of trial, then months from the eleventh.
            #expect(answer["currentBillingPeriodStart"] == "2026-03-11T00:00:00.000Z")
        }
    }

    @Test func `its paid periods are due as those of any start in the past`() throws {
        let fixture = try fixture(.convertToPaid, at: "2026-03-20T00:00:00Z")
        var input = order.merging(["customerId": "c", "planId": "pro", "startDate": "2026-01-01T00:00:00Z"]) { $1 }
        input["id"] = nil
        let later = try fixture.call(.estimateSubscription, .object(input))
        #expect(later.money("total") == "0")
        #expect(later["billingPeriodRange"]?["start"] == "2026-03-11T00:00:00.000Z")
        input["billingInformation"] = ["isBackdated": true]
        // From 11 January, February and March.
        #expect(try fixture.call(.estimateSubscription, .object(input)).money("total") == "90")
    }
}
