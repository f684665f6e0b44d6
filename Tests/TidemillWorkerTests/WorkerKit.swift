import Foundation
import Glibc
import Logging
import Synchronization
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

@testable import TidemillTriggers
@testable import TidemillWorker

/// A store and a spool in a temporary folder, for one or several loops.
final class WorkerKit: Sendable {
    let path: String
    let store: SQLiteStore
    let processor: FakeProcessor

    init() throws {
        path = NSTemporaryDirectory() + "/tidemill-worker-\(UUID().uuidString)"
        // A store of its own id: some tests have two.
        store = try SQLiteStore(path: path + "/store/t.db", environment: "test", durability: .unsynced)
        processor = FakeProcessor(store: store)
    }

    func remove() {
        try? store.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    var spoolPath: String { path + "/spool" }

    func spool(inboxes: [String] = ["inbox"]) throws -> Spool {
        try Spool(SpoolSettings(path: spoolPath, inboxes: inboxes), storeID: "s", logger: Self.logger)
    }

    /// A loop of its own spool instance, as another process would have. Time runs by itself: every sleep is over at
    /// once and moves the present by its length.
    func loop(
        spool: Spool? = nil, store: (any Store)? = nil, time: WorkerTime? = nil, usesEvents: Bool = true,
        scriptVersion: String? = nil, versions: (@Sendable () -> ScriptVersionID?)? = nil,
        observe: @escaping @Sendable (IngestEvent) -> Void = { _ in }
    ) throws -> IngestLoop {
        IngestLoop(
            spool: try spool ?? self.spool(), store: store ?? self.store, processor: processor,
            accepts: ["inbox": [.event, .usage]], time: time ?? RunningTime().time, usesEvents: usesEvents,
            logger: Self.logger, scriptVersion: versions ?? { scriptVersion.map { ScriptVersionID($0) } },
            observe: observe)
    }

    static var logger: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    /// Renames a file of `lines` records into an inbox.
    func deliver(_ name: String, lines: Int = 1, inbox: String = "inbox") throws {
        let text = String(repeating: "{}\n", count: lines)
        try FileManager.default.createDirectory(atPath: spoolPath + "/tmp", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(spoolPath)/\(inbox)", withIntermediateDirectories: true)
        let hidden = "\(spoolPath)/tmp/\(UUID().uuidString)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: hidden))
        guard rename(hidden, "\(spoolPath)/\(inbox)/\(name)") == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    func names(_ folder: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "\(spoolPath)/\(folder)")) ?? []
        return all.filter { !$0.hasPrefix(".") }.sorted()
    }

    /// The files of `done/`, whatever the day.
    var done: [String] { names("done").flatMap { names("done/\($0)") } }

    func report(_ name: String) throws -> Payload {
        for folder in names("done").map({ "done/\($0)" }) + ["failed"] where names(folder).contains(name) {
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(spoolPath)/\(folder)/\(name)"))
            return try Payload(json: data)
        }
        throw CocoaError(.fileNoSuchFile)
    }

    func rows() throws -> [Delivery] {
        try store.read { try DeliveryLedger.list(limit: 10_000, on: $0) }.sorted { $0.id < $1.id }
    }
}

/// Stands for the processing of a delivery: counts its lines as applied records, once, in one fenced transaction.
final class FakeProcessor: DeliveryProcessing {
    struct Unprocessable: Error {}

    enum Answer: Sendable {
        case state(DeliveryOutcome.State)
        case throwing
    }

    struct State {
        var answers: [String: [Answer]] = [:]
        var groups: [[ClaimedDelivery]] = []
    }

    private let store: any Store
    let state = Mutex(State())
    private let before = Mutex<(@Sendable ([ClaimedDelivery]) async throws -> Void)?>(nil)
    private let after = Mutex<(@Sendable ([ClaimedDelivery]) throws -> Void)?>(nil)

    init(store: any Store) {
        self.store = store
    }

    func beforeEachGroup(_ body: (@Sendable ([ClaimedDelivery]) async throws -> Void)?) {
        before.withLock { $0 = body }
    }

    func afterEachGroup(_ body: (@Sendable ([ClaimedDelivery]) throws -> Void)?) {
        after.withLock { $0 = body }
    }

    /// What the next attempts at a file answer, before it is processed as usual.
    func answer(_ name: String, _ answers: Answer...) {
        state.withLock { $0.answers[name, default: []] += answers }
    }

    var groups: [[String]] { state.withLock { $0.groups.map { $0.map(\.name) } } }
    var processed: [ClaimedDelivery] { state.withLock { $0.groups.flatMap { $0 } } }

    func process(_ deliveries: [ClaimedDelivery]) async throws -> [DeliveryOutcome] {
        state.withLock { $0.groups.append(deliveries) }
        if let before = before.withLock({ $0 }) { try await before(deliveries) }
        if Task.isCancelled {
            return deliveries.map { outcome($0, .retryLater(message: "stopped")) }
        }
        let outcomes = try deliveries.map { delivery -> DeliveryOutcome in
            let answer: Answer? = state.withLock { state in
                guard var answers = state.answers[delivery.name], !answers.isEmpty else { return nil }
                defer { state.answers[delivery.name] = answers }
                return answers.removeFirst()
            }
            switch answer {
            case .throwing: throw Unprocessable()
            case .state(let state): return outcome(delivery, state)
            case nil: return try apply(delivery)
            }
        }
        if let after = after.withLock({ $0 }) { try after(deliveries) }
        return outcomes
    }

    private func outcome(_ delivery: ClaimedDelivery, _ state: DeliveryOutcome.State) -> DeliveryOutcome {
        DeliveryOutcome(id: delivery.id, state: state, counts: DeliveryCounts())
    }

    private func apply(_ delivery: ClaimedDelivery) throws -> DeliveryOutcome {
        let data = try Data(contentsOf: URL(fileURLWithPath: delivery.path))
        let lines = Int64(data.count { $0 == 10 })
        let isOurs = try store.write { connection in
            try connection.execute(
                """
                UPDATE deliveries SET position = $3, applied = $3, byte_offset = $4
                 WHERE id = $1 AND owner = $2 AND state = 'claimed'
                """,
                [.text(delivery.id.text), .text(delivery.owner), .integer(lines), .integer(Int64(data.count))]) == 1
        }
        return DeliveryOutcome(
            id: delivery.id, state: isOurs ? .done : .lost, counts: DeliveryCounts(applied: lines))
    }
}

/// Time that passes as fast as it is waited for.
final class RunningTime: Wallclock {
    private let start = ContinuousClock.now
    private let elapsed = Mutex(Duration.zero)

    static let begin = Timestamp(rfc3339: "2026-11-22T10:00:00Z")!

    var now: Timestamp {
        Self.begin.advanced(bySeconds: elapsed.withLock { $0.components.seconds })
    }

    func advance(by duration: Duration) { elapsed.withLock { $0 += duration } }

    var time: WorkerTime {
        WorkerTime(
            wallclock: self, now: { self.start.advanced(by: self.elapsed.withLock { $0 }) },
            sleep: { duration in
                try Task.checkCancellation()
                self.advance(by: duration)
                await Task.yield()
            })
    }
}

/// A store that fails when told to.
final class FaultyStore: Store {
    private let store: any Store
    private let writeErrors = Mutex<[StoreError]>([])
    private let standing = Mutex<StoreError?>(nil)

    init(_ store: any Store) {
        self.store = store
    }

    /// All writes fail so, until it is nil.
    func fail(by error: StoreError?) { standing.withLock { $0 = error } }

    /// The next writes fail so.
    func failWrites(_ errors: [StoreError]) { writeErrors.withLock { $0 += errors } }

    var errorsLeft: Int { writeErrors.withLock { $0.count } }

    func read<T>(_ body: (any SQLConnection) throws -> T) throws -> T { try store.read(body) }

    func write<T>(customer: CustomerID?, _ body: (any SQLConnection) throws -> T) throws -> T {
        let error = writeErrors.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if let error = error ?? standing.withLock({ $0 }) { throw error }
        return try store.write(customer: customer, body)
    }
}

/// Collects events and lets a test wait for one.
final class Events: Sendable {
    private struct State {
        var seen: [IngestEvent] = []
        var waiters: [(matches: @Sendable (IngestEvent) -> Bool, resume: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var all: [IngestEvent] { state.withLock { $0.seen } }

    var observe: @Sendable (IngestEvent) -> Void {
        { event in
            let due = self.state.withLock { state in
                state.seen.append(event)
                let due = state.waiters.filter { $0.matches(event) }
                state.waiters.removeAll { $0.matches(event) }
                return due
            }
            for waiter in due { waiter.resume.resume() }
        }
    }

    /// Returns once an event matches, one of the past included.
    func wait(for matches: @escaping @Sendable (IngestEvent) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                if state.seen.contains(where: matches) { return true }
                state.waiters.append((matches, continuation))
                return false
            }
            if isDue { continuation.resume() }
        }
    }

    func acknowledged(_ name: String) async {
        await wait { if case .acknowledged(let names) = $0 { names.contains(name) } else { false } }
    }

    func idle() async {
        await wait { if case .idle = $0 { true } else { false } }
    }
}
