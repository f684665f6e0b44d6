import Foundation
import Logging
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore

/// The world of one test: the parts of the worker over a store of its own, stepped by hand under a clock that the test
/// moves. Nothing of it outlives the test.
final class TestMill: Sendable {
    /// Rounds at one instant: jobs that start each other for ever are not waited for.
    private static let roundsMax = 10_000
    /// Instants at which something was due in one movement of the clock.
    private static let instantsMax = 100_000

    let app: AppAssembly
    let clock: TestClock
    let gateway: TestGateway
    let scripts: ScriptsInForce
    let ingest: AppAssembly.Ingest
    let operators: OperatorBackend
    let runs: Runs
    private let recharges: Recharges
    private let invoices: InvoiceUpkeep
    private let folder: ScratchFolder

    /// - Parameters:
    ///   - config: of the scripts under test; its store and spool are not touched.
    ///   - kept: the store of another world, of which this one is to be a copy.
    ///   - environment: what the store is stamped with.
    init(
        _ config: AppConfig, at start: Timestamp, kept: URL? = nil, in folder: ScratchFolder? = nil,
        environment: String = "test", gateway: TestGateway = TestGateway(), clock: TestClock? = nil, logger: Logger
    ) throws {
        self.folder = try folder ?? .forTest()
        self.gateway = gateway
        var config = config
        config.environment = environment
        config.store.url = "sqlite:\(self.folder.url.appending(path: "test.db").path)"
        config.spool.path = self.folder.url.appending(path: "spool").path
        config.payments.gateway = .http
        // Tests have a world of their own.
        config.client.backend = .embedded
        if let kept { try FileManager.default.copyItem(at: kept, to: URL(filePath: config.store.path)) }
        self.clock = clock ?? TestClock(start)
        app = try AppAssembly(config, durability: .unsynced, clock: self.clock)
        let scripts = try ScriptsInForce(app, logger: logger)
        self.scripts = scripts
        ingest = try app.ingest(rules: { scripts.rules })
        operators = OperatorBackend(app, engine: ingest.engine, scripts: LateScripts(scripts))
        runs = Runs(try app.runTools(scripts, ingest.engine, logger: logger))
        invoices = InvoiceUpkeep(store: app.store, settings: config.engineSettings) { nil }
        recharges = app.recharges { scripts.rechargePolicies }
        try RunSchedules(runs.tools).looked(now: start)
    }

    deinit {
        // What is left of a test's folder harms nobody.
        try? app.store.close()
        folder.remove()
    }

    // MARK: - Time

    /// Does everything that is due now, and what follows from it, to its end.
    func settle() async throws {
        for _ in 0..<Self.roundsMax {
            try Task.checkCancellation()
            var isAnything = try ingest.engine.lifecycle.advanceEveryone(to: clock.now) > 0
            if try invoices.perform(now: clock.now) > 0 { isAnything = true }
            while try RunTriggers(runs.tools).take(now: clock.now).causes > 0 { isAnything = true }
            if try RunSchedules(runs.tools).fire(now: clock.now) > 0 { isAnything = true }
            if try await recharge() { isAnything = true }
            for claimed in try runs.claim(now: clock.now, limit: 100, owner: "test") {
                isAnything = true
                await perform(claimed)
            }
            if !isAnything { return }
        }
        throw OperationError(
            .badUserInput,
            "something is due again and again at \(clock.now): \(Self.roundsMax) rounds were not enough; does a job start itself?"
        )
    }

    /// Moves the clock, and stops at every instant at which something is due.
    func advance(to end: Timestamp) async throws {
        try await settle()
        for _ in 0..<Self.instantsMax {
            let now = clock.now
            let due = [
                try runs.nextDue(after: now), try RunSchedules(runs.tools).next(now: now), try recharges.nextDue(),
                try ingest.engine.lifecycle.nextDue(), try invoices.nextDue(),
            ].compactMap { $0 }.filter { $0 > now }.min()
            guard let due, due < end else {
                clock.move(to: end)
                try await settle()
                return try RunSchedules(runs.tools).looked(now: end)
            }
            clock.move(to: due)
            try await settle()
        }
        throw OperationError(
            .badUserInput,
            "more than \(Self.instantsMax) things are due before \(end); move the clock in smaller steps")
    }

    /// Performs a run to the end of its attempt.
    @discardableResult
    func perform(_ claimed: Runs.Claimed) async -> RunAttempt.Outcome {
        let control = RunControl()
        return await withTaskCancellationHandler {
            await runs.perform(claimed, control: control) { try await Task.sleep(for: $0) }.outcome
        } onCancel: {
            control.stop()
        }
    }

    private func recharge() async throws -> Bool {
        var isAnything = false
        let now = clock.now
        if let obstacle = try recharges.obstacle(now: now), !obstacle.letsFinish { return false }
        while try recharges.evaluate(now: now).wallets > 0 { isAnything = true }
        for call in try recharges.begin(now: now, limit: 8, owner: "test", isAlive: { _ in true }) {
            isAnything = true
            let answer =
                switch call.question {
                case .charge(let request): await gateway.charge(request)
                case .lookUp: await gateway.lookUp(key: call.key)
                }
            try recharges.settle(call, answer, now: now)
        }
        return isAnything
    }

    /// Runs a job or grant rule as `tidemill fire` does; returns its run after the first attempt.
    func fire(_ name: String, event: Payload) async throws -> Run? {
        let names = scripts.runs.jobs.map(\.name) + scripts.runs.grantRules.map(\.name)
        guard names.contains(name) else {
            throw OperationError(
                .badUserInput,
                "t.fire: there is no job or grant rule \"\(name)\"\(Suggestion.hint(for: name, in: names))")
        }
        try await settle()
        let id = RunID(RandomID.make())
        let now = clock.now
        let trigger = RunTrigger(.fire, cause: "fire:\(id)", event: event, scheduledAt: now, causedAt: now)
        let kind: Run.Kind = scripts.runs.job(name) == nil ? .grant : .job
        let new = RunTable.New(kind, name, customer: trigger.customer, trigger: trigger, dueAt: now)
        _ = try app.store.write { try RunTable($0).insert(new, id: id, now: now) }
        if let claimed = try runs.claim(id, owner: "test", now: now) { await perform(claimed) }
        try await settle()
        return try app.store.read { try RunTable($0).find(id) }
    }

    // MARK: - Deliveries

    /// Takes one file through the pipeline, then everything that it starts.
    func deliver(_ file: URL) async throws -> Payload {
        let incoming = try IncomingFile(file.path)
        let delivery = try app.store.write {
            try incoming.register(owner: CommandOwner.current, isAgain: false, now: self.clock.now, on: $0)
        }
        guard let outcome = try await ingest.processor.process([delivery]).first else { return .null }
        let version = scripts.version
        let rejected = try app.store.write { connection in
            try IngestCommand.finish(
                outcome, owner: CommandOwner.current, under: version, now: self.clock.now, on: connection)
            return try RejectedRecords.list(
                RejectedSelection(delivery: outcome.id, limit: 100), on: connection)
        }
        try await settle()
        let ended = try app.store.read { try DeliveryLedger.find(outcome.id, on: $0) }
        var members: TextMap<Payload> = [
            "rejections": .array(
                rejected.map {
                    .object([
                        "line": .integer($0.line), "code": .string($0.code), "message": .string($0.message),
                        "rule": $0.rule.map { .string($0) } ?? .null,
                    ])
                })
        ]
        for (name, value) in ended.map(\.result) ?? outcome.counts.members { members[name] = value }
        switch outcome.state {
        case .done: members["state"] = "done"
        case .failed(let code, let message):
            members["state"] = "failed"
            members["code"] = .string(code)
            members["message"] = .string(message)
        case .held(let rule, let message):
            members["state"] = "held"
            members["rule"] = .string(rule)
            members["message"] = .string(message)
        case .retryLater(let message), .unreachable(let message, _):
            members["state"] = "unfinished"
            members["message"] = .string(message)
        case .incomplete: members["state"] = "unfinished"
        case .lost: members["state"] = "lost"
        }
        return .object(members)
    }

    /// Writes records where `deliver` can take them.
    func file(named name: String, _ text: String, number: Int) throws -> URL {
        let place = folder.url.appending(path: "drop-\(number)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let file = place.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file
    }
}
