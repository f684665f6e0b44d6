import Testing
import TidemillCore
@testable import TidemillEngine
@testable import TidemillOperations

/// The history of usage begins anew where checks do (killbill/killbill #1934, openmeterio/openmeter PR 2160).
struct UsageResetTests {
    private func fixture(
        _ reset: ResetPeriod?, _ anchor: ResetConfiguration.Anchor? = nil, zone: Payload = .null, at start: String,
        meter: String = "INCREMENTAL"
    ) throws -> EngineFixture {
        let fixture = try EngineFixture()
        fixture.now = time(start)
        try fixture.call(.provisionCustomer, ["id": "c", "timezone": zone])
        try fixture.feature("calls", meter: meter)
        try fixture.publish(.plan, "pro", [gives("calls", 100, reset: reset, anchor)])
        try fixture.hold("pro", at: time(start))
        return fixture
    }

    private func history(_ fixture: EngineFixture, _ from: String, _ to: String) throws -> Payload {
        try fixture.call(
            .getUsageHistory,
            ["customerId": "c", "featureId": "calls", "startDate": .string(from), "endDate": .string(to)])
    }

    private func markers(_ history: Payload) -> [String] {
        (history["markers"]?.items ?? []).map {
            "\($0["timestamp"]?.text?.prefix(16) ?? "?") \($0["type"]?.text ?? "?")"
        }
    }

    private func points(_ history: Payload) -> [UsagePoint] {
        (history["series"]?.items?.first?["points"]?.items ?? []).compactMap {
            try? UsagePoint.shape.decode($0, as: "a point")
        }
    }

    @Test func `a month begins at zero, with a point and a marker`() throws {
        let fixture = try fixture(.month, .startOfTheMonth, at: "2026-03-01T00:00:00Z")
        fixture.now = time("2026-04-20T00:00:00Z")
        try fixture.report("calls", 3, at: "2026-03-10T00:00:00Z")
        try fixture.report("calls", 4, at: "2026-04-05T00:00:00Z")
        let history = try history(fixture, "2026-03-02T00:00:00Z", "2026-04-15T00:00:00Z")
        #expect(markers(history) == ["2026-04-01T00:00 PERIODIC_RESET"])
        let points = points(history)
        let reset = try #require(points.firstIndex { $0.isResetPoint })
        #expect(points.filter(\.isResetPoint).count == 1)
        #expect((points[reset].timestamp, points[reset].value) == (time("2026-04-01T00:00:00Z"), .zero))
        #expect((points[reset - 1].timestamp, points[reset - 1].value) == (time("2026-04-01T00:00:00Z"), Amount(3)))
        #expect(points.first?.timestamp == time("2026-03-11T00:00:00Z"), "none before the first usage")
        #expect(points.last?.value == Amount(4))
        // A range that begins within a month counts from the month's beginning.
        let later = try self.history(fixture, "2026-04-10T00:00:00Z", "2026-04-12T00:00:00Z")
        #expect(self.points(later).first?.value == Amount(4))
    }

    @Test func `periods are the customer's, by the zone of then`() throws {
        let fixture = try fixture(.month, .startOfTheMonth, zone: "Europe/Berlin", at: "2026-02-01T00:00:00Z")
        fixture.now = time("2026-05-20T00:00:00Z")
        let history = try history(fixture, "2026-02-10T00:00:00Z", "2026-05-10T00:00:00Z")
        // Midnight in Berlin: 23:00 UTC in winter, 22:00 in summer.
        #expect(
            markers(history) == [
                "2026-02-28T23:00 PERIODIC_RESET", "2026-03-31T22:00 PERIODIC_RESET", "2026-04-30T22:00 PERIODIC_RESET",
            ])
    }

    @Test(
        arguments: [
            (.year, nil, ["2027-01-31T06:00"]),
            (.month, .subscriptionStart, ["2026-02-28T06:00", "2026-03-31T06:00"]),
            (.week, .everyMonday, ["2026-02-02T00:00", "2026-02-09T00:00"]),
            (.day, nil, ["2026-02-01T00:00", "2026-02-02T00:00"]),
            (.hour, nil, ["2026-01-31T07:00", "2026-01-31T08:00"]),
        ] as [(ResetPeriod, ResetConfiguration.Anchor?, [String])])
    func `each kind of period has its markers`(
        period: ResetPeriod, anchor: ResetConfiguration.Anchor?, first: [String]
    ) throws {
        let fixture = try fixture(period, anchor, at: "2026-01-31T06:00:00Z")
        fixture.now = time("2027-06-01T00:00:00Z")
        let end = period == .hour ? "2026-02-02T00:00:00Z" : "2027-05-01T00:00:00Z"
        let found = markers(try history(fixture, "2026-01-31T06:30:00Z", end))
        #expect(Array(found.prefix(first.count)) == first.map { "\($0) PERIODIC_RESET" })
    }

    @Test func `levels, and what never begins anew, go on`() throws {
        for (reset, meter) in [(ResetPeriod.month, "FLUCTUATING"), (nil, "INCREMENTAL")] as [(ResetPeriod?, String)] {
            let fixture = try fixture(reset, at: "2026-03-01T00:00:00Z", meter: meter)
            fixture.now = time("2026-05-20T00:00:00Z")
            try fixture.report("calls", 3, at: "2026-03-10T00:00:00Z")
            try fixture.report("calls", 4, at: "2026-04-05T00:00:00Z")
            let history = try history(fixture, "2026-03-02T00:00:00Z", "2026-04-15T00:00:00Z")
            #expect(markers(history) == [])
            #expect(points(history).last?.value == Amount(7))
        }
    }

    @Test func `changes of the subscription begin anew too`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-06-01T00:00:00Z")
        try fixture.feature("api")
        try fixture.plan("basic", monthly: 10, api: 50)
        try fixture.plan("pro", monthly: 30, trial: TrialConfig(duration: 14, units: .day), api: 100)
        try fixture.subscribe("pro", ["id": "s"])
        for (at, value) in [("2026-06-05T00:00:00Z", 5), ("2026-06-20T00:00:00Z", 7)] as [(String, Payload)] {
            try fixture.at(at)
            try fixture.report("api", value)
        }
        try fixture.at("2026-06-25T00:00:00Z")
        try fixture.subscribe("basic")
        try fixture.report("api", 2)
        try fixture.at("2026-06-28T00:00:00Z")
        let history = try fixture.call(
            .getUsageHistory, ["customerId": "c", "featureId": "api", "startDate": "2026-06-02T00:00:00Z"])
        // The limit has no period: it went through the end of the trial, and not through the change of plan.
        #expect(markers(history) == ["2026-06-25T00:00 SUBSCRIPTION_CHANGE_RESET"])
        #expect(points(history).last?.value == Amount(2))
        #expect(
            points(history).filter { $0.timestamp == time("2026-06-25T00:00:00Z") }.map(\.value)
                == [12, 0].map { Amount($0) })
    }

    @Test func `subscriptions that are over tell of their time`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-03-01T00:00:00Z")
        try fixture.feature("calls")
        try fixture.publish(.plan, "pro", [gives("calls", 100, reset: .month, .startOfTheMonth)])
        try fixture.hold("pro", id: "old", at: time("2026-03-01T00:00:00Z"))
        for (at, value) in [
            ("2026-03-10T00:00:00Z", 3), ("2026-04-05T00:00:00Z", 4),
        ] as [(String, Payload)] {
            fixture.now = time(at)
            try fixture.report("calls", value)
        }
        fixture.now = time("2026-04-20T00:00:00Z")
        try fixture.call(
            .cancelSubscription, ["id": "old", "cancellationTime": "IMMEDIATE"])
        fixture.now = time("2026-06-10T00:00:00Z")
        let over = try history(fixture, "2026-03-02T00:00:00Z", "2026-06-01T00:00:00Z")
        #expect(markers(over) == ["2026-04-01T00:00 PERIODIC_RESET"], "May and June began without a limit")
        #expect(points(over).last?.value == Amount(4))
        // Another one begins with nothing used.
        try fixture.hold("pro", id: "new", at: fixture.now)
        try fixture.report("calls", 2)
        fixture.now = time("2026-07-02T00:00:00Z")
        let both = try history(fixture, "2026-03-02T00:00:00Z", "2026-08-01T00:00:00Z")
        #expect(
            markers(both) == [
                "2026-04-01T00:00 PERIODIC_RESET", "2026-06-10T00:00 SUBSCRIPTION_CHANGE_RESET",
                "2026-07-01T00:00 PERIODIC_RESET",
            ], "August has not begun")
        let values = points(both).filter { $0.timestamp == time("2026-07-01T00:00:00Z") }
        #expect(values.map(\.value) == [2, 0].map { Amount($0) })
        // A range that begins after the first one ended counts from its last period.
        let gap = try history(fixture, "2026-05-01T00:00:00Z", "2026-05-03T00:00:00Z")
        #expect(points(gap).first?.value == Amount(4))
    }
}
