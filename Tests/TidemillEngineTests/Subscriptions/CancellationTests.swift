import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations

struct CancellationTests {
    private func shop() throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-10-01T00:00:00Z")
        try fixture.plan("pro", monthly: 30)
        try fixture.subscribe("pro", ["id": "s"])
        return fixture
    }

    @Test func `a cancellation is immediate unless something else is said`() throws {
        let fixture = try shop()
        try fixture.at("2026-10-05T00:00:00Z")
        let ended = try fixture.call(.cancelSubscription, ["id": "s"])
        #expect(ended["status"] == "CANCELED")
        #expect(ended["cancelReason"] == "Immediate")
        #expect(ended["cancellationDate"] == "2026-10-05T00:00:00.000Z")
        #expect(ended["effectiveEndDate"] == "2026-10-05T00:00:00.000Z")
        let error = fixture.failure(.cancelSubscription, ["id": "s"])
        #expect(error.code.rawValue == "SubscriptionAlreadyCanceledOrExpired")
        #expect(
            error.message == "cancelSubscription: the subscription \"s\" is CANCELED; provision a new one")
        #expect(try fixture.announced().last == "subscription.canceled 2026-10-05T00:00")
        try fixture.at("2026-12-05T00:00:00Z")
        _ = try fixture.subscription("s")
        #expect(try fixture.announced().last == "subscription.canceled 2026-10-05T00:00", "it renews no more")
    }

    @Test func `one for the end of the period comes then, and can be taken back`() throws {
        let fixture = try shop()
        let set = try fixture.call(.cancelSubscription, ["id": "s", "cancellationTime": "END_OF_BILLING_PERIOD"])
        #expect(set["status"] == "ACTIVE")
        #expect(set["cancellationDate"] == "2026-11-01T00:00:00.000Z")
        #expect(
            try fixture.call(.updateSubscription, ["id": "s", "cancellationDate": .null])["cancellationDate"] == .null)
        try fixture.at("2026-11-02T00:00:00Z")
        try fixture.call(.cancelSubscription, ["id": "s", "cancellationTime": "END_OF_BILLING_PERIOD"])
        try fixture.at("2027-01-01T00:00:00Z")
        let read = try fixture.subscription("s")
        #expect(read["status"] == "CANCELED")
        #expect(read["cancelReason"] == "ScheduledCancellation")
        #expect(read["endDate"] == "2026-12-01T00:00:00.000Z")
    }

    @Test func `one for a day needs the day`() throws {
        let fixture = try shop()
        let day: Payload = ["id": "s", "cancellationTime": "SPECIFIC_DATE", "endDate": "2026-10-20T08:00:00Z"]
        #expect(
            fixture.failure(.cancelSubscription, ["id": "s", "cancellationTime": "SPECIFIC_DATE"]).message
                == "cancelSubscription: 'endDate' is required with the cancellationTime SPECIFIC_DATE")
        #expect(
            fixture.failure(
                .cancelSubscription,
                ["id": "s", "cancellationTime": "SPECIFIC_DATE", "endDate": "2026-09-20T08:00:00Z"]
            ).code == .invalidCancellationDate)
        #expect(
            fixture.failure(.cancelSubscription, ["id": "s", "endDate": "2026-11-20T08:00:00Z"]).code
                == .invalidArgument)
        try fixture.call(.cancelSubscription, day)
        try fixture.at("2026-10-20T08:00:00Z")
        #expect(try fixture.subscription("s")["status"] == "CANCELED")
    }

    @Test func `a free plan follows where the product says so, and not where access is to be revoked`() throws {
        let fixture = try shop()
        try fixture.plan("free")
        try fixture.settings(["subscriptionEndSetup": "DOWNGRADE_TO_FREE", "downgradePlanId": "free"])
        try fixture.call(.cancelSubscription, ["id": "s"])
        func live() throws -> [Payload?] {
            try fixture.call(.listSubscriptions, ["customerId": "c", "status": "ACTIVE"])["data"]?.list
                .map { $0["planId"] } ?? []
        }
        #expect(try live() == ["free"])
        let paid = try fixture.subscribe("pro")
        #expect(try live() == ["pro"])
        try fixture.call(
            .cancelSubscription, ["id": paid["id"] ?? .null, "cancellationAction": "REVOKE_ENTITLEMENTS"])
        #expect(try live() == [])
    }

    @Test func `archiving a customer ends everything, and unarchiving brings nothing back`() throws {
        let fixture = try shop()
        try fixture.call(.archiveCustomer, ["id": "c"])
        let read = try fixture.subscription("s")
        #expect(read["status"] == "CANCELED")
        #expect(read["cancelReason"] == "CustomerArchived")
        #expect(
            fixture.failure(.provisionSubscription, ["customerId": "c", "planId": "pro"]).code == .entityIsArchived)
        try fixture.call(.unarchiveCustomer, ["id": "c"])
        #expect(try fixture.subscription("s")["status"] == "CANCELED")
        #expect(try fixture.subscribe("pro")["status"] == "ACTIVE")
    }

    @Test func `a subscription that was imported before stays as it is`() throws {
        let fixture = try shop()
        try fixture.call(.provisionCustomer, ["id": "d"])
        try fixture.plan("team", monthly: 30)
        func take(_ plan: Payload, _ customer: Payload = "d") -> Payload {
            ["subscriptions": [["id": "i", "customerId": customer, "planId": plan, "metadata": ["of": plan]]]]
        }
        try fixture.call(.importSubscriptions, take("pro"))
        let first = try fixture.record("i")
        try fixture.call(.importSubscriptions, take("team"))
        #expect(try fixture.record("i") == first)
        #expect(fixture.failure(.importSubscriptions, take("pro", "c")).code == .duplicatedEntity)
        #expect(ImportSubscriptions.row.summary.contains("stay as they are"))
    }

    @Test func `an imported subscription with an end expires`() throws {
        let fixture = try shop()
        try fixture.call(.provisionCustomer, ["id": "d"])
        try fixture.call(
            .importSubscriptions,
            [
                "subscriptions": [
                    [
                        "id": "i", "customerId": "d", "planId": "pro", "startDate": "2026-01-15T00:00:00Z",
                        "endDate": "2026-12-24T00:00:00Z", "billingId": "sub_9",
                    ]
                ]
            ])
        #expect(try fixture.subscription("i")["currentBillingPeriodEnd"] == "2026-10-15T00:00:00.000Z")
        try fixture.at("2027-01-01T00:00:00Z")
        let read = try fixture.subscription("i")
        #expect(read["status"] == "EXPIRED")
        #expect(read["cancelReason"] == "EXPIRED")
        #expect(read["billingId"] == "sub_9")
        #expect(try fixture.announced().last == "subscription.expired 2026-12-24T00:00")
    }
}
