import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations

struct ParentVersionTests {
    /// `pro` inherits from `base`, which gives 100 of the feature `api`.
    private func shop() throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-10-01T00:00:00Z")
        try fixture.call(
            .createFeature,
            ["id": "api", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
        try fixture.plan("base", api: 100)
        try fixture.plan("pro", monthly: 20, parent: "base")
        try fixture.subscribe("pro", ["id": "s"])
        return fixture
    }

    private func limit(_ fixture: EngineFixture, _ customer: Payload = "c") throws -> Payload? {
        try fixture.call(.checkEntitlement, ["customerId": customer, "featureId": "api"])["usageLimit"]
    }

    @Test func `a parent's version for new customers reaches only who subscribes to the child later`() throws {
        let fixture = try shop()
        try fixture.at("2026-10-02T00:00:00Z")
        try fixture.plan("base", api: 200)
        #expect(try limit(fixture) == 100)
        try fixture.call(.provisionCustomer, ["id": "d"])
        try fixture.subscribe("pro", ["id": "t", "customerId": "d"])
        #expect(try limit(fixture, "d") == 200)
        // What has nothing to do with the plan moves nobody; nor does a new period.
        try fixture.call(.updateSubscription, ["id": "s", "metadata": ["a": "b"]])
        try fixture.at("2026-11-05T00:00:00Z")
        #expect(try limit(fixture) == 100)
        #expect(try fixture.record("s").parentVersions == ["base": 1])
        #expect(try fixture.record("t").parentVersions == ["base": 2])
    }

    @Test func `migrating a subscription takes the newest parents too`() throws {
        let fixture = try shop()
        #expect(
            fixture.failure(.migrateSubscription, ["id": "s", "subscriptionMigrationTime": "IMMEDIATE"]).code
                == .subscriptionAlreadyOnLatestPlan)
        try fixture.plan("base", api: 200)
        try fixture.call(.migrateSubscription, ["id": "s", "subscriptionMigrationTime": "IMMEDIATE"])
        #expect(try limit(fixture) == 200)
        #expect(
            fixture.failure(.migrateSubscription, ["id": "s", "subscriptionMigrationTime": "IMMEDIATE"]).code
                == .subscriptionAlreadyOnLatestPlan)
    }

    @Test func `another plan brings its parents in their newest versions`() throws {
        let fixture = try shop()
        try fixture.plan("base", api: 200)
        try fixture.plan("max", monthly: 50, parent: "pro")
        try fixture.subscribe("max")
        #expect(try limit(fixture) == 200)
        #expect(try fixture.record("s").parentVersions == ["pro": 1, "base": 2])
    }

    @Test func `a parent's version for all customers moves the subscribers of the child`() throws {
        let fixture = try shop()
        try fixture.at("2026-10-02T00:00:00Z")
        try fixture.plan("base", api: 200)
        try fixture.at("2026-10-03T00:00:00Z")
        try fixture.plan("base", api: 300, all: true)
        #expect(try limit(fixture) == 300)
        try fixture.at("2026-10-04T00:00:00Z")
        try fixture.plan("base", api: 400)
        #expect(try limit(fixture) == 300)
    }

    @Test func `the plan's own version for all brings the parents that were newest then, however late it is noticed`()
        throws
    {
        let fixture = try shop()
        try fixture.at("2026-10-02T00:00:00Z")
        try fixture.plan("base", api: 200)
        try fixture.at("2026-10-03T00:00:00Z")
        try fixture.plan("pro", monthly: 20, parent: "base", all: true)
        try fixture.at("2026-10-04T00:00:00Z")
        try fixture.plan("base", api: 400)
        #expect(try limit(fixture) == 200)
        #expect(try fixture.record("s").planVersion == 2)
    }

    @Test func `a subscription from before parents were noted goes on with the newest`() throws {
        let fixture = try shop()
        var record = try fixture.record("s")
        record.parentVersions = [:]
        try fixture.inScope { try $0.subscriptions.update(record) }
        try fixture.at("2026-10-02T00:00:00Z")
        try fixture.plan("base", api: 200)
        #expect(try limit(fixture) == 200)
    }
}
