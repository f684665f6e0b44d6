import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// The trace of a real service, ingested whole and compared with sums that the test takes from the file by itself.
struct TraceTests {
    struct Line: Decodable {
        struct Dimensions: Decodable {
            var contextTokens: Int64
            var generatedTokens: Int64
        }
        var customerId: String
        var dimensions: Dimensions
    }

    @Test(arguments: InferenceTrace.all)
    func `every customer's tokens and requests agree with the file`(trace: InferenceTrace) async throws {
        let data = try trace.data()
        let fixture = try IngestFixture()
        try fixture.meter("context", MeterDefinition(aggregation: .init(.sum, of: .dimension("contextTokens"))))
        try fixture.meter(
            "generated",
            MeterDefinition(aggregation: .init(.sum, of: .dimension("generatedTokens")), groupBy: ["workload"]))
        try fixture.meter("requests", MeterDefinition(aggregation: .init(.count)))
        try fixture.meter("longest", MeterDefinition(aggregation: .init(.max, of: .dimension("contextTokens"))))
        try fixture.meter("sizes", MeterDefinition(aggregation: .init(.unique, of: .dimension("generatedTokens"))))

        let outcome = try #require(try await fixture.processor.process([fixture.deliver(data)]).first)
        #expect(outcome.state == .done)
        #expect(outcome.counts.applied == trace.events)
        #expect(outcome.counts.records == trace.events)

        var expected: [String: (context: Int64, generated: Int64, requests: Int64, longest: Int64, sizes: Set<Int64>)] =
            [:]
        for line in data.split(separator: UInt8(ascii: "\n")) {
            let event = try JSONDecoder().decode(Line.self, from: Data(line))
            var sum = expected[event.customerId] ?? (0, 0, 0, 0, [])
            sum.context += event.dimensions.contextTokens
            sum.generated += event.dimensions.generatedTokens
            sum.requests += 1
            sum.longest = max(sum.longest, event.dimensions.contextTokens)
            sum.sizes.insert(event.dimensions.generatedTokens)
            expected[event.customerId] = sum
        }
        func values(_ feature: String) throws -> [String: Amount] {
            Dictionary(
                uniqueKeysWithValues: try fixture.usage(UsageQuery(feature: FeatureID(feature))).map {
                    ($0.customer.text, $0.value)
                })
        }
        #expect(try values("context") == expected.mapValues { Amount($0.context) })
        #expect(try values("generated") == expected.mapValues { Amount($0.generated) })
        #expect(try values("requests") == expected.mapValues { Amount($0.requests) })
        #expect(try values("longest") == expected.mapValues { Amount($0.longest) })
        #expect(try values("sizes") == expected.mapValues { Amount(Int64($0.sizes.count)) })
        #expect(expected.values.reduce(0) { $0 + $1.context } == trace.contextTokens)
        #expect(expected.values.reduce(0) { $0 + $1.generated } == trace.generatedTokens)

        // The same grouped by a dimension that the meter does not declare, out of the stored events.
        let grouped = try fixture.usage(UsageQuery(feature: FeatureID("context"), groupBy: ["workload"]))
        #expect(Set(grouped.map { $0.dimensions["workload"] }).count == 1)
        #expect(grouped.reduce(Amount.zero) { $0 + $1.value } == Amount(trace.contextTokens))
        let declared = try fixture.usage(
            UsageQuery(feature: FeatureID("generated"), groupBy: ["workload"], window: .day))
        #expect(declared.reduce(Amount.zero) { $0 + $1.value } == Amount(trace.generatedTokens))
    }

    @Test func `a file delivered twice counts once`() async throws {
        let data = try InferenceTrace.code.data()
        let fixture = try IngestFixture()
        try fixture.meter("requests", MeterDefinition(aggregation: .init(.count)))
        let outcomes = try await fixture.processor.process([fixture.deliver(data), fixture.deliver(data)])
        #expect(outcomes.map(\.counts.applied) == [2_000, 0])
        #expect(outcomes.map(\.counts.duplicate) == [0, 2_000])
        #expect(outcomes.map(\.counts.differs) == [0, 0])
        let total = try fixture.usage(UsageQuery(feature: FeatureID("requests"))).reduce(Amount.zero) { $0 + $1.value }
        #expect(total == Amount(2_000))
    }
}
