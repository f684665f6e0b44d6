import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore
import TidemillTriggers

extension ListJobs: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> AllOf<JobEntry> {
        let rules = try host.app.declaredRules()
        return AllOf(
            try host.app.store.read { connection in
                try rules.jobs.map { try JobEntry($0, now: context.now, on: connection) }
                    + rules.grantRules.map { try JobEntry($0, now: context.now, on: connection) }
                    + rules.policies.map { try JobEntry($0, on: connection) }
            })
    }
}

extension FireJob: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> RunNote {
        try host.app.requireJob(input.job, for: .fireJob)
        let isJob = try host.app.declaredRules().jobs.contains { $0.name == input.job }
        let id = RunID(RandomID.make())
        return try host.write(Self.self, input, in: context) { connection in
            let trigger = RunTrigger(
                .fire, cause: "fire:\(id)", event: input.event ?? .null, scheduledAt: context.now,
                causedAt: context.now)
            let new = RunTable.New(
                isJob ? .job : .grant, input.job, customer: trigger.customer, trigger: trigger, dueAt: context.now)
            try RunTable(connection).insert(new, id: id, now: context.now)
            try host.audit(
                .fireJob, ["name": .string(input.job), "runId": .string(id.text)], reason: input.reason, in: context,
                on: connection)
            return RunNote(runID: id.text, state: .waiting)
        }
    }
}

extension JobEntry {
    fileprivate init(_ job: JobDeclaration, now: Timestamp, on connection: any SQLConnection) throws {
        let files = job.files.map { ["file \($0.text)"] } ?? []
        try self.init(
            "job", job.name, "\(job.file):\(job.line)",
            starts: Self.starts(job.schedule, job.timezone, job.on.map(\.text) + files), isEnabled: job.isEnabled,
            on: connection)
        if isEnabled { try schedule(job.schedule, job.timezone, now) }
    }

    fileprivate init(_ rule: GrantDeclaration, now: Timestamp, on connection: any SQLConnection) throws {
        try self.init(
            "grant", rule.name, "\(rule.file):\(rule.line)",
            starts: Self.starts(rule.schedule, rule.timezone, rule.on.map(\.text)), on: connection)
        try schedule(rule.schedule, rule.timezone, now)
        if let all = try Pauses.find(Runs.grantsPause, on: connection) { paused = all.reason }
    }

    fileprivate init(_ policy: RechargeDeclaration, on connection: any SQLConnection) throws {
        self.init(
            kind: "recharge", name: policy.name, place: "\(policy.file):\(policy.line)",
            starts: "currency \(policy.currencyID)", enabled: true, waiting: 0, failed: 0, failing: 0,
            paused: try Pauses.find(Pauses.recharge, on: connection)?.reason,
            lastDecision: try RechargeDecisionLog.newest(of: policy.name, on: connection).map { RechargeEntry($0) })
    }

    private init(
        _ kind: String, _ name: String, _ place: String, starts: String, isEnabled: Bool = true,
        on connection: any SQLConnection
    ) throws {
        let runs = RunTable(connection)
        let counts = try runs.counts(name: name)
        let failing = try FailingJobs(connection).find(name)
        self.init(
            kind: kind, name: name, place: place, starts: starts, enabled: isEnabled,
            waiting: (counts[.waiting] ?? 0) + (counts[.running] ?? 0),
            failed: (counts[.failed] ?? 0) + (counts[.quarantined] ?? 0), failing: failing?.failures ?? 0,
            lastError: failing.map { JobError($0) }, nextTry: failing?.nextTry,
            paused: try Pauses.find(Runs.pauseName(name), on: connection)?.reason,
            last: try runs.list(name: name, limit: 20).first { $0.state != .waiting || $0.attempt > 0 }
                .map { RunEntry($0) })
    }

    private var isEnabled: Bool { enabled }

    private mutating func schedule(_ schedule: String?, _ timezone: String?, _ now: Timestamp) throws {
        guard let schedule else { return }
        do { next = try Schedule(schedule, timezone: timezone).next(after: now) } catch {
            throw OperationError(.badUserInput, "listJobs: \(place): \(error)")
        }
    }

    private static func starts(_ schedule: String?, _ timezone: String?, _ on: [String]) -> String {
        let timed = schedule.map { "\($0)\(timezone.map { " \($0)" } ?? "")" }
        let started = on.isEmpty ? nil : "on \(on.joined(separator: ", "))"
        return [timed, started].compactMap { $0 }.joined(separator: "; ")
    }
}

extension JobError {
    init(_ job: FailingJob) { self.init(runID: job.run.text, code: job.code, message: job.message) }
}

extension AppAssembly {
    /// What the scripts of the folder declare; broken ones end the command with their problems.
    func declaredRules() throws -> RuleSet {
        let folder = ScriptFolder(path: config.scripts.path)
        do {
            return try ScriptLoader(config, folder, clock: clock, log: { _ in }).load(folder.read())
        } catch {
            throw CommandFailure(error.problems)
        }
    }
}
