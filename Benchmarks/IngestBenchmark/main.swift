import Foundation
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Ingest without spool and scripts, for profiling: FILE [GROUP-BY,…].
final class NoRules: EventRules {
    var state: OpaquePointer? { nil }
    let version = ScriptVersionID("none")
    let ruleNames: [String] = []
    func exclusively<T>(_ body: () throws -> T) rethrows -> T { try body() }
}

let arguments = CommandLine.arguments
guard arguments.count > 1 else {
    print("usage: IngestBenchmark FILE [GROUP-BY,…]")
    exit(2)
}
let folder = FileManager.default.temporaryDirectory.appending(path: "tidemill-bench-\(UUID().uuidString)")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(at: folder) }
let store = try SQLiteStore(path: folder.appending(path: "store.db").path, environment: "bench")
let engine = try Engine(store: store)
let groupBy = arguments.count > 2 ? arguments[2].split(separator: ",").map(String.init) : []
let meter = MeterDefinition(
    aggregation: .init(.sum, of: .dimension("tokens")),
    filters: [[.init(.eventName, .equals, value: "llm_call")]], groupBy: groupBy)
try store.write { connection in
    _ = try connection.execute(
        """
        INSERT INTO meter_versions(id, feature_id, version, definition, state, created_at)
        VALUES (1, 'tokens', 1, $1, 'filling', 0)
        """, [.text(meter.payload.json)])
    _ = try connection.execute(
        """
        INSERT INTO deliveries(id, inbox, name, size, modified_at, received_at, owner, state)
        VALUES ('bench', 'inbox', 'bench', 0, 0, 0, 'bench', 'claimed')
        """)
}
let processor = DeliveryProcessor(store: store, sink: engine) { NoRules() }
let delivery = ClaimedDelivery(
    id: DeliveryID("bench"), inbox: "inbox", name: "bench.ndjson", path: arguments[1], size: 0,
    receivedAt: SystemWallclock().now, owner: "bench", accepts: [.event])
let clock = ContinuousClock()
let start = clock.now
let outcomes = try await processor.process([delivery])
let elapsed = clock.now - start
let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
let counts = outcomes[0].counts
print(
    "\(outcomes[0].state): \(counts.records) records, \(Int(Double(counts.records) / seconds)) events/s, \(seconds) s, applied \(counts.applied), duplicate \(counts.duplicate)"
)
let query = UsageQuery(feature: FeatureID("tokens"), groupBy: groupBy, window: .day)
let queryStart = clock.now
let rows = try store.read { try UsageReader(identityKey: engine.identityKey).usage(query, on: $0)?.rows ?? [] }
print("usage: \(rows.count) rows, sum \(rows.reduce(Amount.zero) { $0 + $1.value }), \(clock.now - queryStart)")
let size = try FileManager.default.attributesOfItem(atPath: store.path)[.size] ?? 0
print("store: \(size) bytes")
