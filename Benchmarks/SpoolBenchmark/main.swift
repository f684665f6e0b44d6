import Foundation
import Logging
import Synchronization
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTriggers
import TidemillWorker

/// Single-event files through the whole spool, without scripts: how many a second, and how long from the rename to the
/// commit. [FILES]
final class NoRules: EventRules {
    var state: OpaquePointer? { nil }
    let version = ScriptVersionID("none")
    let ruleNames: [String] = []
    func exclusively<T>(_ body: () throws -> T) rethrows -> T { try body() }
}

/// Counts what is committed and acknowledged, and wakes whoever waits for a number of them.
final class Progress: Sendable {
    private struct State {
        var committed = 0
        var acknowledged = 0
        var waiter: (committed: Int, acknowledged: Int, resume: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())

    func add(committed: Int = 0, acknowledged: Int = 0) {
        let due: CheckedContinuation<Void, Never>? = state.withLock { state in
            state.committed += committed
            state.acknowledged += acknowledged
            guard let waiter = state.waiter, state.committed >= waiter.committed,
                state.acknowledged >= waiter.acknowledged
            else { return nil }
            state.waiter = nil
            return waiter.resume
        }
        due?.resume()
    }

    func wait(committed: Int = 0, acknowledged: Int = 0) async {
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                if state.committed >= committed, state.acknowledged >= acknowledged { return true }
                state.waiter = (committed, acknowledged, continuation)
                return false
            }
            if isDue { continuation.resume() }
        }
    }
}

let files = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 20_000 : 20_000
let folder = FileManager.default.temporaryDirectory.appending(path: "tidemill-bench-\(UUID().uuidString)").path
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
let store = try SQLiteStore(path: folder + "/store.db", environment: "bench")
let engine = try Engine(store: store)
try store.write { connection in
    let meter = MeterDefinition(
        aggregation: .init(.sum, of: .dimension("tokens")),
        filters: [[.init(.eventName, .equals, value: "llm_call")]])
    _ = try connection.execute(
        """
        INSERT INTO meter_versions(id, feature_id, version, definition, state, created_at)
        VALUES (1, 'tokens', 1, $1, 'filling', 0)
        """, [.text(meter.payload.json)])
}
let progress = Progress()
let processor = DeliveryProcessor(
    store: store, sink: engine, rules: { NoRules() }, progress: { _, _ in progress.add(committed: 1) })
var logger = Logger(label: "bench")
logger.logLevel = .warning
let spoolPath = folder + "/spool"
let spool = try Spool(SpoolSettings(path: spoolPath), storeID: "bench", logger: logger)
let loop = IngestLoop(
    spool: spool, store: store, processor: processor, accepts: ["inbox": [.event]], logger: logger,
    observe: { event in
        if case .acknowledged(let names) = event { progress.add(acknowledged: names.count) }
    })
let running = Task { try await loop.run() }

func prepare(_ name: String, number: Int) throws {
    let text = """
        {"eventName":"llm_call","customerId":"c\(number % 100)","idempotencyKey":"\(name)",\
        "timestamp":"2026-10-01T00:00:00Z","dimensions":{"tokens":\(number)}}

        """
    guard FileManager.default.createFile(atPath: "\(spoolPath)/tmp/\(name)", contents: Data(text.utf8)) else {
        throw CocoaError(.fileWriteUnknown)
    }
}

func arrive(_ name: String) {
    guard rename("\(spoolPath)/tmp/\(name)", "\(spoolPath)/inbox/\(name)") == 0 else { fatalError("rename") }
}

func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}

for number in 0..<files { try prepare("burst-\(number).json", number: number) }
let clock = ContinuousClock()
let start = clock.now
for number in 0..<files { arrive("burst-\(number).json") }
let arrived = clock.now - start
await progress.wait(committed: files)
let committed = clock.now - start
await progress.wait(committed: files, acknowledged: files)
let acknowledged = clock.now - start
print(
    "burst: \(files) files renamed in \(seconds(arrived)) s, committed in \(seconds(committed)) s: \(Int(Double(files) / seconds(committed))) files/s, acknowledged: \(Int(Double(files) / seconds(acknowledged))) files/s   target 5000 files/s"
)

var latencies: [Duration] = []
for number in 0..<500 {
    try prepare("single-\(number).json", number: number)
    let start = clock.now
    arrive("single-\(number).json")
    await progress.wait(committed: files + number + 1)
    latencies.append(clock.now - start)
    await progress.wait(committed: 0, acknowledged: files + number + 1)
}
latencies.sort()
print(
    "single file, rename to commit: median \(latencies[250]), p99 \(latencies[495]), longest \(latencies[499])   target p99 50 ms"
)

loop.requestStop()
_ = try await running.value
try store.close()
try FileManager.default.removeItem(atPath: folder)
