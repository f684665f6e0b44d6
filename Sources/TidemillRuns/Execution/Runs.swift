public import TidemillCore
import TidemillEngine
import TidemillOperations
public import TidemillScripting
import TidemillStore

/// Runs over the store: who comes next, one attempt at it, and what is left of it. The worker's dispatcher, `tidemill
/// fire` and `tidemill test` all go through here.
public struct Runs: Sendable {
    /// Processes that may end under a run in a row, without anything new in its journal, before it is quarantined.
    static let crashesMax: Int64 = 5
    /// A run that has ended so many processes is tried when no other such is.
    public static let suspectCrashes: Int64 = 2

    public let tools: RunTools
    private let grants = DedicatedThread(name: "tidemill-grants")

    public init(_ tools: RunTools) {
        self.tools = tools
    }

    /// A run that is taken, with the scripts it is to run under.
    public struct Claimed: Sendable {
        public let run: Run
        public let scripts: RunScripts
    }

    // MARK: - Taking

    /// Takes runs that are due, in order. What is paused, and what waits for its turn, is left: the look is in a snapshot,
    /// so each claim asks again whether the turn has come.
    /// - Parameter suspects: how many runs are under way that have ended processes before.
    public func claim(now: Timestamp, limit: Int, suspects: Int = 0, owner: String) throws -> [Claimed] {
        guard limit > 0 else { return [] }
        let scripts = tools.scripts()
        let due = try tools.store.read { connection in
            try RunTable(connection).due(
                until: now, except: try Self.paused(scripts, on: connection), limit: Int64(limit))
        }
        guard !due.isEmpty else { return [] }
        return try tools.store.write { connection -> [Claimed] in
            let runs = RunTable(connection)
            var suspects = suspects
            var claimed: [Claimed] = []
            for run in due {
                if run.crashes >= Self.suspectCrashes {
                    guard suspects == 0 else { continue }
                    suspects += 1
                }
                if let taken = try claim(run, scripts, owner: owner, now, runs) { claimed.append(taken) }
            }
            return claimed
        }
    }

    /// Takes one run that waits, whatever is due before it: for a person who fires it.
    public func claim(_ id: RunID, owner: String, now: Timestamp) throws -> Claimed? {
        let scripts = tools.scripts()
        return try tools.store.write { connection -> Claimed? in
            let runs = RunTable(connection)
            guard let run = try runs.find(id), run.state == .waiting,
                try runs.claim(run, owner: owner, scriptVersion: scripts.version, now: now),
                let taken = try runs.find(id)
            else { return nil }
            return Claimed(run: taken, scripts: scripts)
        }
    }

    /// The name under which a job or rule is paused.
    public static func pauseName(_ name: String) -> String { "job:" + name }
    /// The name under which all grant rules are paused.
    public static let grantsPause = "grants"

    /// Jobs and rules that are not to start now.
    private static func paused(_ scripts: RunScripts, on connection: any SQLConnection) throws -> [String] {
        let pauses = try Pauses.list(on: connection).map(\.name)
        var names = pauses.filter { $0.hasPrefix(pauseName("")) }.map { String($0.dropFirst(pauseName("").count)) }
        if pauses.contains(grantsPause) { names += scripts.grantRules.map(\.name) }
        return names
    }

    // MARK: - Performing

    /// What came of an attempt.
    public struct Performed: Sendable {
        public let outcome: RunAttempt.Outcome
        /// Why, where it failed.
        public let message: String?
        /// When the run is tried again; nil: never, or somebody else has it.
        public let nextTry: Timestamp?
        /// The run that stood behind it, taken in the transaction that ended this one.
        public let following: Claimed?
    }

    /// Performs one attempt and leaves in the store what came of it.
    /// - Parameter takesFollowing: whether the caller performs the run that stands behind it, too: a row of runs then
    ///   waits for the disk once a run.
    @discardableResult
    public func perform(
        _ claimed: Claimed, control: RunControl, takesFollowing: Bool = false,
        isStopping: @escaping @Sendable () -> Bool = { false },
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) async -> Performed {
        var result: RunResult
        switch claimed.run.kind {
        case .job:
            result = await JobRunner(tools: tools, scripts: claimed.scripts)
                .perform(claimed.run, control: control, sleep: sleep)
        case .grant:
            let runner = GrantRunner(tools: tools, scripts: claimed.scripts)
            do {
                result = try await grants.run { runner.perform(claimed.run) }
            } catch {
                result = RunResult(.handedBack, code: "store", message: "\(error)")
            }
        }
        if result.outcome == .cancelled, control.reason == .cancelled, isStopping() {
            result.outcome = .handedBack
            result.message = "the worker shut down"
        }
        let settled = await settle(claimed, result, takesFollowing: { takesFollowing && !isStopping() }, sleep: sleep)
        tools.changed()
        return Performed(
            outcome: result.outcome, message: result.message, nextTry: settled?.nextTry, following: settled?.following)
    }

    /// Ends an attempt in the store: again, for a while, when the store is in trouble. What cannot be written is found
    /// by the next worker as a run whose process ended.
    private func settle(
        _ claimed: Claimed, _ result: RunResult, takesFollowing: @escaping @Sendable () -> Bool,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) async -> Settled? {
        for wait in [100, 500, 2000, 5000, nil] as [Int64?] {
            let now = tools.clock.now
            do {
                return try await tools.writes.write { transaction in
                    let connection = transaction.connection
                    var settled = try settle(claimed, result, now: now, on: connection)
                    if takesFollowing() { settled.following = try follow(claimed.run, now, connection) }
                    return settled
                }
            } catch is RunLost {
                return nil
            } catch {
                guard let wait else { return nil }
                // Cancelled while waiting: the last tries come at once.
                try? await sleep(.milliseconds(wait))
            }
        }
        return nil
    }

    private struct Settled: Sendable {
        var nextTry: Timestamp?
        var following: Claimed?
    }

    /// Takes the run that is first in a row once another has ended.
    private func follow(_ run: Run, _ now: Timestamp, _ connection: any SQLConnection) throws -> Claimed? {
        let scripts = tools.scripts()
        let runs = RunTable(connection)
        guard let owner = run.owner, let first = try runs.first(inRowOf: run), first.dueAt <= now,
            first.crashes < Self.suspectCrashes, try !Self.paused(scripts, on: connection).contains(first.name)
        else { return nil }
        return try claim(first, scripts, owner: owner, now, runs)
    }

    /// Nil where somebody else was faster, or it is not its turn.
    private func claim(
        _ run: Run, _ scripts: RunScripts, owner: String, _ now: Timestamp, _ runs: RunTable
    ) throws -> Claimed? {
        guard try runs.claim(run, owner: owner, scriptVersion: scripts.version, now: now) else { return nil }
        var taken = run
        taken.owner = owner
        taken.attempt += 1
        taken.startedAt = now
        taken.state = .running
        taken.scriptVersion = scripts.version
        return Claimed(run: taken, scripts: scripts)
    }

    private func settle(_ claimed: Claimed, _ result: RunResult, now: Timestamp, on connection: any SQLConnection)
        throws -> Settled
    {
        let run = claimed.run
        let runs = RunTable(connection)
        if result.outcome == .done {
            try result.flush(connection)
        } else {
            try RunSteps(connection).forgetReads(of: run)
        }
        var counts = RunAttempt.Counts()
        let state: Run.State
        var dueAt: Timestamp?
        switch result.outcome {
        case .done: state = .done
        case .handedBack:
            state = .waiting
            dueAt = now.advanced(bySeconds: result.code == nil ? 0 : result.code == RunResult.service ? 30 : 1)
        case .parked: state = .parked
        case .cancelled: state = .cancelled
        case .failed, .timeout, .memory, .scriptChanged, .crashed:
            counts.failures = 1
            let retries = claimed.scripts.job(run.name)?.retries ?? JobDeclaration.Retries()
            if result.isFinal || run.failures >= Int64(retries.max) {
                state = .failed
            } else {
                state = .waiting
                dueAt = now.advanced(by: Retry.delay(after: run.failures + 1, retries, run: run.id))
            }
        }
        let settled = try runs.settle(
            run, result.outcome, state: state, dueAt: dueAt, code: result.code, message: result.message,
            result: result.value, counts: counts,
            scriptPrint: result.code == RunResult.needsScripts ? claimed.scripts.print(of: run.name) : nil, now: now)
        guard settled else { throw RunLost() }
        if state == .failed || state == .parked {
            try announceFailure(of: run, result.code, result.message, now, connection)
        }
        return Settled(nextTry: dueAt)
    }

    /// Tells jobs that a run has come to nothing.
    private func announceFailure(
        of run: Run, _ code: String?, _ message: String?, _ now: Timestamp, _ connection: any SQLConnection
    ) throws {
        try Outbox.append(
            type: "run.failed", customer: run.customer,
            payload: [
                "runId": .string(run.id.text), "name": .string(run.name), "kind": .string(run.kind.rawValue),
                "customerId": .string(orNull: run.customer?.text), "attempts": .integer(run.attempt),
                "code": .string(orNull: code), "message": .string(orNull: message),
            ],
            messageID: tools.ids.next(), depth: run.trigger.depth + 1, at: now, on: connection)
    }

    // MARK: - After a crash

    /// Takes back what processes held that are gone. A run that ended its process again and again, without anything new
    /// in its journal, is quarantined. Returns how many.
    @discardableResult
    public func recover(now: Timestamp, isAlive: (String) -> Bool) throws -> Int {
        let owners = try tools.store.read { try RunTable($0).owners() }.filter { !isAlive($0) }
        var recovered = 0
        for owner in owners {
            recovered += try tools.store.write { connection in
                let runs = RunTable(connection)
                let left = try runs.running(owner: owner)
                for run in left { try recover(run, now, connection) }
                return left.count
            }
        }
        return recovered
    }

    private func recover(_ run: Run, _ now: Timestamp, _ connection: any SQLConnection) throws {
        let runs = RunTable(connection)
        let crashes = try runs.hasNewSteps(run) ? 1 : run.crashes + 1
        let isPoison = crashes >= Self.crashesMax
        try RunSteps(connection).forgetReads(of: run)
        let message =
            isPoison
            ? "the process ended under it \(crashes) times in a row; `tidemill runs retry \(run.id)` tries it again"
            : "the process ended under it"
        _ = try runs.settle(
            run, .crashed, state: isPoison ? .quarantined : .waiting, dueAt: now, code: "crashed", message: message,
            counts: RunAttempt.Counts(crashes: crashes), now: now)
        if isPoison { try announceFailure(of: run, "crashed", message, now, connection) }
    }

    /// The runs that a worker still holds: not those that somebody cancelled, or took over.
    public func held(by owner: String) throws -> Set<RunID> {
        try tools.store.read { try RunTable($0).held(by: owner) }
    }

    /// When the next run is due by time after an instant; nil when none is.
    public func nextDue(after instant: Timestamp) throws -> Timestamp? {
        try tools.store.read { try RunTable($0).nextDue(after: instant) }
    }
}
