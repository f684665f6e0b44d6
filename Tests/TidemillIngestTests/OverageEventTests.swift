import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Overage of usage that comes as events, within reset periods that begin on the hour, inside an hour, and each hour. The
/// figures were worked out by hand.
struct OverageEventTests {
    private func call(_ fixture: IngestFixture, _ id: OperationID, _ input: Payload, at now: String) throws -> Payload {
        let context = CallContext(.person, now: try #require(Timestamp(rfc3339: now)))
        return try fixture.engine.performNow(id, input, in: context)
    }

    /// The customer `c` since 1 June at `time`, on a plan that includes 10 `calls` a `reset`. The events come first: they
    /// are processed by the clock of today, at which the subscription would have gone on.
    private func shop(
        _ reset: Payload, _ function: Payload = "SUM", zone: Payload = .null, since time: String = "00:00:00",
        events: [(at: String, n: Int)]
    ) async throws -> IngestFixture {
        let fixture = try IngestFixture()
        let now = "2025-06-01T\(time)Z"
        _ = try call(fixture, .provisionCustomer, ["id": "c", "timezone": zone], at: now)
        _ = try call(fixture, .createProduct, ["id": "p", "displayName": "P"], at: now)
        _ = try call(
            fixture, .createFeature,
            [
                "id": "calls", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL",
                "meter": ["aggregation": ["function": function, "field": "n"]],
            ], at: now)
        try await deliver(fixture, events)
        _ = try call(fixture, .createPlan, ["id": "a", "displayName": "A", "productId": "p"], at: now)
        let price: Payload = [["billingPeriod": "MONTHLY", "price": ["amount": 2, "currency": "usd"]]]
        _ = try call(
            fixture, .updatePlan,
            [
                "id": "a",
                "charges": [
                    "pricingType": "PAID", "pricingModels": [["billingModel": "FLAT_FEE", "pricePeriods": price]],
                    "overagePricingModels": [
                        [
                            "featureId": "calls", "pricePeriods": price,
                            "entitlement": ["featureId": "calls", "usageLimit": 10, "resetPeriod": reset],
                        ]
                    ],
                ],
            ], at: now)
        _ = try call(fixture, .publishPlan, ["id": "a", "migrationType": "NEW_CUSTOMERS"], at: now)
        _ = try call(
            fixture, .provisionSubscription,
            ["id": "s", "customerId": "c", "planId": "a", "billingPeriod": "MONTHLY"], at: now)
        return fixture
    }

    private func deliver(_ fixture: IngestFixture, _ events: [(at: String, n: Int)]) async throws {
        let lines = events.map { event in
            #"{"customerId":"c","eventName":"call","idempotencyKey":"\#(UUID().uuidString)","timestamp":"2025-\#(event.at)Z","dimensions":{"n":\#(event.n)}}"#
        }
        let outcomes = try await fixture.processor.process([
            try fixture.deliver(Data(lines.joined(separator: "\n").utf8))
        ])
        #expect(outcomes.first?.counts.applied == Int64(events.count))
    }

    /// What was used and what goes beyond, as of the instant.
    private func figures(_ fixture: IngestFixture, _ now: String) throws -> String {
        let answer = try call(fixture, .previewNextInvoice, ["id": "s"], at: "2025-\(now)Z")
        let row = answer["usage"]?.items?.first
        return "\(row?["usage"]?.json ?? answer.json) \(row?["overage"]?.json ?? "")"
    }

    private func expect(_ fixture: IngestFixture, _ now: String, _ expected: String) throws {
        let figures = try figures(fixture, now)
        #expect(figures == expected, "\(figures)")
    }

    @Test func `days that begin on the hour`() async throws {
        let fixture = try await shop(
            "DAY",
            events: [
                ("06-02T00:00:00", 8), ("06-02T23:59:59", 2), ("06-03T00:00:00", 11), ("06-03T12:30:00", 4),
                ("06-30T23:59:59", 12), ("07-01T00:00:00", 13),
            ])
        // 10, 15 and 12; July's first day is July's.
        try expect(fixture, "06-30T23:59:59", "37 7")
        try expect(fixture, "07-02T00:00:00", "13 3")
    }

    @Test func `days that begin inside an hour, in a billing period that cuts one in two`() async throws {
        // Midnight in Kolkata is 18:30 UTC. The billing period begins at 20:10 by UTC, in the day of 1 June, 18:30.
        let fixture = try await shop(
            "DAY", zone: "Asia/Kolkata", since: "20:10:00",
            events: [
                ("06-01T20:11:00", 9), ("06-02T18:29:59", 3), ("06-02T18:30:00", 10), ("06-03T18:30:00", 1),
                // The day from 30 June, 18:30, to 1 July, 18:30: 7, then at 20:10 the period ends, then 5.
                ("06-30T19:00:00", 7), ("07-01T19:00:00", 7), ("07-01T20:09:59", 7), ("07-01T20:10:00", 5),
            ])
        // 12 of the first day; 14 of the last day that is billed in June, of which its end has 5 more.
        try expect(fixture, "06-20T00:00:00", "44 6")
        try expect(fixture, "07-10T00:00:00", "5 5")
    }

    @Test func `each hour by itself, and weeks from the instant of the start`() async throws {
        let events = [
            ("06-02T10:00:00", 6), ("06-02T10:59:59", 6), ("06-02T11:00:00", 9), ("06-08T10:19:59", 3),
            ("06-08T10:20:00", 11),
        ]
        let hourly = try await shop("HOUR", since: "10:20:00", events: events)
        // 12, 9, and 14 in the hour from 10 o'clock.
        try expect(hourly, "06-20T00:00:00", "35 6")
        let weekly = try await shop("WEEK", since: "10:20:00", events: events)
        // 24 until 8 June, 10:20, and 11 from then on.
        try expect(weekly, "06-20T00:00:00", "35 15")
    }

    @Test func `different values are told within their reset period`() async throws {
        let events = (1...11).map { ("06-02T10:0\($0 % 6):00", $0) } + (5...12).map { ("06-09T10:00:0\($0 % 6)", $0) }
        for (reset, overage) in [("WEEK", 1), ("DAY", 1), ("HOUR", 1), ("MONTH", 2)] as [(Payload, Int)] {
            let fixture = try await shop(reset, "UNIQUE", events: events)
            // 11 and 8 values; 12 in all.
            try expect(fixture, "06-20T00:00:00", "12 \(overage)")
        }
    }

    @Test func `a maximum is held against the limit as it is in the billing period`() async throws {
        let fixture = try await shop(
            "WEEK", "MAX", events: [("06-02T00:00:00", 12), ("06-09T00:00:00", 12), ("06-16T00:00:00", 8)])
        try expect(fixture, "06-20T00:00:00", "12 2")
    }
}
