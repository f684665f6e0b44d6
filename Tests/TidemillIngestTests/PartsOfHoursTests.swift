import Foundation
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// Parts of hours, asked for again and again while events come, are voided, merged, undone: held against sums over a list
/// of the events that were delivered.
struct PartsOfHoursTests {
    private struct Event: Hashable {
        let customer: Int
        let minute: Int
        let value: Int64
    }

    private static let start = Timestamp(rfc3339: "2026-05-01T10:00:00Z") ?? Timestamp(microseconds: 0)
    private static let functions: [MeterDefinition.Function] = [.sum, .max, .min, .avg, .count, .unique]

    private func fixture() throws -> IngestFixture {
        let fixture = try IngestFixture(clock: StandingClock(Self.start.advanced(bySeconds: 7200)))
        for function in Self.functions {
            try fixture.meter(
                function.rawValue,
                MeterDefinition(aggregation: function == .count ? .init(.count) : .init(function, of: .dimension("n"))))
        }
        return fixture
    }

    private func lines(_ events: [Event], _ name: String) -> Data {
        Data(
            events.enumerated().map { index, event in
                """
                {"customerId":"c\(event.customer)","eventName":"e","idempotencyKey":"\(name)-\(index)",\
                "timestamp":"\(Self.start.advanced(bySeconds: Int64(event.minute) * 60))","dimensions":{"n":\(event.value)}}
                """
            }.joined(separator: "\n").utf8)
    }

    /// By hand; nil: no usage.
    private static func expected(
        _ function: MeterDefinition.Function, _ events: [Event], _ customer: Int, _ minutes: Range<Int>
    ) -> Amount? {
        let values = events.filter { $0.customer == customer && minutes.contains($0.minute) }.map(\.value)
        guard let least = values.min(), let most = values.max() else { return nil }
        let sum = values.reduce(0, +)
        return switch function {
        case .sum: Amount(sum)
        case .max: Amount(most)
        case .min: Amount(least)
        case .count: Amount(Int64(values.count))
        case .unique: Amount(Int64(Set(values).count))
        // To a billionth, as Python's decimal rounds it: half away from zero.
        case .avg: Amount(nanos: Int128((Decimal(sum) / Decimal(values.count) * 1_000_000_000).rounded()))
        }
    }

    private func check(
        _ fixture: IngestFixture, _ events: [Event], on connection: any SQLConnection, _ comment: String
    ) throws {
        for minutes in [0..<25, 10..<60, 60..<85] {
            for customer in 0..<12 {
                for function in Self.functions {
                    var query = UsageQuery(feature: FeatureID(function.rawValue), customer: CustomerID("c\(customer)"))
                    query.from = Self.start.advanced(bySeconds: Int64(minutes.lowerBound) * 60)
                    query.to = Self.start.advanced(bySeconds: Int64(minutes.upperBound) * 60)
                    let answer = try UsageReader(identityKey: fixture.engine.identityKey).usage(query, on: connection)
                    #expect(
                        answer?.rows.first?.value == Self.expected(function, events, customer, minutes),
                        "\(comment), \(function), c\(customer), \(minutes)")
                }
            }
        }
    }

    @Test func `a part of an hour is what its events come to, whatever happens to them meanwhile`() async throws {
        let fixture = try fixture()
        var random = SeededRandom(seed: 7)
        func some(_ count: Int) -> [Event] {
            (0..<count).map { _ in
                Event(
                    customer: .random(in: 0..<12, using: &random), minute: .random(in: 0..<120, using: &random),
                    value: .random(in: -50...50, using: &random))
            }
        }
        func look(_ events: [Event], _ comment: String) throws {
            // Twice: what is asked for again is remembered.
            for _ in 0..<2 { try fixture.store.read { try check(fixture, events, on: $0, comment) } }
        }
        var events = some(900)
        _ = try await fixture.processor.process([fixture.deliver(lines(events, "first"))])
        try look(events, "first")

        for round in 0..<12 {
            let more = some(3)
            events += more
            _ = try await fixture.processor.process([fixture.deliver(lines(more, "small-\(round)"))])
        }
        try look(events, "small files")

        struct Undone: Error {}
        let lost = some(5)
        #expect(throws: Undone.self) {
            try fixture.engine.transaction { transaction in
                for (index, event) in lost.enumerated() {
                    _ = try transaction.perform(
                        .reportEvent,
                        [
                            "customerId": .string("c\(event.customer)"), "eventName": "e",
                            "idempotencyKey": .string("lost-\(index)"),
                            "timestamp": Payload(Self.start.advanced(bySeconds: Int64(event.minute) * 60)),
                            "dimensions": ["n": .integer(event.value)],
                        ], in: CallContext(.person, now: Self.start.advanced(bySeconds: 7200)))
                }
                try check(fixture, events + lost, on: transaction.connection, "within the transaction")
                throw Undone()
            }
        }
        try look(events, "undone")
        // The numbers of the blocks that were undone are given anew.
        let other = some(5)
        events += other
        _ = try await fixture.processor.process([fixture.deliver(lines(other, "other"))])
        try look(events, "in place of what was undone")

        let bad = some(40)
        let voided = try fixture.deliver(lines(bad, "bad"))
        _ = try await fixture.processor.process([voided])
        try look(events + bad, "before the void")
        _ = try fixture.store.write { connection in
            try DeliveryLedger.finish(voided.id, owner: fixture.owner, as: .done, at: Self.start, on: connection)
        }
        _ = try fixture.engine.void(
            voided.id, by: "tester", reason: "bad", now: Self.start.advanced(bySeconds: 7200))
        try look(events, "voided")

        let blocks = try blocks(fixture)
        try fixture.engine.runMaintenance(now: Self.start.advanced(bySeconds: 7200))
        #expect(try self.blocks(fixture) < blocks)
        try look(events, "merged")
        let last = some(40)
        events += last
        _ = try await fixture.processor.process([fixture.deliver(lines(last, "last"))])
        try look(events, "after the merge")
    }

    private func blocks(_ fixture: IngestFixture) throws -> Int64 {
        try fixture.store.read { try $0.value("SELECT COUNT(*) FROM raw_blocks") ?? 0 }
    }

    private func reads(_ fixture: IngestFixture) throws -> Int {
        try fixture.store.read { $0.memory?.thing { PartsOfHours() }.reads ?? -1 }
    }

    private func ask(_ fixture: IngestFixture, _ customers: Range<Int>, until minute: Int64) throws -> Amount {
        try customers.reduce(.zero) { sum, customer in
            var query = UsageQuery(feature: FeatureID("SUM"), customer: CustomerID("c\(customer)"))
            query.from = Self.start
            query.to = Self.start.advanced(bySeconds: minute * 60)
            return try sum + (fixture.usage(query).first?.value ?? .zero)
        }
    }

    @Test func `blocks are read once a shard for all that ask for the same part`() async throws {
        let fixture = try fixture()
        let events = (0..<1000).map { Event(customer: $0 % 200, minute: $0 % 60, value: 1) }
        _ = try await fixture.processor.process([fixture.deliver(lines(events, "a"))])
        let expected = Amount(Int64(events.count { $0.minute < 30 }))
        #expect(try ask(fixture, 0..<200, until: 30) == expected)
        #expect(try ask(fixture, 0..<200, until: 30) == expected)
        // Sixteen shards.
        #expect(try reads(fixture) == 16)
        // What comes after is read by whoever asks, and taken in when it has become much.
        for round in 0..<70 {
            _ = try await fixture.processor.process([
                fixture.deliver(lines([Event(customer: 3, minute: 5, value: 1)], "more-\(round)"))
            ])
        }
        #expect(try ask(fixture, 0..<200, until: 30) == expected + Amount(70))
        #expect(try reads(fixture) == 32)
    }

    @Test func `a part that nobody asks for again is not remembered`() async throws {
        let fixture = try fixture()
        let events = (0..<600).map { Event(customer: $0 % 10, minute: $0 % 60, value: 1) }
        _ = try await fixture.processor.process([fixture.deliver(lines(events, "a"))])
        for minute in 1..<60 { _ = try ask(fixture, 4..<5, until: Int64(minute)) }
        #expect(try reads(fixture) == 0)
    }

    @Test func `no more is remembered than fits`() async throws {
        let fixture = try fixture()
        let events = (0..<1000).map { Event(customer: $0 % 200, minute: $0 % 60, value: 1) }
        _ = try await fixture.processor.process([fixture.deliver(lines(events, "a"))])
        let small = PartsOfHours(partBytesMax: 100)
        let part = try #require(
            PartsOfHours.Part(Self.start, Self.start.advanced(bySeconds: 1800), of: CustomerID("c1")))
        try fixture.store.read { connection in
            for _ in 0..<4 {
                let known = try small.cells(
                    of: CustomerID("c1"), meter: 1, in: part, voided: [], identityKey: fixture.engine.identityKey,
                    on: connection
                ) { _, _ in Issue.record("too much is handed out") }
                #expect(known == nil)
            }
        }
        // It was tried once.
        #expect(small.reads == 1)
    }
}

extension Decimal {
    fileprivate func rounded() -> Int64 {
        var (value, result) = (self, Decimal())
        NSDecimalRound(&result, &value, 0, .plain)
        return NSDecimalNumber(decimal: result).int64Value
    }
}
