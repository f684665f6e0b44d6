import Foundation
import Testing
import TidemillOperations
import TidemillTestSupport

/// The trace of a real service through the spool and the shipped scripts. The expected sums are computed here, from the
/// file, with Foundation's reader and plain integers.
struct TraceTests {
    struct Sums {
        var context: [String: Int] = [:]
        var generated: [String: Int] = [:]
        var billed: [String: Int] = [:]
        var requests: [String: Int] = [:]
        var workloads: [String: Set<String>] = [:]
    }

    struct Line: Decodable {
        struct Dimensions: Decodable {
            var workload: String
            var contextTokens: Int
            var generatedTokens: Int
        }
        var customerId: String
        var dimensions: Dimensions
    }

    static func sums(_ files: [Data]) throws -> Sums {
        var sums = Sums()
        let decoder = JSONDecoder()
        for file in files {
            for text in file.split(separator: UInt8(ascii: "\n")) {
                let line = try decoder.decode(Line.self, from: Data(text))
                let d = line.dimensions
                let key = "\(line.customerId) \(d.workload)"
                sums.context[key, default: 0] += d.contextTokens
                sums.generated[key, default: 0] += d.generatedTokens
                sums.billed[key, default: 0] += d.contextTokens + 3 * d.generatedTokens
                sums.requests[key, default: 0] += 1
                sums.workloads[line.customerId, default: []].insert(d.workload)
            }
        }
        return sums
    }

    @Test func `the trace comes out exact, per customer and workload`() throws {
        let traces = InferenceTrace.all
        let names = traces.map(\.name)
        let files = try traces.map { try $0.data() }
        let sums = try Self.sums(files)
        #expect(sums.requests.values.reduce(0, +) == 2_000 + 2_000)
        #expect(sums.context.values.reduce(0, +) == 3_973_157 + 2_209_565)
        #expect(sums.generated.values.reduce(0, +) == 59_024 + 529_807)

        let mill = try Mill()
        for (name, file) in zip(names, files) { try mill.deliver(name, file) }
        try mill.runOnce()

        for trace in traces {
            let delivery = try #require(try mill.delivery(trace.name))
            #expect(delivery["state"] == "done")
            #expect(delivery["applied"] == .integer(Int64(trace.events)))
            #expect(delivery["records"] == .integer(Int64(trace.events)))
        }
        func expected(_ sums: [String: Int]) -> [String: String] { sums.mapValues { "\($0)" } }
        #expect(try mill.usage("feature-context-tokens", groupBy: "workload") == expected(sums.context))
        #expect(try mill.usage("feature-generated-tokens", groupBy: "workload") == expected(sums.generated))
        #expect(try mill.usage("feature-tokens", groupBy: "workload") == expected(sums.billed))
        #expect(try mill.usage("feature-requests", groupBy: "workload") == expected(sums.requests))
        #expect(try mill.usage("feature-workloads") == sums.workloads.mapValues { "\($0.count)" })

        // The same files once more, under other names: nothing changes, everything is accounted for.
        for (name, file) in zip(names, files) { try mill.deliver("again-\(name)", file) }
        try mill.runOnce()
        let again = try #require(try mill.delivery("again-\(names[0])"))
        #expect(again["duplicate"] == 2_000)
        #expect(again["applied"] == 0)
        #expect(try mill.usage("feature-tokens", groupBy: "workload") == expected(sums.billed))
        #expect(try mill.program.run("verify").status == 0)
    }
}
