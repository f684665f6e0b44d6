import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations

/// The trace of a real service, ingested whole and compared with sums that the test takes from the file by itself.
struct TraceTests {
    /// Totals of `shared/data/README.md`.
    static let totals: [(file: String, events: Int, context: Int64, generated: Int64)] = [
        ("llm-inference-code.ndjson", 8_819, 18_059_974, 245_896),
        ("llm-inference-conv.ndjson", 19_366, 22_361_870, 4_088_665),
    ]

    static func trace(_ name: String) throws -> Data {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try Data(contentsOf: root.appending(path: "shared/data/\(name)"))
    }

    struct Line: Decodable {
        struct Dimensions: Decodable {
            var contextTokens: Int64
            var generatedTokens: Int64
        }
        var customerId: String
        var dimensions: Dimensions
    }

    @Test(arguments: totals.indices)
    func `every customer's tokens and requests agree with the file`(index: Int) async throws {
        let (file, events, context, generated) = Self.totals[index]
        let data = try Self.trace(file)
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
        #expect(outcome.counts.applied == events)
        #expect(outcome.counts.records == events)

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
        #expect(expected.values.reduce(0) { $0 + $1.context } == context)
        #expect(expected.values.reduce(0) { $0 + $1.generated } == generated)

        // The same grouped by a dimension that the meter does not declare, out of the stored events.
        let grouped = try fixture.usage(UsageQuery(feature: FeatureID("context"), groupBy: ["workload"]))
        #expect(Set(grouped.map { $0.dimensions["workload"] }).count == 1)
        #expect(grouped.reduce(Amount.zero) { $0 + $1.value } == Amount(context))
        let declared = try fixture.usage(
            UsageQuery(feature: FeatureID("generated"), groupBy: ["workload"], window: .day))
        #expect(declared.reduce(Amount.zero) { $0 + $1.value } == Amount(generated))
    }

    @Test func `a file delivered twice counts once`() async throws {
        let data = try Self.trace("llm-inference-code.ndjson")
        let fixture = try IngestFixture()
        try fixture.meter("requests", MeterDefinition(aggregation: .init(.count)))
        let outcomes = try await fixture.processor.process([fixture.deliver(data), fixture.deliver(data)])
        #expect(outcomes.map(\.counts.applied) == [8_819, 0])
        #expect(outcomes.map(\.counts.duplicate) == [0, 8_819])
        #expect(outcomes.map(\.counts.differs) == [0, 0])
        let total = try fixture.usage(UsageQuery(feature: FeatureID("requests"))).reduce(Amount.zero) { $0 + $1.value }
        #expect(total == Amount(8_819))
    }
}
