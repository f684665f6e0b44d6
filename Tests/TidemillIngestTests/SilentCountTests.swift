import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillEngine
@testable import TidemillIngest

/// Events that add nothing, and those of customers that nobody knows, are counted and named.
struct SilentCountTests {
    private func event(_ dimensions: String, key: String, name: String = "call", customer: String = "c") -> String {
        #"{"customerId":"\#(customer)","eventName":"\#(name)","idempotencyKey":"\#(key)","dimensions":\#(dimensions)}"#
    }

    private func deliver(_ lines: [String], to fixture: IngestFixture) async throws -> Delivery {
        let claimed = try fixture.deliver(Data(lines.joined(separator: "\n").utf8))
        #expect(try await fixture.processor.process([claimed]).first?.state == .done)
        return try #require(try fixture.store.read { try DeliveryLedger.find(claimed.id, on: $0) })
    }

    private func meter(_ function: MeterDefinition.Function) -> MeterDefinition {
        let field: MeterDefinition.EventField? = function == .count ? nil : .dimension("n")
        return MeterDefinition(
            aggregation: .init(function, of: field), filters: [[.init(.eventName, .equals, value: "call")]])
    }

    @Test(
        arguments: MeterDefinition.Function.allCases,
        [
            // As text what JSON numbers are held to: too many digits are rejected, other text is no number.
            (#""0.30000000000000004""#, "out_of_range"), ("0.30000000000000004", "out_of_range"),
            (#""1234567890123456789""#, "out_of_range"), (#""-0.0000000001""#, "out_of_range"),
            (#""1\#(String(repeating: "0", count: 70))""#, "out_of_range"),
            (#""0.3""#, "applied"), (#""-12.500""#, "applied"), (#""999999999999999999.999999999""#, "applied"),
            (#""0.3000000000000""#, "applied"), ("1e-05", "applied"), ("1e-10", "out_of_range"), ("1e3", "applied"),
            (#""1e-05""#, "not_a_number"), (#""7 ""#, "not_a_number"), (#""1,5""#, "not_a_number"),
            (#""""#, "not_a_number"),
            (#""1e3""#, "not_a_number"), (#""1.2.3""#, "not_a_number"), (#"".5""#, "not_a_number"),
            (#""5.""#, "not_a_number"),
            (#""-""#, "not_a_number"), (#""NaN""#, "not_a_number"), ("true", "not_a_number"), ("null", "missing"),
        ])
    func `numbers as text are held to what numbers are held to`(
        function: MeterDefinition.Function, value: (json: String, outcome: String)
    ) async throws {
        let fixture = try IngestFixture()
        try fixture.meter("f", meter(function))
        let delivery = try await deliver([event(#"{"n":\#(value.json)}"#, key: "k")], to: fixture)
        let usage = try fixture.usage(UsageQuery(feature: FeatureID("f")))
        // COUNT and UNIQUE add nothing up: they count whatever is there.
        let addsUp = function != .count && function != .unique
        switch value.outcome {
        case "out_of_range" where addsUp:
            #expect([delivery.rejected, delivery.applied] == [1, 0])
            let rejected = try fixture.store.read { try RejectedRecords.list(RejectedSelection(), on: $0) }
            #expect(rejected.map(\.code) == ["out_of_range"])
            #expect(
                rejected.first?.message.hasPrefix("'dimensions.n' is metered and must have at most 18 digits") == true)
        case "not_a_number" where addsUp, "missing" where addsUp:
            #expect([delivery.applied, delivery.notANumber, delivery.noMeter] == [1, 1, 0])
            let isMissing = value.outcome == "missing"
            #expect(
                delivery.remarks.first { $0.reason == .notANumber }
                    == DeliveryRemark(
                        .notANumber, name: "dimensions.n", records: 1, record: 1,
                        example: isMissing ? nil : value.json))
            #expect(usage == [])
        case "missing" where function == .unique:
            #expect([delivery.applied, delivery.notANumber, delivery.noMeter] == [1, 0, 1])
        default:
            #expect([delivery.applied, delivery.notANumber, delivery.noMeter] == [1, 0, 0])
            #expect(usage.count == 1)
        }
    }

    @Test func `each event that adds nothing has one reason`() async throws {
        let fixture = try IngestFixture()
        try fixture.meter("tokens", meter(.sum))
        try fixture.meter(
            "seconds",
            MeterDefinition(
                aggregation: .init(.max, of: .dimension("s")), filters: [[.init(.eventName, .equals, value: "call")]]))
        let lines = [
            event(#"{"n":1}"#, key: "1"), event(#"{"s":1}"#, key: "2"),
            // Counted by one, and no number for the other.
            event(#"{"n":"many","s":1}"#, key: "3"),
            event(#"{"n":"many"}"#, key: "4"), event("{}", key: "5"), event(#"{"n":1}"#, key: "6", name: "unmetered"),
            event(#"{"n":1}"#, key: "7", name: "unmetered"), event(#"{"n":1}"#, key: "7", name: "unmetered"),
            #"{"customerId":"c","eventName":"call","dimensions":{"n":2}}"#, "nonsense",
        ]
        let delivery = try await deliver(lines, to: fixture)
        // The third adds something: it is named with the others and not counted.
        #expect([delivery.notANumber, delivery.noMeter, delivery.events, delivery.withoutKey] == [2, 2, 9, 1])
        #expect(
            [delivery.records, delivery.applied, delivery.duplicate, delivery.rejected] == [10, 8, 1, 1])
        #expect(
            delivery.remarks == [
                DeliveryRemark(.noMeter, name: "unmetered", records: 2, record: 6),
                DeliveryRemark(.notANumber, name: "dimensions.n", records: 3, record: 3, example: #""many""#),
                DeliveryRemark(.unknownCustomer, name: "c", records: 8, record: 1),
            ])
        // The same of each event by itself.
        let events = try fixture.store.read {
            try EventReader(identityKey: fixture.engine.identityKey).events(customer: CustomerID("c"), on: $0)
        }.filter { $0.outcome == "applied" }
        let reasons = Dictionary(
            events.map { ($0.record, ($0.remarks ?? []).joined(separator: " ")) }, uniquingKeysWith: +)
        let unknown = "unknown_customer"
        #expect(
            reasons == [
                1: unknown, 2: unknown, 3: unknown, 4: "not_a_number \(unknown)",
                5: "not_a_number \(unknown)", 6: "no_meter \(unknown)", 7: "no_meter \(unknown)", 9: unknown,
            ])
        #expect(events.first { $0.record == 3 }?.reason == #"dimensions.n is "many", which is no number"#)
        #expect(events.first { $0.record == 4 }?.reason == #"dimensions.n is "many", which is no number"#)
        #expect(events.first { $0.record == 5 }?.reason == "dimensions.n is missing")
    }

    @Test func `what another meter counts is no concern, and the value is still named`() async throws {
        let fixture = try IngestFixture()
        try fixture.meter("tokens", meter(.sum))
        try fixture.meter("calls", meter(.count))
        let long = "z" + String(repeating: "\u{301}", count: 10_000)
        let delivery = try await deliver(
            [event(#"{"n":"1e-05"}"#, key: "1"), event(#"{"n":"\#(long)"}"#, key: "2"), event("{}", key: "3")],
            to: fixture)
        #expect([delivery.applied, delivery.notANumber, delivery.noMeter] == [3, 0, 0])
        #expect(
            delivery.remarks.filter { $0.reason == .notANumber } == [
                DeliveryRemark(.notANumber, name: "dimensions.n", records: 2, record: 1, example: #""1e-05""#)
            ])
        let ended = try fixture.store.write {
            try DeliveryLedger.finish(
                delivery.id, owner: fixture.owner, as: .done, at: Timestamp(microseconds: 1), on: $0)
        }
        #expect(ended)
        let concern = try fixture.store.read {
            try DeliveryLedger.concerning(.addsNothing, since: Timestamp(microseconds: 0), on: $0)
        }
        #expect(concern == nil)
        // An example is cut, whatever its characters are made of.
        let other = try await deliver([event(#"{"n":"\#(long)"}"#, key: "4")], to: fixture)
        let example = other.remarks.first { $0.reason == .notANumber }?.example
        #expect(example?.unicodeScalars.count == 82)
    }

    @Test(arguments: [1, 3, 5000])
    func `customers are unknown until they are provisioned, in the order of the file`(batch: Int) async throws {
        let fixture = try IngestFixture(options: IngestOptions(batchRecordsMax: batch))
        let backend = fixture.engine
        func provision(_ id: String, key: String) -> String {
            #"{"operation":"provisionCustomer","input":{"id":"\#(id)"},"idempotencyKey":"\#(key)"}"#
        }
        let lines = [
            event("{}", key: "1", customer: "a"), event("{}", key: "2", customer: "b"), provision("a", key: "p1"),
            event("{}", key: "3", customer: "a"), event("{}", key: "4", customer: "b"),
            provision("a", key: "again"), event("{}", key: "5", customer: "b"), provision("b", key: "p2"),
            event("{}", key: "6", customer: "b"),
        ]
        let delivery = try await deliver(lines, to: fixture)
        #expect(delivery.unknownCustomer == 4)
        #expect(
            delivery.remarks.filter { $0.reason == DeliveryRemark.Reason.unknownCustomer } == [
                DeliveryRemark(.unknownCustomer, name: "b", records: 3, record: 2),
                DeliveryRemark(.unknownCustomer, name: "a", records: 1, record: 1),
            ])
        // Provisioned by somebody else, after the engine has seen the customer unknown.
        #expect(try await deliver([event("{}", key: "7", customer: "z")], to: fixture).unknownCustomer == 1)
        _ = try backend.performNow(
            .provisionCustomer, ["id": "z"], in: CallContext(.person, now: SystemWallclock().now))
        #expect(try await deliver([event("{}", key: "8", customer: "z")], to: fixture).unknownCustomer == 0)
    }

    private struct Undone: Error {}

    /// Lines of a delivery, decoded by hand.
    private func batch(_ line: String, of claimed: ClaimedDelivery, for fixture: IngestFixture) throws -> RecordBatch {
        let decoder = try RecordDecoder(
            identityKey: fixture.engine.identityKey, fields: try fixture.engine.meteredFields(), rules: NoRules()
        )
        let batch = try decoder.batch()
        try decoder.decode(
            Array(line.utf8), of: claimed, into: batch, number: 1, line: 1, options: IngestOptions())
        batch.segments = [
            RecordBatch.Segment(delivery: claimed, positionBefore: 0, positionAfter: 1, byteOffsetAfter: 1)
        ]
        return batch
    }

    /// Provisions `z`, then takes the line of an event of `z`.
    private func provision(
        _ line: String, _ claimed: ClaimedDelivery, _ fixture: IngestFixture, in transaction: EngineTransaction
    ) throws {
        _ = try transaction.perform(
            .provisionCustomer, ["id": "z"], in: CallContext(.person, now: SystemWallclock().now))
        let batch = try batch(line, of: claimed, for: fixture)
        let counts = try fixture.engine.apply(batch, now: SystemWallclock().now, in: transaction)
        #expect(counts.map { [$0.applied, $0.unknownCustomer] } == [[1, 0]])
    }

    @Test func `whom a transaction provisioned is not, when it is rolled back`() async throws {
        let fixture = try IngestFixture()
        let line = event("{}", key: "1", customer: "z")
        let claimed = try fixture.deliver(Data(line.utf8))
        #expect(throws: Undone.self) {
            try fixture.engine.transaction { transaction in
                try provision(line, claimed, fixture, in: transaction)
                throw Undone()
            }
        }
        let delivery = try await deliver([line], to: fixture)
        #expect([delivery.applied, delivery.unknownCustomer] == [1, 1])
    }

    @Test func `what a savepoint took in is not known, when it is undone and its transaction goes on`() throws {
        let fixture = try IngestFixture()
        let line = event("{}", key: "1", customer: "z")
        let claimed = try fixture.deliver(Data(line.utf8))
        try fixture.engine.transaction { transaction in
            #expect(throws: Undone.self) {
                try transaction.savepoint {
                    try provision(line, claimed, fixture, in: transaction)
                    throw Undone()
                }
            }
            // Neither the event's key nor its customer.
            let batch = try batch(line, of: claimed, for: fixture)
            let counts = try fixture.engine.apply(batch, now: SystemWallclock().now, in: transaction)
            #expect(counts.map { [$0.applied, $0.duplicate, $0.unknownCustomer] } == [[1, 0, 1]])
        }
    }

    private func lookups(_ fixture: IngestFixture) -> Int { fixture.engine.exclusively { $0.customers.lookups } }

    @Test(arguments: [1 << 17, 700])
    func `unknown customers are looked up by the batch, whatever is remembered`(recentMax: Int) async throws {
        let fixture = try IngestFixture()
        fixture.engine.exclusively { $0.customers = ProvisionedCustomers(recentMax: recentMax) }
        let backend = fixture.engine
        let context = CallContext(.person, now: SystemWallclock().now)
        // Every third of 3,000 customers is provisioned; each comes with three resources.
        for number in stride(from: 0, to: 3000, by: 3) {
            _ = try backend.performNow(.provisionCustomer, ["id": .string("c\(number)")], in: context)
        }
        for round in 0..<2 {
            let lines = (0..<9000).map { number in
                #"{"customerId":"c\#(number % 3000)","resourceId":"r\#(number / 3000)","eventName":"call","idempotencyKey":"\#(round)"}"#
            }
            let delivery = try await deliver(lines, to: fixture)
            #expect(delivery.applied == 9000 && delivery.unknownCustomer == 6000)
            // 256 at a time: 12 statements for all of them; again only for those that had to be forgotten.
            let most = recentMax > 3000 ? 14 : 2 * 3 * 14
            #expect(lookups(fixture) <= most, "\(lookups(fixture)) statements")
        }
        // One more is provisioned: those that were not are looked up once more.
        let before = lookups(fixture)
        _ = try backend.performNow(.provisionCustomer, ["id": "c1"], in: context)
        let delivery = try await deliver(
            (0..<3000).map { event("{}", key: "more", customer: "c\($0)") }, to: fixture)
        #expect(delivery.unknownCustomer == 1999)
        #expect(lookups(fixture) - before <= 14)
    }

    @Test func `customers that are provisioned between their events are known from then on`() async throws {
        let fixture = try IngestFixture()
        // Each customer is provisioned between two events of it.
        let lines = (0..<40).flatMap { number in
            [
                event("{}", key: "before", customer: "c\(number)"),
                #"{"operation":"provisionCustomer","input":{"id":"c\#(number)"},"idempotencyKey":"p\#(number)"}"#,
                event("{}", key: "after", customer: "c\(number)"),
            ]
        }
        let delivery = try await deliver(lines, to: fixture)
        #expect(delivery.unknownCustomer == 40 && delivery.applied == 120)
    }

    @Test func `what most events of a delivery come to is found for a warning`() async throws {
        let fixture = try IngestFixture()
        try fixture.meter("tokens", meter(.sum))
        let good = (0..<5).map { event(#"{"n":1}"#, key: "good\($0)") }
        let silent = (0..<5).map { event(#"{"n":1}"#, key: "silent\($0)", name: "other") }
        let keyless = (0..<6).map { _ in #"{"customerId":"c","eventName":"call","dimensions":{"n":1}}"# }
        func concern(_ kind: DeliveryLedger.Concern, since second: Int64 = 0) throws -> Int64? {
            try fixture.store.read {
                try DeliveryLedger.concerning(kind, since: Timestamp(microseconds: second * 1_000_000), on: $0)?.count
            }
        }
        func deliverAndEnd(_ lines: [String], at second: Int64) async throws {
            let delivery = try await deliver(lines, to: fixture)
            let ended = try fixture.store.write {
                try DeliveryLedger.finish(
                    delivery.id, owner: fixture.owner, as: .done, at: Timestamp(microseconds: second * 1_000_000),
                    on: $0)
            }
            #expect(ended)
        }
        // Half is not most.
        try await deliverAndEnd(good + silent, at: 100)
        #expect(try concern(.addsNothing) == nil && concern(.hasNoKeys) == nil)
        try await deliverAndEnd(
            good.map { $0.replacing("good", with: "more") } + silent.map { $0.replacing("silent", with: "x") }
                + [event(#"{"n":"no"}"#, key: "y")],
            at: 200)
        #expect(try concern(.addsNothing) == 1 && concern(.hasNoKeys) == nil)
        try await deliverAndEnd(keyless, at: 300)
        #expect(try concern(.addsNothing) == 1 && concern(.hasNoKeys) == 1)
        #expect(try concern(.addsNothing, since: 201) == nil && concern(.hasNoKeys, since: 301) == nil)
    }
}
