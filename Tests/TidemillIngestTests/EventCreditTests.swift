import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Events that burn credits as they are processed.
struct EventCreditTests {
    /// A customer `c` on a plan that prices the metered feature `tokens` by `rate`, with 1000 credits.
    func shop(rate: Payload, function: String = "SUM") throws -> (IngestFixture, Engine) {
        let fixture = try IngestFixture()
        let backend = fixture.engine
        func call(_ id: OperationID, _ input: Payload) throws {
            _ = try backend.performNow(id, input, in: CallContext(.person, now: SystemWallclock().now))
        }
        try call(.provisionCustomer, ["id": "c"])
        try call(
            .createCustomCurrency,
            ["id": "tok", "displayName": "Tokens", "units": ["singular": "token", "plural": "tokens"]])
        try call(.createProduct, ["id": "p", "displayName": "P"])
        try call(
            .createFeature,
            [
                "id": "tokens", "displayName": "Tokens", "featureType": "NUMBER", "meterType": "INCREMENTAL",
                "meter": ["aggregation": ["function": .string(function), "field": "tokens"], "filters": []],
            ])
        try call(.createPlan, ["id": "pro", "displayName": "Pro", "productId": "p"])
        try call(
            .updatePlan,
            [
                "id": "pro",
                "charges": [
                    "pricingType": "PAID",
                    "pricingModels": [
                        [
                            "billingModel": "CREDIT_BASED", "featureId": "tokens",
                            "pricePeriods": [["billingPeriod": "MONTHLY", "creditRate": rate]],
                        ]
                    ],
                ],
            ])
        try call(.publishPlan, ["id": "pro", "migrationType": "NEW_CUSTOMERS"])
        try call(.provisionSubscription, ["customerId": "c", "planId": "pro", "billingPeriod": "MONTHLY"])
        try call(
            .grantCredits,
            ["customerId": "c", "currencyId": "tok", "amount": 1000, "grantType": "PROMOTIONAL"])
        return (fixture, backend)
    }

    func event(_ key: String, _ dimensions: String, customer: String = "c") -> String {
        #"{"customerId": "\#(customer)", "eventName": "call", "idempotencyKey": "\#(key)", "dimensions": {\#(dimensions)}}"#
            + "\n"
    }

    func balance(_ backend: Engine) throws -> Payload? {
        try backend.performNow(
            .getCreditBalance, ["customerId": "c", "currencyId": "tok"],
            in: CallContext(.person, now: SystemWallclock().now))["balance"]
    }

    func ledger(_ backend: Engine) throws -> [Payload] {
        try backend.performNow(
            .getCreditLedger, ["customerId": "c", "currencyId": "tok", "eventType": "CREDITS_CONSUMED"],
            in: CallContext(.person, now: SystemWallclock().now))["data"]?.items ?? []
    }

    @Test func `the events of a file burn the exact sum of their costs, once`() async throws {
        let (fixture, backend) = try shop(rate: ["currencyId": "tok", "amount": .number("0.001")])
        // 3 × 0.001 + 1500 × 0.001 = 1.503; a stranger's event costs nobody anything.
        let text =
            event("a", #""tokens": 3"#) + event("b", #""tokens": 1500"#) + event("a", #""tokens": 3"#)
            + event("x", #""tokens": 9"#, customer: "stranger")
        _ = try await fixture.processor.process([try fixture.deliver(Data(text.utf8))])
        #expect(try balance(backend) == .number("998.497"))
        let entries = try ledger(backend)
        #expect(entries.map { $0["amount"] } == [.number("-1.503")])
        #expect(entries.first?["featureId"] == "tokens")
        #expect(entries.first?["eventId"] == .null)
        // One event alone is named.
        _ = try await fixture.processor.process([try fixture.deliver(Data(event("c", #""tokens": 1000"#).utf8))])
        #expect(try ledger(backend).last?["eventId"] == "c")
        #expect(try CreditVerifier().verify(fixture.store).differences == [])
    }

    @Test func `a formula over the dimensions costs event by event; one without a value is free and noted`()
        async throws
    {
        let (fixture, backend) = try shop(
            rate: ["currencyId": "tok", "costFormula": "ceil(tokens / 1000) * weight"])
        // ⌈1.2⌉ × 2 + ⌈0.1⌉ × 0.5 = 4.5; the last lacks `weight`.
        let text =
            event("a", #""tokens": 1200, "weight": 2"#) + event("b", #""tokens": 100, "weight": "0.5""#)
            + event("c", #""tokens": 100"#)
        _ = try await fixture.processor.process([try fixture.deliver(Data(text.utf8))])
        #expect(try balance(backend) == .number("995.5"))
        let notes = try fixture.store.read { connection in
            try connection.rows("SELECT details FROM audit WHERE action = 'creditCost'") { $0.text(0) }
        }
        #expect(notes.count == 1)
        #expect(notes.first?.contains("the dimension 'weight' is missing") == true)
    }

    @Test func `why an event cost no credits stands with the event, in the delivery's counts and in the status`()
        async throws
    {
        let (fixture, backend) = try shop(rate: ["currencyId": "tok", "costFormula": "tokens * weight"])
        let text =
            event("a", #""tokens": 10, "weight": 2"#) + event("b", #""tokens": 10"#)
            + event("c", #""tokens": 10, "weight": "heavy""#) + event("x", #""tokens": 10"#, customer: "stranger")
        let delivery = try fixture.deliver(Data(text.utf8))
        let outcomes = try await fixture.processor.process([delivery])
        #expect(outcomes.first?.counts.applied == 4 && outcomes.first?.counts.unrated == 2)
        #expect(try balance(backend) == 980)
        func reasons() throws -> [String: String?] {
            let reader = EventReader(identityKey: fixture.engine.identityKey)
            let events = try fixture.store.read { try reader.events(customer: CustomerID("c"), on: $0) }
            #expect(events.allSatisfy { $0.outcome == "applied" && $0.countedBy == [FeatureID("tokens")] })
            return Dictionary(uniqueKeysWithValues: events.map { ($0.event["idempotencyKey"]?.text ?? "", $0.unrated) })
        }
        let expected: [String: String?] = [
            "a": nil, "b": "tokens: the dimension 'weight' is missing",
            "c": "tokens: the dimension 'weight' is no number",
        ]
        #expect(try reasons() == expected)
        let (stored, recent, later) = try fixture.store.read { connection in
            (
                try connection.first("SELECT unrated FROM deliveries WHERE id = $1", [.text(delivery.id.text)]) {
                    $0.integer(0)
                },
                try UnratedUsage.recent(now: SystemWallclock().now, on: connection),
                try UnratedUsage.recent(now: SystemWallclock().now.advanced(bySeconds: 86_401), on: connection)
            )
        }
        #expect(stored == 2)
        #expect(recent.map(\.events) == [2] && recent.map(\.featureID) == [FeatureID("tokens")])
        #expect(recent.first?.problem == "the dimension 'weight' is missing")
        #expect(later.isEmpty)
        // Metered all the same.
        #expect(
            try fixture.usage(UsageQuery(feature: FeatureID("tokens"), customer: CustomerID("c"))).first?.value
                == Amount(30))
        #expect(try CreditVerifier().verify(fixture.store).differences == [])
    }

    @Test func `an event's cost can be estimated beforehand`() throws {
        let (fixture, backend) = try shop(rate: ["currencyId": "tok", "amount": 2])
        defer { withExtendedLifetime(fixture) {} }
        let estimate = try backend.performNow(
            .estimateEventCost, ["customerId": "c", "eventName": "call", "dimensions": ["tokens": 7]],
            in: CallContext(.person, now: SystemWallclock().now))
        #expect(estimate["estimates"]?.items?.first?["estimatedCost"] == 14)
        #expect(estimate["estimates"]?.items?.first?["balanceAfterEstimate"] == 986)
        #expect(try balance(backend) == 1000)
    }
}
