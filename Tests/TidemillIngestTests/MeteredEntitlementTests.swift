import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Limits of features whose usage comes from events.
struct MeteredEntitlementTests {
    private func call(_ fixture: IngestFixture, _ id: OperationID, _ input: Payload, at now: String) throws -> Payload {
        let context = CallContext(.person, now: Timestamp(rfc3339: now) ?? Timestamp(microseconds: 0))
        return try fixture.engine.performNow(id, input, in: context)
    }

    private func fixture(zone: Payload = .null) throws -> IngestFixture {
        let fixture = try IngestFixture()
        _ = try call(fixture, .provisionCustomer, ["id": "c", "timezone": zone], at: "2025-06-01T00:00:00Z")
        _ = try call(
            fixture, .createFeature,
            [
                "id": "tokens", "displayName": "Tokens", "featureType": "NUMBER", "meterType": "INCREMENTAL",
                "meter": [
                    "aggregation": ["function": "SUM", "field": "tokens"],
                    "filters": [["conditions": [["field": "eventName", "operation": "EQUALS", "value": "call"]]]],
                ],
            ], at: "2025-06-01T00:00:00Z")
        return fixture
    }

    private func grant(_ fixture: IngestFixture, _ more: TextMap<Payload>) throws {
        let grant = ["featureId": "tokens", "period": "lifetime"].merging(more) { $1 }
        _ = try call(
            fixture, .grantPromotionalEntitlements,
            ["customerId": "c", "promotionalEntitlements": [.object(grant)]], at: "2025-06-01T00:00:00Z")
    }

    private func deliver(_ fixture: IngestFixture, _ events: [(at: String, tokens: Int)]) async throws {
        let lines = events.map { event in
            let key = UUID().uuidString
            return
                #"{"customerId":"c","eventName":"call","idempotencyKey":"\#(key)","timestamp":"\#(event.at)","dimensions":{"tokens":\#(event.tokens)}}"#
        }
        let delivery = try fixture.deliver(Data(lines.joined(separator: "\n").utf8))
        let outcomes = try await fixture.processor.process([delivery])
        #expect(outcomes.first?.counts.applied == Int64(events.count))
    }

    private func check(_ fixture: IngestFixture, at now: String) throws -> Payload {
        try call(fixture, .checkEntitlement, ["customerId": "c", "featureId": "tokens"], at: now)
    }

    private func thresholds(
        _ fixture: IngestFixture, of type: String = "entitlement.usage_exceeded"
    ) throws -> [Payload?] {
        try fixture.store.read { connection in
            try connection.rows(
                "SELECT payload FROM outbox WHERE type = $1 ORDER BY sequence", [.text(type)]
            ) { try Payload(json: $0.text(0))["thresholdPercentage"] }
        }
    }

    @Test func `a day that begins inside an hour counts the events after its midnight`() async throws {
        // Midnight in Kolkata is 18:30 UTC.
        let fixture = try fixture(zone: "Asia/Kolkata")
        try grant(fixture, ["usageLimit": 100, "resetPeriod": "DAY"])
        try await deliver(
            fixture,
            [
                ("2025-06-10T18:29:59Z", 1), ("2025-06-10T18:30:00Z", 10), ("2025-06-11T03:00:00Z", 20),
                ("2025-06-11T18:29:59Z", 40), ("2025-06-11T18:30:00Z", 80),
            ])
        let access = try check(fixture, at: "2025-06-11T12:00:00Z")
        #expect(access["usagePeriodStart"] == "2025-06-10T18:30:00.000Z")
        // 10 + 20 + 40
        #expect(access["currentUsage"] == 70)
        #expect(try check(fixture, at: "2025-06-11T18:30:00Z")["currentUsage"] == 80)
        #expect(try check(fixture, at: "2025-06-10T18:29:59Z")["currentUsage"] == 1)
    }

    @Test func `a batch that passes several shares is one event with the highest`() async throws {
        let fixture = try fixture()
        try grant(fixture, ["usageLimit": 100])
        try await deliver(fixture, [("2025-06-10T00:00:00Z", 79)])
        #expect(try thresholds(fixture) == [])
        try await deliver(fixture, [("2025-06-10T00:00:00Z", 1)])
        #expect(try thresholds(fixture) == [80])
        try await deliver(fixture, [("2025-06-10T01:00:00Z", 5), ("2025-06-10T02:00:00Z", 30)])
        #expect(try thresholds(fixture) == [80, 100])
        try await deliver(fixture, [("2025-06-10T03:00:00Z", 5)])
        #expect(try thresholds(fixture) == [80, 100])
    }

    @Test func `what events cost is held against a budget at the end of a batch`() async throws {
        let fixture = try fixture()
        let now = SystemWallclock().now
        let start = now.advanced(bySeconds: -172_800).description
        let used = now.advanced(bySeconds: -86_400).description
        let price: Payload = [
            "billingModel": "USAGE_BASED", "featureId": "tokens",
            "pricePeriods": [["billingPeriod": "MONTHLY", "price": ["amount": "0.1", "currency": "usd"]]],
        ]
        let steps: [(OperationID, Payload)] = [
            (.createProduct, ["id": "p", "displayName": "P"]),
            (.createPlan, ["id": "pro", "displayName": "Pro", "productId": "p"]),
            (.updatePlan, ["id": "pro", "charges": ["pricingType": "PAID", "pricingModels": [price]]]),
            (.publishPlan, ["id": "pro", "migrationType": "NEW_CUSTOMERS"]),
            (.provisionSubscription, ["customerId": "c", "planId": "pro", "id": "s", "budget": ["limit": 10]]),
        ]
        for (operation, input) in steps { _ = try call(fixture, operation, input, at: start) }
        func reached() throws -> [Payload?] { try thresholds(fixture, of: "subscription.spend_limit.exceeded") }
        // 79 tokens at 0.1 are 7.9 of 10; 80 are 8, and 120 are 12.
        try await deliver(fixture, [(used, 79)])
        #expect(try reached() == [])
        try await deliver(fixture, [(used, 1)])
        #expect(try reached() == [80])
        try await deliver(fixture, [(used, 20), (used, 20)])
        #expect(try reached() == [80, 100])
    }

    @Test func `without entitlements nothing is announced of events`() async throws {
        let fixture = try fixture()
        try await deliver(fixture, [("2025-06-10T00:00:00Z", 1000)])
        #expect(try thresholds(fixture) == [])
        let measured = try fixture.store.read { connection in
            try connection.first("SELECT COUNT(*) FROM outbox WHERE type = 'measurement.reported'") { $0.integer(0) }
        }
        #expect(measured == 0)
    }
}
