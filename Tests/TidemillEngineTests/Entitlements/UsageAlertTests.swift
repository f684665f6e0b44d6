import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillEngine

/// entitlement.usage_exceeded and measurement.reported (stigg.md C.1, C.3). The standing percentages are 80 and 100.
struct UsageAlertTests {
    private func fixture(_ entitlement: FeatureEntitlement) throws -> EngineFixture {
        let fixture = try EngineFixture()
        fixture.now = time("2026-10-15T00:00:00Z")
        try fixture.call(.provisionCustomer, ["id": "c"])
        try fixture.feature("calls")
        try fixture.publish(.plan, "pro", [entitlement])
        try fixture.hold("pro")
        return fixture
    }

    private func thresholds(_ fixture: EngineFixture) throws -> [Payload?] {
        try fixture.events("entitlement.usage_exceeded").map { $0["thresholdPercentage"] }
    }

    @Test func `each share is announced when usage reaches it, once`() throws {
        let fixture = try fixture(gives("calls", 50))
        try fixture.report("calls", 39)
        #expect(try thresholds(fixture) == [])
        try fixture.report("calls", 1)
        #expect(try thresholds(fixture) == [80])
        try fixture.report("calls", 6)
        try fixture.report("calls", 3)
        #expect(try thresholds(fixture) == [80])
        try fixture.report("calls", 1)
        try fixture.report("calls", 10)
        #expect(try thresholds(fixture) == [80, 100])
    }

    @Test func `one report that passes both is one event with the higher`() throws {
        let fixture = try fixture(gives("calls", 50))
        try fixture.report("calls", 55)
        let event = try #require(try fixture.events("entitlement.usage_exceeded").first)
        #expect(try thresholds(fixture) == [100])
        // 55 of 50
        #expect(event["usageUsedPercentage"] == 110)
        #expect(event["currentUsage"] == 55 && event["usageLimit"] == 50)
        #expect(event["customer"]?["id"] == "c" && event["feature"]?["id"] == "calls")
        #expect(event["activeSubscriptions"]?.items?.map { $0["plan"]?["id"] } == ["pro"])
    }

    @Test func `many reports of one call are one event`() throws {
        let fixture = try fixture(gives("calls", 50))
        let report: Payload = ["customerId": "c", "featureId": "calls", "value": 11]
        try fixture.call(.reportUsageBulk, ["usages": [report, report, report, report, report]])
        #expect(try thresholds(fixture) == [100])
        #expect(try fixture.events("measurement.reported").count == 5)
    }

    @Test func `a new period announces anew, and so does usage that fell and rose`() throws {
        let fixture = try fixture(gives("calls", 50, reset: .day))
        try fixture.report("calls", 45)
        fixture.now = time("2026-10-16T00:00:00Z")
        try fixture.report("calls", 44)
        #expect(try thresholds(fixture) == [80, 80])
        try fixture.report("calls", -20)
        try fixture.report("calls", 20)
        #expect(try thresholds(fixture) == [80, 80, 80])
    }

    @Test func `soft limits are announced, unlimited usage is not`() throws {
        let soft = try fixture(gives("calls", 50, soft: true))
        try soft.report("calls", 40)
        #expect(try thresholds(soft) == [80])
        let boundless = try fixture(gives("calls", unlimited: true))
        try boundless.report("calls", 1_000_000)
        #expect(try thresholds(boundless) == [])
    }

    @Test func `usage that stood before the first look is not announced as reached`() throws {
        let fixture = try fixture(gives("calls", 50))
        try fixture.report("calls", 45)
        try fixture.store.write { _ = try $0.execute("DELETE FROM usage_alerts") }
        try fixture.report("calls", 1)
        #expect(try thresholds(fixture) == [80])
    }

    @Test func `every report is announced, with an entitlement or without`() throws {
        let fixture = try fixture(gives("calls", 20))
        try fixture.feature("other")
        try fixture.report("calls", 13)
        try fixture.report("calls", -2)
        try fixture.report("other", 4)
        let events = try fixture.events("measurement.reported")
        #expect(events.map { $0["currentChange"] } == [13, -2, 4])
        #expect(events.map { $0["currentUsage"] } == [13, 11, 4])
        // 11 of 20
        #expect(events[1]["usageUsedPercentage"] == 55)
        #expect(events[2]["usageLimit"] == .null)
    }
}
