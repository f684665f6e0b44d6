import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Usage reports, operations and webhooks in deliveries, and events in calls: engine and ingest together.
struct PerformedRecordTests {
    private func fixture() throws -> (IngestFixture, Engine) {
        let fixture = try IngestFixture()
        return (fixture, fixture.engine)
    }

    private func call(_ backend: Engine, _ id: OperationID, _ input: Payload) throws -> Payload {
        try backend.performNow(id, input, in: CallContext(.person, now: SystemWallclock().now))
    }

    private func answers(_ fixture: IngestFixture) throws -> [Int64: Payload] {
        try fixture.store.read { connection in
            let rows = try connection.rows("SELECT record, answer FROM delivery_answers") {
                ($0.integer(0), try Payload(json: $0.text(1)))
            }
            return Dictionary(uniqueKeysWithValues: rows)
        }
    }

    @Test func `a delivery of all kinds is performed, each record by itself`() async throws {
        let (fixture, backend) = try fixture()
        _ = try call(
            backend, .createFeature,
            ["id": "seats", "displayName": "S", "featureType": "NUMBER", "meterType": "FLUCTUATING"])
        let text = """
            {"customerId":"c","featureId":"seats","value":1,"idempotencyKey":"early"}
            {"operation":"provisionCustomer","input":{"id":"c","name":"C"}}
            {"customerId":"c","featureId":"seats","value":5,"idempotencyKey":"k"}
            {"customerId":"c","featureId":"seats","value":5,"idempotencyKey":"k"}
            {"customerId":"c","featureId":"seats","value":6,"idempotencyKey":"k"}
            {"customerId":"c","featureId":"seats","value":"many"}
            {"type":"customer.created","messageId":"m-1","customer":{"id":"c"}}
            {"messageId":"m-1","type":"customer.created"}
            {"operation":"provisionCustmer","input":{"id":"d"}}
            {"operation":"getCustomer","input":{"id":"c"}}
            {"operation":"reportEvent","input":{"customerId":"c","eventName":"e","idempotencyKey":"1"}}
            """
        let outcome = try #require(try await fixture.processor.process([fixture.deliver(Data(text.utf8))]).first)
        #expect(outcome.state == .done)
        #expect(outcome.counts.records == 11)
        #expect(outcome.counts.applied == 6)
        #expect(outcome.counts.duplicate == 2)
        #expect(outcome.counts.rejected == 3)
        let answers = try answers(fixture)
        // The report that came too early was tried again when the customer was provisioned.
        #expect(answers[1]?["currentUsage"] == 1)
        #expect(answers[3]?["currentUsage"] == 6)
        #expect(answers[4] == answers[3])
        #expect(answers[5]?["error"]?["code"] == "idempotency_conflict")
        #expect(answers[6]?["error"]?["code"] == "BadUserInput")
        #expect(
            answers[9]?["error"]?["message"]
                == "there is no operation \"provisionCustmer\"; did you mean \"provisionCustomer\"?")
        #expect(answers[10]?["name"] == "C")
        #expect(answers[11] == [:])
        let webhooks = try fixture.store.read {
            try $0.rows("SELECT dedup_key, type, state FROM webhooks") { row in
                [row.text(0), row.text(1), row.text(2)]
            }
        }
        #expect(webhooks == [["message:m-1", "customer.created", "waiting"]])
    }

    @Test func `reported events are metered once, and history adds them up`() throws {
        let (fixture, backend) = try fixture()
        for (id, aggregation) in [
            ("sum", ["function": "SUM", "field": "tokens"]), ("count", ["function": "COUNT"]),
            ("max", ["function": "MAX", "field": "tokens"]), ("avg", ["function": "AVG", "field": "tokens"]),
            ("unique", ["function": "UNIQUE", "field": "model"]),
        ] as [(String, Payload)] {
            _ = try call(
                backend, .createFeature,
                [
                    "id": .string(id), "displayName": "F", "featureType": "NUMBER",
                    "meter": ["aggregation": aggregation],
                ])
        }
        let events: [(String, Int64, String)] = [
            ("2026-01-01T00:10:00Z", 10, "a"), ("2026-01-01T05:10:00Z", 4, "b"), ("2026-01-01T05:50:00Z", 7, "a"),
            ("2026-01-01T06:00:00Z", 3, "c"),
        ]
        let input: Payload = [
            "events": .array(
                events.enumerated().map { index, event in
                    [
                        "customerId": "c", "eventName": "e", "idempotencyKey": .string("k\(index)"),
                        "timestamp": .string(event.0),
                        "dimensions": ["tokens": .integer(event.1), "model": .string(event.2)],
                    ]
                })
        ]
        #expect(try call(backend, .reportEvent, input) == [:])
        #expect(try call(backend, .reportEvent, input) == [:])
        func history(_ feature: String, groupBy: Payload = .null) throws -> [String] {
            let answer = try call(
                backend, .getUsageHistory,
                [
                    "customerId": "c", "featureId": .string(feature), "startDate": "2026-01-01T04:30:00Z",
                    "endDate": "2026-01-01T06:30:00Z", "groupBy": groupBy,
                ])
            guard case .array(let series)? = answer["series"] else { return [] }
            return series.map { one in
                guard case .array(let points)? = one["points"], case .array(let tags)? = one["tags"] else { return "?" }
                let values = points.map {
                    "\($0["timestamp"]?.text?.dropFirst(11).prefix(5) ?? "")=\($0["value"]?.json ?? "")"
                }
                return
                    (tags.map { "\($0["key"]?.text ?? "")=\($0["value"]?.text ?? ""): " } + [
                        values.joined(separator: " ")
                    ])
                    .joined()
            }
        }
        #expect(try history("sum") == ["05:00=10 06:00=21 06:30=24"])
        #expect(try history("count") == ["05:00=1 06:00=3 06:30=4"])
        #expect(try history("max") == ["05:00=10 06:00=10 06:30=10"])
        #expect(try history("avg") == ["05:00=10 06:00=7 06:30=6"])
        #expect(try history("unique") == ["05:00=1 06:00=2 06:30=3"])
        #expect(
            try history("sum", groupBy: "model") == [
                "model=a: 05:00=10 06:00=17 06:30=17", "model=b: 06:00=4 06:30=4", "model=c: 06:30=3",
            ])
        _ = fixture
    }

    @Test func `a call that reports events leaves an audit row, a repeat of it none`() async throws {
        let (fixture, backend) = try fixture()
        func event(_ customer: String, _ key: String) -> Payload {
            ["customerId": .string(customer), "eventName": "e", "idempotencyKey": .string(key)]
        }
        let context = CallContext(.person, now: SystemWallclock().now, actor: "ann", reason: "by hand")
        for _ in 0..<2 {
            _ = try backend.performNow(.reportEvent, ["events": [event("c", "1"), event("c", "2")]], in: context)
        }
        _ = try backend.performNow(.reportEvent, ["events": [event("c", "2"), event("d", "3")]], in: context)
        let text =
            #"{"operation":"reportEvent","input":{"customerId":"d","eventName":"e","idempotencyKey":"4"}}"# + "\n"
        _ = try await fixture.processor.process([fixture.deliver(Data(text.utf8))])
        let rows = try fixture.store.read { try AuditLog.list(action: "reportEvent", limit: 9, on: $0) }.reversed()
        #expect(rows.map(\.actorKind) == ["person", "person", "delivery"])
        #expect(
            rows.prefix(2).map { "\($0.actor) \($0.reason ?? "") \($0.customer?.text ?? "-")" } == [
                "ann by hand c", "ann by hand -",
            ])
        let details = try rows.prefix(2).map { try Payload(json: $0.details) }
        #expect(details.map { $0["applied"] } == [2, 1])
        #expect(details.map { $0["duplicate"] } == [0, 1])
    }

    @Test func `one bad event refuses the call, and none of it counts`() throws {
        let (fixture, backend) = try fixture()
        let good: Payload = ["customerId": "c", "eventName": "e", "idempotencyKey": "1"]
        let bad: Payload = [
            "customerId": "c", "eventName": "e", "idempotencyKey": "2", "timestamp": "9999-01-01T00:00:00Z",
        ]
        let error = #expect(throws: OperationError.self) { try call(backend, .reportEvent, ["events": [good, bad]]) }
        #expect(error?.code == .badUserInput)
        #expect(error?.message.hasPrefix("reportEvent: events[1]: ") == true)
        let blocks = try fixture.store.read { try $0.first("SELECT COUNT(*) FROM raw_blocks") { $0.integer(0) } }
        #expect(blocks == 0)
    }
}
