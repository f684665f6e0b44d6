import Testing
import TidemillCore
@testable import TidemillEngine
@testable import TidemillOperations
import TidemillStore

struct BillingMonthTests {
    private static let name = "subscription.billing_month.ends_soon"

    private func notices(_ fixture: EngineFixture) throws -> [String] {
        try fixture.announced(withMonths: true).filter { $0.hasPrefix(Self.name) }
    }

    @Test func `an hour before a billing month ends that is told, also of a year's subscription`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2027-01-31T12:00:00Z")
        try fixture.plan("pro", annually: 200)
        try fixture.subscribe("pro", ["id": "s"])
        try fixture.at("2027-02-28T10:59:59Z")
        _ = try fixture.subscription("s")
        #expect(try notices(fixture).isEmpty)
        try fixture.at("2027-05-01T00:00:00Z")
        _ = try fixture.subscription("s")
        // Months from 31 January at noon end on the last days of February, March and April at noon.
        #expect(
            try notices(fixture) == [
                "\(Self.name) 2027-02-28T11:00", "\(Self.name) 2027-03-31T11:00", "\(Self.name) 2027-04-30T11:00",
            ])
    }

    @Test func `the notice has the subscription, the month and the entitlements`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-10-05T00:00:00Z")
        try fixture.call(
            .createFeature,
            ["id": "api", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
        try fixture.plan("pro", monthly: 20, api: 100)
        try fixture.subscribe("pro", ["id": "s"])
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "api", "value": 30])
        try fixture.at("2026-11-04T23:30:00Z")
        _ = try fixture.subscription("s")
        let text = try fixture.store.read {
            try $0.first("SELECT payload FROM outbox WHERE type = '\(Self.name)'") { $0.text(0) }
        }
        let event = try Payload(json: text ?? "")
        #expect(event["id"] == "s")
        #expect(event["customer"]?["id"] == "c")
        #expect(event["currentBillingMonthStart"] == "2026-10-05T00:00:00.000Z")
        #expect(event["currentBillingMonthEnd"] == "2026-11-05T00:00:00.000Z")
        #expect(event["entitlements"]?.list.first?["currentUsage"] == 30)
        // A change in the last hour brings no second notice; the next month has its own.
        try fixture.plan("max", monthly: 50)
        try fixture.subscribe("max")
        try fixture.at("2026-12-05T00:00:00Z")
        _ = try fixture.subscription("s")
        #expect(try notices(fixture) == ["\(Self.name) 2026-11-04T23:00", "\(Self.name) 2026-12-04T23:00"])
    }

    @Test func `a trial has no billing months`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-10-01T00:00:00Z")
        try fixture.plan("pro", monthly: 20, trial: TrialConfig(duration: 45, units: .day))
        try fixture.subscribe("pro", ["id": "s"])
        // 1 October and 45 days: 15 November; the first month ends on 15 December.
        try fixture.at("2026-12-20T00:00:00Z")
        _ = try fixture.subscription("s")
        #expect(try notices(fixture) == ["\(Self.name) 2026-12-14T23:00"])
    }
}
