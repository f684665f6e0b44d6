import Foundation
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// The time of one estimate in process, from the input's payload to the answer's: EstimateBenchmark [CALLS].
let calls = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 20_000 : 20_000
let folder = FileManager.default.temporaryDirectory.appending(path: "tidemill-bench-\(UUID().uuidString)")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(at: folder) }
let store = try SQLiteStore(path: folder.appending(path: "store.db").path, environment: "bench")
let backend = try Engine(store: store)
let clock = ContinuousClock()

func perform(_ id: OperationID, _ input: Payload) throws -> Payload {
    try backend.performNow(id, input, in: CallContext(.person, now: SystemWallclock().now))
}

func measure(_ id: OperationID, _ input: Payload) throws {
    for _ in 0..<200 { _ = try perform(id, input) }
    let start = clock.now
    for _ in 0..<calls { _ = try perform(id, input) }
    let spent = (clock.now - start).components
    let nanoseconds = (spent.seconds * 1_000_000_000 + spent.attoseconds / 1_000_000_000) / Int64(calls)
    print("\(id.rawValue) \(nanoseconds / 1000).\(nanoseconds % 1000 / 100) µs")
}

for id in [OperationID.estimateSubscription, .estimateSubscriptionUpdate, .previewSubscription] {
    let example = OperationTable.row(id).example
    if id != .previewSubscription {
        for step in example.after {
            // The examples share a catalog; what is there already stays.
            do { _ = try perform(step.id, step.input) } catch let error as OperationError { _ = error }
        }
    }
    try measure(id, example.input)
}
