import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// Goal: levels depend on what was reported for when, never on when it came. Method: random reports with few distinct
/// times, so that many coincide, arrive in random order; a naive reading of the rule, over a plain array, says what must
/// come out at every instant.
struct CalculatedUsagePropertyTests {
    private struct Report {
        var at: Int64
        var isSet: Bool
        var value: Amount
    }

    /// The rule as semantics.md states it: last SET before the instant by (createdAt, arrival), plus the deltas after
    /// it.
    private func naive(_ reports: [Report], before instant: Int64) -> Amount? {
        let seen = reports.enumerated().filter { $0.element.at < instant }
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        guard !seen.isEmpty else { return nil }
        let set = seen.lastIndex { $0.element.isSet }
        let base = set.map { seen[$0].element.value } ?? .zero
        return seen[(set.map { $0 + 1 } ?? 0)...].reduce(base) { $0 + $1.element.value }
    }

    @Test(arguments: 1...12)
    func `levels are the same in whatever order reports come`(seed: UInt64) throws {
        let fixture = try EngineFixture()
        try fixture.provision()
        var random = SeededRandom(seed: seed)
        let counter = UsageCounter(customerID: CustomerID("c"), featureID: FeatureID("seats"))
        var reports: [Report] = []
        for _ in 0..<60 {
            let report = Report(
                at: Int64(random.next() % 20), isSet: random.next() % 4 == 0,
                value: Amount(nanos: Int128(Int64(random.next() % 4_000_000_000) - 2_000_000_000)))
            reports.append(report)
            let time = EngineFixture.start.advanced(bySeconds: report.at - 1000)
            let answer = try fixture.call(
                .reportUsage,
                [
                    "customerId": "c", "featureId": "seats", "value": Payload(report.value),
                    "updateBehavior": report.isSet ? "SET" : "DELTA", "createdAt": Payload(time),
                ])
            #expect(answer["currentUsage"] == naive(reports, before: .max).map { Payload($0) })
        }
        try fixture.store.read { connection in
            let usage = CalculatedUsage(connection: connection)
            let bounds = (-1...21).map { EngineFixture.start.advanced(bySeconds: $0 - 1000) }
            for (offset, bound) in bounds.enumerated() {
                #expect(try usage.level(of: counter, before: bound) == naive(reports, before: Int64(offset) - 1))
            }
            let series = try usage.levels(of: counter, bounds: bounds)
            #expect(series == (1..<bounds.count).map { naive(reports, before: Int64($0) - 1) })
            #expect(try usage.recompute(counter) == usage.level(of: counter))
            #expect(try usage.verify().differences.isEmpty)
        }
    }

    @Test func `verify finds a level that its reports do not give`() throws {
        let fixture = try EngineFixture()
        try fixture.provision()
        for resource in ["a", "b", "c"] {
            try fixture.call(
                .reportUsage,
                ["customerId": "c", "featureId": "seats", "resourceId": .string(resource), "value": 4])
        }
        try fixture.store.write {
            _ = try $0.execute("UPDATE usage_levels SET level_units = 5 WHERE resource_id = 'b'", [])
        }
        try fixture.store.read { connection in
            let usage = CalculatedUsage(connection: connection)
            var found: [CalculatedUsage.Difference] = []
            var checked = 0
            var last: UsageCounter?
            repeat {
                let step = try usage.verify(after: last, limit: 2)
                found += step.differences
                checked += step.checked
                last = step.last
            } while last != nil
            #expect(checked == 3)
            #expect(found.map(\.counter.resourceID) == ["b"])
            #expect(found.map(\.recomputed) == [Amount(4)])
        }
    }
}
