import CEvents
import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Top-level fields that events and usage reports do not have.
struct UnknownFieldTests {
    /// The customer `c` may report usage of `seats`.
    private func fixture(ignoring ignored: Set<String> = []) throws -> IngestFixture {
        var options = IngestOptions()
        options.ignoredFields = ["inbox": ignored]
        let fixture = try IngestFixture(options: options)
        let context = CallContext(.person, now: SystemWallclock().now)
        _ = try fixture.engine.performNow(.provisionCustomer, ["id": "c"], in: context)
        _ = try fixture.engine.performNow(
            .createFeature,
            ["id": "seats", "displayName": "S", "featureType": "NUMBER", "meterType": "FLUCTUATING"], in: context)
        return fixture
    }

    private func event(_ more: String, key: String = "k") -> String {
        #"{"customerId":"c","eventName":"call","idempotencyKey":"\#(key)",\#(more)}"#
    }

    private func usage(_ more: String) -> String { #"{"customerId":"c","featureId":"seats","value":1,\#(more)}"# }

    /// Delivers one line; returns its rejection as "code: message", or nil.
    private func rejection(of line: String, ignoring ignored: Set<String> = []) async throws -> String? {
        let fixture = try fixture(ignoring: ignored)
        let outcome = try await fixture.processor.process([fixture.deliver(Data(line.utf8))]).first
        #expect(outcome?.state == .done)
        return try fixture.store.read { connection in
            try RejectedRecords.list(RejectedSelection(), on: connection).first.map { "\($0.code): \($0.message)" }
        }
    }

    @Test func `the decoder knows the fields that the operations know`() {
        func known(_ kind: cev_kind) -> Set<String> {
            var names: Set<String> = []
            var next = cev_fields(kind)
            while let name = next?.pointee {
                names.insert(String(cString: name))
                next = next?.advanced(by: 1)
            }
            return names
        }
        #expect(known(CEV_EVENT) == Set(UsageEvent.shape.fields.map(\.name)))
        #expect(known(CEV_USAGE) == Set(UsageReport.shape.fields.map(\.name)))
    }

    @Test(
        arguments: [
            // Equal but for case, `_` and `-`.
            ("idempotency_key", "idempotencyKey"), ("idempotency-key", "idempotencyKey"),
            ("IdempotencyKey", "idempotencyKey"),
            ("customer_id", "customerId"), ("CUSTOMERID", "customerId"), ("event_name", "eventName"),
            ("resource_id", "resourceId"), ("time_stamp", "timestamp"), ("Dimensions", "dimensions"),
            // One edit away.
            ("idempotenceKey", "idempotencyKey"), ("idempotncyKey", "idempotencyKey"), ("timestmap", "timestamp"),
            ("timestamps", "timestamp"), ("dimension", "dimensions"), ("costumerId", nil), ("custmerId", "customerId"),
            ("resourceIds", "resourceId"), ("imestamp", "timestamp"),
            // What others call them.
            ("time", "timestamp"), ("ts", "timestamp"), ("customer", "customerId"), ("event", "eventName"),
            ("event_id", "idempotencyKey"), ("key", "idempotencyKey"), ("properties", "dimensions"),
            ("quantity", "dimensions"), ("amount", "dimensions"),
            // Near nothing.
            ("foo", nil), ("", nil), ("_", nil), ("value", nil), ("source", nil), ("createdAt", nil), ("keys", nil),
            ("tim", nil), ("timestampsss", nil), ("idempotencyKeyOfTheEventThatIsMuchLongerThanAnyKnownName", nil),
        ] as [(String, String?)])
    func `a field near one of an event's rejects the event and names it`(name: String, meant: String?) async throws {
        let rejection = try await rejection(of: event(#""\#(name)":"x""#))
        #expect(
            rejection
                == meant.map {
                    "unknown_field: \"\(name)\" is no field of an event; did you mean \"\($0)\"? Where it is meant to be there, list it in the inbox's `ignore`"
                })
    }

    @Test(
        arguments: [
            ("feature_id", "featureId"), ("update_behavior", "updateBehavior"), ("created_at", "createdAt"),
            ("time", "createdAt"), ("ts", "createdAt"), ("timestamp", "createdAt"), ("customer", "customerId"),
            ("event", "featureId"), ("event_id", "idempotencyKey"), ("key", "idempotencyKey"),
            ("dimension", "dimensions"),
            ("properties", "dimensions"), ("quantity", "value"), ("amount", "value"), ("values", "value"), ("foo", nil),
            ("note", nil),
        ] as [(String, String?)])
    func `a field near one of a usage report's rejects the report and names it`(
        name: String, meant: String?
    ) async throws {
        let rejection = try await rejection(of: usage(#""\#(name)":"x""#))
        #expect(
            rejection?.components(separatedBy: "? ").first
                == meant.map { "unknown_field: \"\(name)\" is no field of a usage report; did you mean \"\($0)\"" })
    }

    @Test(arguments: [
        (
            #"{"customerId":"c","event_name":"call"}"#,
            "\"event_name\" is no field of an event; did you mean \"eventName\""
        ),
        (#"{"customerId":"c","event":"call"}"#, "\"event\" is no field of an event; did you mean \"eventName\""),
        (
            #"{"customerId":"c","featureId":"f","quantity":1}"#,
            "\"quantity\" is no field of a usage report; did you mean \"value\""
        ),
        (
            #"{"customerId":"c","feature_id":"f","value":1}"#,
            "\"feature_id\" is no field of a usage report; did you mean \"featureId\""
        ),
    ])
    func `a record without a kind says which misspelt field would make it`(line: String, expected: String) async throws
    {
        #expect(try await rejection(of: line)?.components(separatedBy: "? ").first == "unknown_field: " + expected)
    }

    @Test func `webhooks may have any field`() async throws {
        let names = ["time", "ts", "event", "customer_id", "idempotency_key", "foo", "amount", "Type"]
        let line = #"{"type":"x.y","# + names.map { "\"\($0)\":1" }.joined(separator: ",") + "}"
        let fixture = try fixture()
        let outcome = try await fixture.processor.process([fixture.deliver(Data(line.utf8))]).first
        // Said of it is only that no job waits for it.
        var expected = DeliveryCounts(applied: 1)
        expected.noJob = 1
        #expect(outcome?.counts == expected)
        let remarks = try fixture.store.read { try DeliveryLedger.list(on: $0).first?.remarks }
        #expect(remarks?.map(\.reason) == [.noJob])
    }

    @Test func `other fields are counted by their names, in each record once`() async throws {
        let fixture = try fixture()
        let lines =
            (0..<30).map { event(#""foo":1,"bar":{"time":2},"foo":2"#, key: "\($0)") } + [
                event(#""foo":1,"time":"x""#, key: "rejected"), usage(#""foo":1"#), event(#""foo":1"#, key: "3"),
            ]
        let claimed = try fixture.deliver(Data(lines.joined(separator: "\n").utf8))
        let outcome = try await fixture.processor.process([claimed]).first
        #expect(outcome?.counts.unknownField == 33)
        #expect([outcome?.counts.applied, outcome?.counts.duplicate, outcome?.counts.rejected] == [31, 1, 1])
        let delivery = try fixture.store.read { try DeliveryLedger.find(claimed.id, on: $0) }
        let members = Dictionary(
            (delivery?.result ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        #expect(members["unknownFields"] == ["foo": 33, "bar": 30])
        #expect(members["records"] == 33)
    }

    @Test(arguments: [1, 7, 5000])
    func `names are bounded, and their counts do not depend on where batches end`(batch: Int) async throws {
        let fixture = try IngestFixture(options: IngestOptions(batchRecordsMax: batch))
        // Two names in each record: x, and one of 40, of which 15 are named.
        let lines = (0..<120).map { event(#""x":1,"name\#($0 % 40)":1"#, key: "\($0)") }
        _ = try await fixture.processor.process([fixture.deliver(Data(lines.joined(separator: "\n").utf8))])
        let remarks = try fixture.store.read { try DeliveryLedger.list(on: $0).first?.remarks ?? [] }
            .filter { $0.reason == .unknownField }
        #expect(remarks.first == DeliveryRemark(.unknownField, name: "x", records: 120, record: 1))
        #expect(
            remarks.dropFirst().dropLast()
                == (0..<15).map { DeliveryRemark(.unknownField, name: "name\($0)", records: 3, record: Int64($0 + 1)) }[
                    ...])
        #expect(remarks.last == DeliveryRemark(.unknownField, name: "", records: 75, record: 16))
    }

    /// A name as JSON has it, and as it is listed.
    struct Name: CustomTestStringConvertible {
        let json: String
        let listed: String
        var testDescription: String { listed }

        init(_ json: String, _ listed: String, times: Int = 1, of listedTimes: Int = 1) {
            self.json = String(repeating: json, count: times)
            self.listed = String(repeating: listed, count: listedTimes)
        }
    }

    @Test(arguments: [
        Name(#"a\u0000b"#, #"a\u0000b"#), Name(#"\u0000"#, #"\u0000"#), Name(#"\u001b[2Jx"#, #"\u001b[2Jx"#),
        Name(#"\n"#, #"\u000a"#), Name(#"tab\there"#, #"tab\u0009here"#), Name(#"del\u007f"#, #"del\u007f"#),
        Name(#"q\"\u0001"#, #"q\"\u0001"#),
        // Without control characters a name stays as it is.
        Name(#"q\"\\"#, #"q"\"#), Name("grün 😀", "grün 😀"),
        // Of a long one the beginning, cut between characters.
        Name("x", "x", times: 1_000_000, of: 64), Name("é", "é", times: 500_000, of: 32),
        Name("€", "€", times: 300_000, of: 21), Name(#"\u0000"#, #"\u0000"#, times: 150_000, of: 64),
    ])
    func `a name of any bytes is listed as text, and bounded`(name: Name) async throws {
        let fixture = try IngestFixture(options: IngestOptions(recordLengthMax: 1 << 22))
        // Twice in a record it counts once; the next record has it again.
        let lines = (0..<2).map { event(#""\#(name.json)":1,"\#(name.json)":2,"plain":3"#, key: "\($0)") }
        let claimed = try fixture.deliver(Data(lines.joined(separator: "\n").utf8))
        #expect(try await fixture.processor.process([claimed]).first?.counts.unknownField == 2)
        let found = try fixture.store.read { try DeliveryLedger.find(claimed.id, on: $0) }
        let delivery = try #require(found)
        let named = delivery.remarks.filter { $0.reason == .unknownField }
        #expect(Set(named.map { Array($0.name.utf8) }) == [Array(name.listed.utf8), Array("plain".utf8)])
        #expect(named.allSatisfy { $0.records == 2 && !$0.name.utf8.contains { $0 < 0x20 || $0 == 0x7f } })
        // As the store has it, and as its own functions see it.
        let lengths = try fixture.store.read {
            try $0.rows("SELECT length(CAST(name AS BLOB)) FROM delivery_remarks WHERE reason = 'unknown_field'") {
                $0.integer(0)
            }
        }
        #expect(Set(lengths) == [Int64(name.listed.utf8.count), 5])
    }

    @Test func `an inbox's ignore takes names out, and a retry then applies the rejected`() async throws {
        let fixture = try fixture()
        let lines = (0..<5).map { event(#""time":"2026-01-01","foo":1"#, key: "\($0)") }
        let claimed = try fixture.deliver(Data(lines.joined(separator: "\n").utf8))
        #expect(try await fixture.processor.process([claimed]).first?.counts.rejected == 5)
        var options = IngestOptions()
        func retry() throws -> RejectedRetry.Outcome {
            try RejectedRetry(store: fixture.store, sink: fixture.engine, options: options) { NoRules() }
                .retry(RejectedSelection()) { _ in Set(RecordKind.allCases) }
        }
        // Another inbox's list, another spelling: rejected again.
        options.ignoredFields = ["other": ["time"], "inbox": ["Time"]]
        #expect(try retry().counts.rejected == 5)
        options.ignoredFields = ["inbox": ["ts", "time"]]
        #expect(try retry().counts.applied == 5)
        let delivery = try fixture.store.read { try DeliveryLedger.find(claimed.id, on: $0) }
        #expect([delivery?.records, delivery?.applied, delivery?.rejected, delivery?.events] == [5, 5, 0, 5])
        // What is unknown was counted when it came, and is not counted again.
        #expect(delivery?.unknownField == 5)
        #expect(delivery?.remarks.filter { $0.reason == .unknownField }.map(\.name) == ["foo"])
        #expect(try await rejection(of: event(#""time":1"#), ignoring: ["time"]) == nil)
    }

    @Test func `events that were stored with such fields are metered again`() async throws {
        let fixture = try fixture(ignoring: ["time"])
        try fixture.meter("calls", MeterDefinition(aggregation: .init(.count)))
        _ = try await fixture.processor.process([fixture.deliver(Data(event(#""time":1,"foo":2"#).utf8))])
        #expect(try Verifier(identityKey: fixture.engine.identityKey).verify(fixture.store).differences == [])
        #expect(try fixture.usage(UsageQuery(feature: FeatureID("calls"))).map(\.value) == [Amount(1)])
    }
}
