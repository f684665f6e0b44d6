import Foundation
import Logging
import Synchronization
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore
import TidemillTriggers

@testable import TidemillWorker

/// Time that stands until it is moved; who sleeps is woken when it has passed. The two clocks can be moved apart.
final class StandingTime: Wallclock {
    private struct State {
        var wallclock = RunningTime.begin
        var passed = Duration.zero
        var sleepers: [(id: UInt64, until: Duration, resume: CheckedContinuation<Void, Never>)] = []
        var number: UInt64 = 0
    }

    private let start = ContinuousClock.now
    private let state = Mutex(State())
    /// A dispatcher waits for what comes next: it sleeps for no longer than from one look to the next.
    let isWaitedFor = Happening()

    var now: Timestamp { state.withLock { $0.wallclock } }

    /// Both clocks go on.
    func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.wallclock.microseconds += duration.components.seconds * 1_000_000
            state.passed += duration
            let due = state.sleepers.filter { $0.until <= state.passed }
            state.sleepers.removeAll { $0.until <= state.passed }
            return due
        }
        for sleeper in due { sleeper.resume.resume() }
    }

    /// Somebody sets the machine's date.
    func jump(by seconds: Int64) {
        state.withLock { $0.wallclock = $0.wallclock.advanced(bySeconds: seconds) }
    }

    var time: WorkerTime {
        WorkerTime(
            wallclock: self, now: { self.start.advanced(by: self.state.withLock { $0.passed }) },
            sleep: { try await self.sleep($0) })
    }

    private func sleep(_ duration: Duration) async throws {
        let id = state.withLock { state in
            state.number += 1
            return state.number
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if duration <= .zero || Task.isCancelled { return true }
                    state.sleepers.append((id, state.passed + duration, continuation))
                    return false
                }
                if isOver { continuation.resume() }
                if duration <= RunDispatcher.poll { isWaitedFor.happen() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let index = state.sleepers.firstIndex { $0.id == id }
                return index.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.resume.resume()
        }
        try Task.checkCancellation()
    }
}

/// Collects what is logged.
final class Lines: Sendable {
    private struct State {
        var all: [String] = []
        var waiters: [(isOver: @Sendable ([String]) -> Bool, resume: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    var all: [String] { state.withLock { $0.all } }

    func append(_ line: String) {
        let due = state.withLock { state in
            state.all.append(line)
            let due = state.waiters.filter { $0.isOver(state.all) }
            state.waiters.removeAll { $0.isOver(state.all) }
            return due
        }
        for waiter in due { waiter.resume.resume() }
    }

    /// Waits until so many lines say this.
    func wait(for line: String, count: Int = 1) async {
        let isOver: @Sendable ([String]) -> Bool = { lines in lines.count { $0 == line } >= count }
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                if isOver(state.all) { return true }
                state.waiters.append((isOver, continuation))
                return false
            }
            if isDue { continuation.resume() }
        }
    }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.info
        var metadata: Logger.Metadata = [:]
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) { lines.append("\(event.message)") }
    }
}

/// Something that happens once, for tests to wait for.
final class Happening: Sendable {
    private struct State {
        var hasHappened = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var hasHappened: Bool { state.withLock { $0.hasHappened } }

    func happen() {
        let waiters = state.withLock { state in
            state.hasHappened = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.hasHappened { state.waiters.append(continuation) }
                return state.hasHappened
            }
            if isOver { continuation.resume() }
        }
    }
}

/// A store, scripts, and dispatchers over them as workers of their own, under a clock that stands.
final class DispatcherKit: Sendable {
    let worker: WorkerKit
    let time = StandingTime()
    let lines = Lines()
    let backend: Engine
    private let scripts: Mutex<RunScripts>
    /// A job that asks for this customer has begun; and it gets an answer once it may go on.
    let hasAsked = Happening()
    let mayGoOn = Happening()
    /// Of the dispatcher that runs: it looks again.
    let wake = WakeUp()

    init(_ script: String, hostsMax: Int = 2) throws {
        worker = try WorkerKit()
        backend = try Engine(store: worker.store)
        scripts = Mutex(try Self.load(script, time, hostsMax: hostsMax))
    }

    private static func load(_ script: String, _ time: StandingTime, hostsMax: Int = 2) throws -> RunScripts {
        let sources = [ScriptSource(name: "a.lua", text: script)]
        let loader = ScriptLoader(limits: ScriptLimits(loadTime: .seconds(20)), clock: time)
        return try RunScripts(try loader.load(sources), sources: sources, loader: loader, hostsMax: hostsMax)
    }

    /// Another version takes over.
    func reload(_ script: String) throws {
        let loaded = try Self.load(script, time)
        scripts.withLock { $0 = loaded }
    }

    func remove() { worker.remove() }

    /// - Parameter other: the store as another process has it, or one that fails.
    func runs(on other: (any Store)? = nil) throws -> Runs {
        let backend = try other.map { try Engine(store: $0) } ?? backend
        return Runs(
            RunTools(
                store: other ?? worker.store, backend: backend, clock: time,
                scripts: { [self] in scripts.withLock { $0 } },
                lookup: { [hasAsked, mayGoOn] _ throws(EffectError) in
                    hasAsked.happen()
                    return mayGoOn.hasHappened ? ["id": "acme"] : .null
                }, log: { [lines] line, _ in lines.append(line.message) }))
    }

    func dispatcher(
        _ owner: String = "a", on store: (any Store)? = nil, grace: Duration = .seconds(20),
        othersLive: Bool = false,
        clockDoubt: @escaping @Sendable (Timestamp) throws -> String? = { _ in nil }
    ) throws -> RunDispatcher {
        RunDispatcher(
            try runs(on: store), out: nil, time: time.time, grace: grace, owner: owner, isAlive: { _ in othersLive },
            wake: wake, clockDoubt: clockDoubt, logger: lines.logger)
    }

    /// Lets a person fire a job.
    func fire(_ job: String) throws -> RunID {
        let id = RunID(UUID().uuidString.lowercased())
        let trigger = RunTrigger(.fire, cause: "fire:\(id)", scheduledAt: time.now, causedAt: time.now)
        let new = RunTable.New(.job, job, trigger: trigger, dueAt: time.now)
        try worker.store.write { _ = try RunTable($0).insert(new, id: id, now: time.now) }
        return id
    }

    /// Lets a webhook come in.
    func webhook(_ payload: Payload) throws {
        let origin = RecordOrigin(delivery: DeliveryID("d-\(UUID().uuidString)"), record: 1, receivedAt: time.now)
        _ = try backend.transaction { try $0.perform(.webhook, payload, origin) }
    }

    func run(_ id: RunID) throws -> Run? { try worker.store.read { try RunTable($0).find(id) } }
    func counts() throws -> [Run.State: Int64] { try worker.store.read { try RunTable($0).counts() } }
    func outcomes(_ id: RunID) throws -> [RunAttempt.Outcome] {
        try worker.store.read { try RunAttempt.list(of: id, on: $0) }.map(\.outcome)
    }

    @discardableResult
    func call(_ id: OperationID, _ input: Payload) throws -> Payload {
        try backend.performNow(id, input, in: CallContext(.person, now: time.now))
    }
}
