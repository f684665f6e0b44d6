import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// Voids over the trace: what is left is compared with a store that never got the voided delivery.
struct VoidRecountTests {
    private let meters: [(name: String, definition: MeterDefinition)] = [
        ("context", MeterDefinition(aggregation: .init(.sum, of: .dimension("contextTokens")))),
        ("largest", MeterDefinition(aggregation: .init(.max, of: .dimension("contextTokens")))),
        ("sizes", MeterDefinition(aggregation: .init(.unique, of: .dimension("generatedTokens")))),
    ]

    private func fixture() throws -> IngestFixture {
        let fixture = try IngestFixture()
        for meter in meters { try fixture.meter(meter.name, meter.definition) }
        return fixture
    }

    /// The trace's lines in two parts, interleaved: both touch the same hours and customers.
    private func parts() throws -> (good: Data, bad: Data) {
        let lines = try InferenceTrace.code.data().split(separator: UInt8(ascii: "\n"))
        func part(_ remainder: Int) -> Data {
            Data(lines.enumerated().filter { $0.offset % 2 == remainder }.map(\.element).joined(separator: [10]))
        }
        return (part(0), part(1))
    }

    private func usage(_ fixture: IngestFixture) throws -> [[UsageRow]] {
        try meters.map { try fixture.usage(UsageQuery(feature: FeatureID($0.name), window: .hour)) }
    }

    private func finish(_ delivery: ClaimedDelivery, _ fixture: IngestFixture) throws {
        _ = try fixture.store.write { connection in
            try DeliveryLedger.finish(
                delivery.id, owner: fixture.owner, as: .done, at: SystemWallclock().now, on: connection)
        }
    }

    private func check(_ fixture: IngestFixture, against expected: IngestFixture) throws {
        let left = try usage(fixture)
        #expect(left.map { $0.map(\.value) } == (try usage(expected).map { $0.map(\.value) }))
        #expect(try Verifier(identityKey: fixture.engine.identityKey).verify(fixture.store).differences == [])
    }

    @Test func `a voided half of the trace leaves what the other half comes to`() async throws {
        let (good, bad) = try parts()
        let expected = try fixture()
        _ = try await expected.processor.process([expected.deliver(good)])
        let fixture = try fixture()
        let second = try fixture.deliver(bad)
        _ = try await fixture.processor.process([fixture.deliver(good), second])
        try finish(second, fixture)
        let voided = try fixture.engine.void(second.id, by: "tester", reason: "half", now: SystemWallclock().now)
        #expect(voided.events == 1000)
        try check(fixture, against: expected)
        // A meter that is added later leaves it out too.
        try fixture.meter("calls", MeterDefinition(aggregation: .init(.count)))
        try fixture.engine.runMaintenance(now: SystemWallclock().now)
        let calls = try fixture.usage(UsageQuery(feature: FeatureID("calls"))).reduce(Amount.zero) { $0 + $1.value }
        #expect(calls == Amount(1000))
    }

    @Test func `a void that was interrupted is finished by the upkeep`() async throws {
        let (good, bad) = try parts()
        let expected = try fixture()
        _ = try await expected.processor.process([expected.deliver(good)])
        let fixture = try fixture()
        let second = try fixture.deliver(bad)
        _ = try await fixture.processor.process([fixture.deliver(good), second])
        try finish(second, fixture)
        // As a process leaves it that was killed when it had decided, and counted nothing yet.
        _ = try fixture.store.write { connection in
            try VoidedDeliveries.insert(
                second.id, by: "tester", reason: "half", at: SystemWallclock().now, on: connection)
        }
        try fixture.engine.runMaintenance(now: SystemWallclock().now)
        try check(fixture, against: expected)
        let row = try fixture.store.read { try VoidedDeliveries.find(second.id, on: $0) }
        #expect(row?.finishedAt != nil && row?.reason == "half" && row?.events == 1000)
    }

    @Test func `what is sealed by then still counts`() async throws {
        let (good, bad) = try parts()
        let expected = try fixture()
        _ = try await expected.processor.process([expected.deliver(good)])
        let fixture = try fixture()
        _ = try await fixture.processor.process([fixture.deliver(good)])
        // The first delivery's events are dropped by retention; the second arrives after that.
        try fixture.engine.runMaintenance(now: SystemWallclock().now.advanced(bySeconds: 401 * 86_400))
        let second = try fixture.deliver(bad)
        _ = try await fixture.processor.process([second])
        try finish(second, fixture)
        _ = try fixture.engine.void(second.id, by: "tester", reason: "half", now: SystemWallclock().now)
        try check(fixture, against: expected)
    }
}
