import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillStore

/// Performs one attempt at a job's run, from its claim to what is left of it in the store.
struct JobRunner: Sendable {
    let tools: RunTools
    let scripts: RunScripts

    /// - Parameter sleep: waits out the job's timeout.
    func perform(
        _ run: Run, control: RunControl, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) async -> RunResult {
        guard let job = scripts.job(run.name) else {
            return RunResult(undeclared: "job", run, scripts, now: tools.clock.now)
        }
        let watch = Task {
            // Cancelled when the run has ended.
            try await sleep(job.timeout)
            control.stop(.timedOut)
        }
        defer { watch.cancel() }
        var journal = RunJournal(run, tools)
        for _ in 0..<Self.restartsMax {
            let start = JobStart(
                job: run.name, run: value(of: journal.run), seed: Self.seed(of: journal.run), effects: journal,
                control: control)
            let end: RunEnd
            do { end = try await scripts.perform(start) } catch {
                return RunResult(.failed, code: "scripts", message: "the scripts cannot be loaded: \(error)")
            }
            guard case .abandoned = end, journal.isOvertaken else { return result(of: end, journal, job, control) }
            do { journal = try await journal.restarted() } catch {
                return RunResult(.handedBack, code: "store", message: "\(error)")
            }
        }
        return RunResult(
            .failed, code: RunJournal.conflictCode,
            message: "\(job.file):\(job.line): other runs changed what it read from state \(Self.restartsMax) times in "
                + "a row before it could set it; use state.update, or serial = true")
    }

    /// How often one attempt goes back before what another run has changed: each time that one has got on.
    private static let restartsMax = 10_000

    private func result(
        of end: RunEnd, _ journal: RunJournal, _ job: JobDeclaration, _ control: RunControl
    ) -> RunResult {
        var result: RunResult
        switch end {
        case .finished(let value): result = RunResult(.done, value: value)
        case .failed(let failure):
            result = RunResult(failure)
            // What it read is in its journal: no retry gets further.
            result.isFinal = result.isFinal || failure.code == RunJournal.conflictCode && journal.hasConflict
        case .timedOut(let failure):
            let limit = "longer than its timeout of \(job.timeout.components.seconds) s"
            result = RunResult(
                .timeout, code: "timeout",
                message: failure.map { "\($0)" } ?? "\(job.file):\(job.line): the run took \(limit)")
        case .outOfMemory(let failure): result = RunResult(.memory, code: "memory", message: "\(failure)")
        case .cancelled: result = RunResult(.cancelled, message: "stopped")
        case .abandoned(let why):
            if let mismatch = journal.mismatch {
                result = RunResult(.scriptChanged, code: "script_changed", message: mismatch, isFinal: true)
            } else {
                result = journal.serviceEnd ?? RunResult(.handedBack, code: "store", message: why)
            }
        }
        result.flush = { try journal.flush(on: $0) }
        return result
    }

    /// What the job's function gets, by the names of scripts.md.
    private func value(of run: Run) -> Payload {
        .object([
            "name": .string(run.name), "id": .string(run.id.text), "attempt": .integer(run.failures + 1),
            "scheduledAt": Payload(run.trigger.scheduledAt), "customerId": .string(orNull: run.customer?.text),
            "trigger": run.trigger.value, "dryRun": .boolean(tools.isDryRun), "saved": run.saved,
        ])
    }

    /// The same for every attempt, and another for every run.
    private static func seed(of run: Run) -> UInt64 { StableHash.of("\(run.id)/\(run.segment)") }
}

extension Payload {
    static func string(orNull text: String?) -> Payload { text.map { .string($0) } ?? .null }
}

extension RunTrigger {
    /// As jobs see it: `run.trigger`.
    var value: Payload {
        .object([
            "kind": .string(kind.rawValue), "event": event, "source": .string(orNull: source),
            "causedAt": Payload(causedAt), "file": .string(orNull: file),
        ])
    }
}

extension RunResult {
    /// A run may be made by who has newer scripts than the worker that takes it: for so long it waits for these.
    private static let adoptionSeconds: Int64 = 60

    /// The scripts in force do not declare what the run is of.
    init(undeclared noun: String, _ run: Run, _ scripts: RunScripts, now: Timestamp) {
        let message = "there is no \(noun) \"\(run.name)\" in script version \(scripts.version.text.prefix(12))"
        let isNew = now < run.createdAt.advanced(bySeconds: Self.adoptionSeconds)
        self.init(
            isNew ? .handedBack : .failed, code: noun == "job" ? "no_such_job" : "no_such_rule",
            message: isNew ? message + ": it waits for a newer one" : message, isFinal: !isNew)
    }
}

/// How an attempt ended, before it is in the store.
struct RunResult: Sendable {
    var outcome: RunAttempt.Outcome
    var code: String?
    var message: String?
    var value: Payload = .null
    /// Whether another attempt makes no sense.
    var isFinal: Bool
    /// Writes what belongs to the end, in its transaction.
    var flush: @Sendable (any SQLConnection) throws -> Void = { _ in }

    init(
        _ outcome: RunAttempt.Outcome, code: String? = nil, message: String? = nil, value: Payload = .null,
        isFinal: Bool = false
    ) {
        self.outcome = outcome
        self.code = code
        self.message = message
        self.value = value
        self.isFinal = isFinal
    }

    /// A script failed. What it itself says is wrong gets no better by waiting.
    init(_ failure: ScriptFailure) {
        let outcome: RunAttempt.Outcome =
            failure.kind == .timeout ? .timeout : failure.kind == .memory ? .memory : .failed
        self.init(
            outcome, code: failure.needsScripts ? Self.needsScripts : failure.code ?? failure.kind.rawValue,
            message: "\(failure)", isFinal: failure.needsScripts)
    }

    /// The hosted service, or the way to it, failed the run, and not its script.
    init(service error: OperationError) {
        let isForgotten = error.code == .outcomeForgotten
        self.init(
            isForgotten ? .parked : .handedBack, code: isForgotten ? error.code.rawValue : Self.service,
            message: error.message, isFinal: isForgotten)
    }

    /// The code of runs that wait for the hosted service.
    static let service = "service"
    /// The code of runs that wait for another script.
    static let needsScripts = "needs_scripts"
}
