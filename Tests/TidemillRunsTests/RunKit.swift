import Foundation
import Synchronization
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore
import TidemillTestSupport

/// A store in a folder of its own, scripts, and everything that runs need, stepped by hand.
final class RunKit: Sendable {
    static let start = Timestamp(rfc3339: "2026-10-01T12:00:00Z") ?? Timestamp(microseconds: 0)

    let folder: URL
    let store: SQLiteStore
    let backend: Engine
    let clock = StandingClock(RunKit.start)
    let logged = Mutex<[String]>([])
    private let limits: ScriptLimits
    private let scripts: Mutex<RunScripts>

    init(_ script: String, beside others: [String: String] = [:], limits: ScriptLimits = ScriptLimits()) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)")
        store = try NewStore.make(at: folder.appending(path: "t.db").path)
        backend = try Engine(store: store)
        self.limits = limits
        scripts = Mutex(try Self.load(script, others, [:], clock, limits))
    }

    deinit {
        // What is left of a test's folder harms nobody.
        try? store.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Another process's handle on the same file; the caller closes it.
    func anotherHandle() throws -> SQLiteStore {
        try SQLiteStore(path: folder.appending(path: "t.db").path, environment: "test")
    }

    private static func load(
        _ script: String, _ others: [String: String], _ vars: TextMap<Payload>, _ clock: StandingClock,
        _ limits: ScriptLimits
    ) throws -> RunScripts {
        let files = others.merging(["a.lua": script]) { own, _ in own }
        let sources = files.sorted { $0.key < $1.key }.map { ScriptSource(name: $0.key, text: $0.value) }
        let loader = ScriptLoader(limits: limits, vars: vars, clock: clock)
        return try RunScripts(try loader.load(sources), sources: sources, loader: loader, hostsMax: 2)
    }

    /// Another version takes over: `a.lua`, other files beside it, and `[vars]`.
    func reload(_ script: String, beside others: [String: String] = [:], vars: TextMap<Payload> = [:]) throws {
        let loaded = try Self.load(script, others, vars, clock, limits)
        scripts.withLock { $0 = loaded }
    }

    var tools: RunTools { tools(store, backend) }

    /// Those of another process.
    func tools(on store: any Store) throws -> RunTools { tools(store, try Engine(store: store)) }

    func tools(_ store: any Store, _ backend: RunBackend) -> RunTools {
        RunTools(
            store: store, backend: backend, clock: clock,
            scripts: { [self] in scripts.withLock { $0 } },
            lookup: { _ throws(EffectError) in .null },
            log: { [self] line, _ in logged.withLock { $0.append(line.message) } })
    }

    @discardableResult
    func call(_ id: OperationID, _ input: Payload) throws -> Payload {
        try backend.performNow(id, input, in: CallContext(.person, now: clock.now))
    }

    /// Lets a person fire a job.
    @discardableResult
    func fire(_ job: String, event: Payload = .null) throws -> RunID {
        let id = RunID(UUID().uuidString.lowercased())
        let trigger = RunTrigger(
            .fire, cause: "fire:\(id)", event: event, scheduledAt: clock.now, causedAt: clock.now)
        let new = RunTable.New(.job, job, customer: trigger.customer, trigger: trigger, dueAt: clock.now)
        _ = try store.write { try RunTable($0).insert(new, id: id, now: clock.now) }
        return id
    }

    /// Lets a webhook come in; false when it is a repeat.
    @discardableResult
    func webhook(_ payload: Payload) throws -> Bool {
        let origin = RecordOrigin(delivery: DeliveryID("d-\(UUID().uuidString)"), record: 1, receivedAt: clock.now)
        return try backend.transaction { transaction in
            switch try transaction.perform(.webhook, payload, origin) {
            case .applied, .webhook: true
            case .duplicate: false
            }
        }
    }

    /// Takes triggers and slots, and performs what is due, until nothing is.
    func settle(_ runs: Runs? = nil) async throws {
        let runs = runs ?? Runs(tools)
        while true {
            while try RunTriggers(runs.tools).take(now: clock.now).causes > 0 {}
            try RunSchedules(runs.tools).fire(now: clock.now)
            let claimed = try runs.claim(now: clock.now, limit: 100, owner: "test")
            if claimed.isEmpty { return }
            for run in claimed { await perform(run, runs) }
        }
    }

    @discardableResult
    func perform(_ claimed: Runs.Claimed, _ runs: Runs) async -> RunAttempt.Outcome {
        await runs.perform(claimed, control: RunControl()) { duration in
            // Waits for a store in trouble pass at once; timeouts are tested apart.
            if duration >= .seconds(60) { try await Task.sleep(for: .seconds(3600)) }
        }.outcome
    }

    func run(_ id: RunID) throws -> Run? { try store.read { try RunTable($0).find(id) } }
    func runs(_ name: String) throws -> [Run] { try store.read { try RunTable($0).list(name: name) } }
    func steps(_ id: RunID) throws -> [RunStep] { try store.read { try RunSteps($0).list(of: id) } }
}
