import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// What is done with events after they are stored: filling in, retention, verification, explanation, retry.
struct StoredEventsTests {
    private func line(_ number: Int, customer: String = "c", at: String = "2026-10-01T10:00:00Z", _ dimensions: String)
        -> String
    {
        #"{"customerId":"\#(customer)","eventName":"call","idempotencyKey":"k\#(number)","timestamp":"\#(at)","dimensions":\#(dimensions)}"#
    }

    private func total(_ fixture: IngestFixture, _ feature: String) throws -> Amount {
        try fixture.usage(UsageQuery(feature: FeatureID(feature))).reduce(.zero) { $0 + $1.value }
    }

    @Test func `a meter added later counts the stored events, each once`() async throws {
        let data = try InferenceTrace.code.data()
        let fixture = try IngestFixture()
        let lines = data.split(separator: UInt8(ascii: "\n"))
        let half = Data(lines[..<900].joined(separator: [UInt8(ascii: "\n")]))
        let rest = Data(lines[900...].joined(separator: [UInt8(ascii: "\n")]))
        _ = try await fixture.processor.process([fixture.deliver(half)])
        try fixture.meter("context", MeterDefinition(aggregation: .init(.sum, of: .dimension("contextTokens"))))
        // New events feed it at once, the stored ones are still to come.
        _ = try await fixture.processor.process([fixture.deliver(rest)])
        #expect(try total(fixture, "context") < Amount(3_973_157))
        try fixture.engine.runMaintenance(now: SystemWallclock().now)
        #expect(try total(fixture, "context") == Amount(3_973_157))
        #expect(try Verifier(identityKey: fixture.engine.identityKey).verify(fixture.store).differences == [])
    }

    @Test func `a changed meter answers from its old version until the new one is complete`() async throws {
        let data = try InferenceTrace.code.data()
        let fixture = try IngestFixture()
        try fixture.meter("tokens", MeterDefinition(aggregation: .init(.sum, of: .dimension("contextTokens"))))
        _ = try await fixture.processor.process([fixture.deliver(data)])
        try fixture.meter("tokens", MeterDefinition(aggregation: .init(.sum, of: .dimension("generatedTokens"))))
        #expect(try total(fixture, "tokens") == Amount(3_973_157))
        try fixture.engine.runMaintenance(now: SystemWallclock().now)
        #expect(try total(fixture, "tokens") == Amount(59_024))
    }

    @Test func `retention drops events and keeps what they came to`() async throws {
        let data = try InferenceTrace.code.data()
        let fixture = try IngestFixture()
        try fixture.meter("context", MeterDefinition(aggregation: .init(.sum, of: .dimension("contextTokens"))))
        try fixture.meter("sizes", MeterDefinition(aggregation: .init(.unique, of: .dimension("generatedTokens"))))
        _ = try await fixture.processor.process([fixture.deliver(data)])
        let sizes = try total(fixture, "sizes")
        try fixture.engine.runMaintenance(now: SystemWallclock().now.advanced(bySeconds: 401 * 86_400))
        let blocks = try fixture.store.read { try $0.first("SELECT COUNT(*) FROM raw_blocks") { $0.integer(0) } }
        #expect(blocks == 0)
        #expect(try total(fixture, "context") == Amount(3_973_157))
        #expect(try total(fixture, "sizes") == sizes)
        // What needs the events one by one says that some are missing.
        func isPartial(_ query: UsageQuery) throws -> Bool? {
            try fixture.store.read {
                try UsageReader(identityKey: fixture.engine.identityKey).usage(query, on: $0)?.isPartial
            }
        }
        #expect(try isPartial(UsageQuery(feature: FeatureID("context"))) == false)
        #expect(try isPartial(UsageQuery(feature: FeatureID("context"), groupBy: ["workload"])) == true)
        let report = try Verifier(identityKey: fixture.engine.identityKey).verify(fixture.store)
        #expect(report.differences == [])
        #expect(report.meters == 2)
    }

    @Test func `verify names a total that does not agree with the events`() async throws {
        let fixture = try IngestFixture()
        try fixture.meter("n", MeterDefinition(aggregation: .init(.sum, of: .dimension("n"))))
        let text = line(1, #"{"n":2}"#) + "\n" + line(2, #"{"n":0.25}"#)
        _ = try await fixture.processor.process([fixture.deliver(Data(text.utf8))])
        #expect(try Verifier(identityKey: fixture.engine.identityKey).verify(fixture.store).differences == [])
        _ = try fixture.store.write { try $0.execute("DELETE FROM usage_deltas") }
        let report = try Verifier(identityKey: fixture.engine.identityKey).verify(fixture.store)
        #expect(
            report.differences == [
                "n of c at 2026-10-01T10:00:00Z: the events come to 2 events, 2.25, the totals say nothing"
            ])
    }

    @Test func `bounds inside an hour and undeclared groups come from the events`() async throws {
        let fixture = try IngestFixture()
        try fixture.meter("n", MeterDefinition(aggregation: .init(.sum, of: .dimension("n"))))
        let lines = (0..<180).map { minute in
            line(
                minute, at: "2026-10-01T\(10 + minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60):00Z",
                #"{"n":1,"side":"\#(minute % 3 == 0 ? "left" : "right")"}"#)
        }
        _ = try await fixture.processor.process([fixture.deliver(Data(lines.joined(separator: "\n").utf8))])
        func usage(_ from: String, _ to: String) throws -> Amount {
            try fixture.usage(
                UsageQuery(feature: FeatureID("n"), from: Timestamp(rfc3339: from), to: Timestamp(rfc3339: to))
            ).reduce(.zero) { $0 + $1.value }
        }
        #expect(try usage("2026-10-01T10:30:00Z", "2026-10-01T12:15:00Z") == Amount(105))
        #expect(try usage("2026-10-01T10:10:00Z", "2026-10-01T10:20:00Z") == Amount(10))
        #expect(try usage("2026-10-01T10:00:00Z", "2026-10-01T13:00:00Z") == Amount(180))
        #expect(try usage("2026-10-01T10:59:30Z", "2026-10-01T11:00:00Z") == .zero)
        let sides = try fixture.usage(UsageQuery(feature: FeatureID("n"), groupBy: ["side"], window: .hour))
        #expect(sides.map { $0.value } == [Amount(20), Amount(40), Amount(20), Amount(40), Amount(20), Amount(40)])
        #expect(sides.first?.dimensions == ["side": "left"])
        #expect(sides.first?.windowStart == Timestamp(rfc3339: "2026-10-01T10:00:00Z"))
        // Half past five hours east of Greenwich a day begins inside a UTC hour: 18:30 is midnight there.
        let days = try fixture.usage(UsageQuery(feature: FeatureID("n"), window: .day, timeZone: "Asia/Kolkata"))
        #expect(days.map(\.windowStart) == [Timestamp(rfc3339: "2026-09-30T18:30:00Z")])
    }

    @Test func `small blocks are merged without losing an event`() async throws {
        let fixture = try IngestFixture()
        try fixture.meter("n", MeterDefinition(aggregation: .init(.sum, of: .dimension("n"))))
        for number in 0..<40 {
            _ = try await fixture.processor.process([
                fixture.deliver(Data(line(number, customer: "c\(number % 4)", #"{"n":\#(number)}"#).utf8))
            ])
        }
        try fixture.engine.runMaintenance(now: SystemWallclock().now)
        let blocks = try fixture.store.read { try $0.first("SELECT COUNT(*) FROM raw_blocks") { $0.integer(0) } }
        #expect(blocks == 1)
        #expect(try Verifier(identityKey: fixture.engine.identityKey).verify(fixture.store).differences == [])
        let events = try fixture.store.read {
            try EventReader(identityKey: fixture.engine.identityKey).events(customer: CustomerID("c3"), on: $0)
        }
        #expect(events.count == 10)
        #expect(events.allSatisfy { $0.outcome == "applied" && $0.countedBy == [FeatureID("n")] })
    }

    @Test func `pages of events follow each other, also when blocks are merged between them`() async throws {
        let fixture = try IngestFixture()
        try fixture.meter("n", MeterDefinition(aggregation: .init(.sum, of: .dimension("n"))))
        for number in 0..<40 {
            let value = number == 20 ? "[]" : "\(number)"
            _ = try await fixture.processor.process([
                fixture.deliver(Data(line(number, customer: "c\(number % 2)", #"{"n":\#(value)}"#).utf8))
            ])
        }
        let reader = EventReader(identityKey: fixture.engine.identityKey)
        let all = try fixture.store.read { try reader.events(customer: CustomerID("c0"), on: $0) }
        #expect(all.count == 20 && all.filter { $0.outcome == "rejected" }.count == 1)
        var paged: [StoredEvent] = []
        var after: Payload?
        for page in 0..<20 where page == 0 || after != nil {
            var asked: TextMap<Payload> = ["customerId": "c0", "limit": 3]
            asked["after"] = after
            let input = try ListEvents.Input.shape.decode(.object(asked), as: "listEvents")
            let found = try fixture.store.read { try reader.page(input, on: $0) }
            #expect(found.data.count == 3 || found.pagination.next == nil)
            paged += found.data
            after = found.pagination.next.map { .string($0.text) }
            if page == 2 { try fixture.engine.runMaintenance(now: SystemWallclock().now) }
        }
        #expect(paged.map(\.event) == all.map(\.event))
    }

    @Test func `an event tells why it counted, or did not`() async throws {
        let fixture = try IngestFixture()
        try fixture.meter("n", MeterDefinition(aggregation: .init(.sum, of: .dimension("n"))))
        let text = [line(1, #"{"n":2}"#), line(1, #"{"n":2}"#), line(1, #"{"n":3}"#), line(2, #"{"n":[]}"#)].joined(
            separator: "\n")
        let outcome = try await fixture.processor.process([fixture.deliver(Data(text.utf8))])
        #expect(outcome.first?.counts.applied == 1)
        #expect(outcome.first?.counts.duplicate == 2)
        #expect(outcome.first?.counts.differs == 1)
        #expect(outcome.first?.counts.rejected == 1)
        let events = try fixture.store.read {
            try EventReader(identityKey: fixture.engine.identityKey).events(customer: CustomerID("c"), on: $0)
        }
        #expect(events.map(\.outcome) == ["applied", "duplicate", "duplicate", "rejected"])
        #expect(events.map { $0.differs ?? false } == [false, false, true, false])
        #expect(events.map(\.record) == [1, 2, 3, 4])
        #expect(
            events.last?.reason == "wrong_type: 'dimensions.n' must be a string, a number or a boolean, got an array")
        let keyed = try fixture.store.read {
            try EventReader(identityKey: fixture.engine.identityKey).events(
                customer: CustomerID("c"), key: "k2", on: $0)
        }
        #expect(keyed.map(\.outcome) == ["rejected"])
    }

    @Test func `a rejected event is retried as the record it was`() async throws {
        let fixture = try IngestFixture()
        let claimed = try fixture.deliver(Data((line(1, #"{"n":2}"#) + "\n" + #"{"customerId":"c"}"#).utf8))
        _ = try await fixture.processor.process([claimed])
        let retry = RejectedRetry(store: fixture.store, sink: fixture.engine) { NoRules() }
        // Nothing changed: it is rejected again and stays open.
        let again = try retry.retry(RejectedSelection()) { _ in Set(RecordKind.allCases) }
        #expect(again.retried == 1)
        #expect(again.counts.rejected == 1)
        #expect(try fixture.store.read { try RejectedRecords.openCount(on: $0) } == 1)
        // Mended by hand in the store, as a changed rule would let it through.
        _ = try fixture.store.write {
            try $0.execute("UPDATE rejected_records SET payload = $1", [.blob(Data(self.line(9, #"{"n":5}"#).utf8))])
        }
        let mended = try retry.retry(RejectedSelection()) { _ in Set(RecordKind.allCases) }
        #expect(mended.counts.applied == 1)
        #expect(try fixture.store.read { try RejectedRecords.openCount(on: $0) } == 0)
        let row = try fixture.store.read {
            try $0.first("SELECT applied, rejected FROM deliveries") { [$0.integer(0), $0.integer(1)] }
        }
        #expect(row == [2, 0])
    }

    @Test func `a record that spans lines is retried as one`() async throws {
        let fixture = try IngestFixture()
        let bad = "[\n{\n  \"customerId\": \"c\",\n  \"eventName\": \"call\",\n  \"dimensions\": 5\n},\n{\"x\": 1}\n]"
        _ = try await fixture.processor.process([fixture.deliver(Data(bad.utf8), name: "events.json")])
        let retry = RejectedRetry(store: fixture.store, sink: fixture.engine) { NoRules() }
        let outcome = try retry.retry(RejectedSelection()) { _ in Set(RecordKind.allCases) }
        #expect(outcome.counts.records == 2)
        #expect(outcome.counts.rejected == 2)
        let open = try fixture.store.read { try RejectedRecords.list(RejectedSelection(), on: $0) }
        #expect(open.map(\.record) == [1, 2])
        #expect(open.map(\.code) == ["wrong_type", "unknown_kind"])
    }

    @Test func `a document that fills a batch is taken once`() async throws {
        let fixture = try IngestFixture(options: IngestOptions(batchRecordsMax: 4))
        try fixture.meter("calls", MeterDefinition(aggregation: .init(.count)))
        let three = (1...3).map { line($0, "{}") }.joined(separator: "\n")
        // Without a key nothing but the position tells that it was taken.
        let one = #"{"customerId":"c","eventName":"call"}"#
        let outcomes = try await fixture.processor.process([
            fixture.deliver(Data(three.utf8)), fixture.deliver(Data(one.utf8), name: "one.json"),
            fixture.deliver(Data("[]".utf8), name: "none.json"),
        ])
        #expect(outcomes.map(\.state) == [.done, .done, .done])
        #expect(outcomes.map(\.counts.applied) == [3, 1, 0])
        #expect(try total(fixture, "calls") == Amount(4))
    }

    @Test func `a line beyond every bound is rejected alone, wherever it stands`() async throws {
        let fixture = try IngestFixture()
        try fixture.meter("calls", MeterDefinition(aggregation: .init(.count)))
        var text = Data((line(1, "{}") + "\n").utf8)
        text += Data(repeating: UInt8(ascii: "x"), count: 12 << 20)
        text += Data(("\n\n" + line(2, "{}") + "\n").utf8)
        text += Data(repeating: UInt8(ascii: "\n"), count: 4 << 20)
        text += Data(line(3, "{}").utf8)
        let outcome = try await fixture.processor.process([fixture.deliver(text)]).first
        #expect(outcome?.state == .done)
        #expect(outcome?.counts.applied == 3)
        let rejected = try fixture.store.read { try RejectedRecords.list(RejectedSelection(), on: $0) }
        #expect(rejected.map(\.code) == ["too_large"])
        #expect(rejected.map(\.line) == [2])
        #expect(rejected.map(\.payload.count) == [65_536])
    }

    @Test func `a meter that went live in a transaction that failed counts nothing twice`() async throws {
        let fixture = try IngestFixture()
        _ = try await fixture.processor.process([fixture.deliver(Data(line(1, "{}").utf8))])
        try fixture.meter("calls", MeterDefinition(aggregation: .init(.count)))
        // The first batch with the meter is undone: another worker owns the delivery.
        let lost = try fixture.deliver(Data(line(2, "{}").utf8))
        var stale = lost
        stale.owner = "worker-2"
        let batch = try #require(RecordBatch())
        batch.meterGeneration = try fixture.engine.meteredFields().generation
        batch.segments = [
            RecordBatch.Segment(delivery: stale, positionBefore: 0, positionAfter: 0, byteOffsetAfter: 0)
        ]
        #expect(throws: EventSinkError.deliveryLost(lost.id)) {
            try fixture.engine.commit(batch, now: SystemWallclock().now)
        }
        _ = try await fixture.processor.process([lost])
        try fixture.engine.runMaintenance(now: SystemWallclock().now)
        #expect(try total(fixture, "calls") == Amount(2))
        #expect(try Verifier(identityKey: fixture.engine.identityKey).verify(fixture.store).differences == [])
    }

    @Test func `numbers that are no amounts count where nothing is added up, and stay out of sums`() async throws {
        let fixture = try IngestFixture()
        try fixture.meter("calls", MeterDefinition(aggregation: .init(.count)))
        let text = line(1, #"{"x":1e30}"#) + "\n" + line(2, #"{"x":2}"#)
        _ = try await fixture.processor.process([fixture.deliver(Data(text.utf8))])
        try fixture.meter("sum", MeterDefinition(aggregation: .init(.sum, of: .dimension("x"))))
        try fixture.engine.runMaintenance(now: SystemWallclock().now)
        #expect(try total(fixture, "calls") == Amount(2))
        #expect(try total(fixture, "sum") == Amount(2))
        #expect(try Verifier(identityKey: fixture.engine.identityKey).verify(fixture.store).differences == [])
        // From now on it is metered: one that cannot be added up exactly is rejected, with its reason.
        let late = try await fixture.processor.process([fixture.deliver(Data(line(3, #"{"x":1e30}"#).utf8))]).first
        #expect(late?.counts.rejected == 1)
    }
}
