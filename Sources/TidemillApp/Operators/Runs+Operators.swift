import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillStore

extension ListRuns: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Listing<RunEntry> {
        let found = try host.app.store.read {
            try RunTable($0).list(
                name: input.job, customer: input.customerID,
                state: input.state.flatMap { Run.State(rawValue: $0.rawValue) },
                before: input.after.flatMap { Int64($0.id) }, limit: input.limit + 1)
        }
        let page = found.prefix(Int(input.limit))
        let next = found.count > page.count ? page.last : nil
        return Listing(
            page.map { RunEntry($0) }, next: next.map { Cursor(createdAt: $0.createdAt, id: "\($0.sequence)") })
    }
}

extension GetRun: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> RunEntry {
        try host.app.store.read { connection in
            let run = try RunTable(connection).require(input.id, for: .getRun)
            var entry = RunEntry(run)
            entry.attempts = try RunAttempt.list(of: run.id, on: connection).map { RunAttemptEntry($0) }
            entry.journal = try RunSteps(connection).list(of: run.id).map { RunStepEntry($0) }
            if run.kind == .grant {
                entry.grants = try RuleGrants(connection).list(of: run.id).map { RuleGrantEntry($0) }
            }
            return entry
        }
    }
}

extension RetryRun: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> RunNote {
        try host.write(Self.self, input, in: context) { connection in
            let run = try RunTable(connection).require(input.id, for: .retryRun)
            guard try RunTable(connection).retry(run.id, now: context.now) else {
                let begun = run.state == .waiting ? " and has not begun" : ""
                throw OperationError(
                    .notRetriable,
                    "run \(run.id) is \(run.state.rawValue)\(begun): only what failed, waits for its next attempt, was cancelled after it had begun, or is quarantined can be tried again"
                )
            }
            try host.audit(
                .retryRun, customer: run.customer, ["runId": .string(run.id.text), "name": .string(run.name)],
                reason: input.reason, in: context, on: connection)
            return RunNote(runID: run.id.text, state: .waiting)
        }
    }
}

extension ResolveRun: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> RunNote {
        try host.write(Self.self, input, in: context) { connection in
            let runs = RunTable(connection)
            let run = try runs.require(input.id, for: .resolveRun)
            let answer = input.resolution == .done ? input.answer ?? [:] : nil
            guard try runs.resolve(run, answer: answer, now: context.now) else {
                throw OperationError(
                    .notResolvable,
                    "run \(run.id) is \(run.state.rawValue): only a parked one waits to be told; `tidemill runs --state parked`"
                )
            }
            try host.audit(
                .resolveRun, customer: run.customer,
                [
                    "runId": .string(run.id.text), "name": .string(run.name),
                    "resolution": .string(input.resolution.rawValue), "answer": answer ?? .null,
                ], reason: input.reason, in: context, on: connection)
            return RunNote(runID: run.id.text, state: .waiting)
        }
    }
}

extension CancelRun: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> RunNote {
        try host.write(Self.self, input, in: context) { connection in
            let runs = RunTable(connection)
            let run = try runs.require(input.id, for: .cancelRun)
            guard try runs.cancel(run.id, because: "cancelled by \(context.actor): \(input.reason)", now: context.now)
            else {
                throw OperationError(
                    .notCancellable,
                    "run \(run.id) is \(run.state.rawValue): only what waits for its time, its turn or its next attempt can be cancelled"
                )
            }
            try host.audit(
                .cancelRun, customer: run.customer, ["runId": .string(run.id.text), "name": .string(run.name)],
                reason: input.reason, in: context, on: connection)
            return RunNote(runID: run.id.text, state: .cancelled)
        }
    }
}

extension RunTable {
    /// The run that a person means.
    fileprivate func require(_ text: String, for operation: OperationID) throws -> Run {
        let found = try find(prefix: text)
        if let exact = found.first(where: { $0.id.text == text }) { return exact }
        if let run = found.first, found.count == 1 { return run }
        throw OperationError(
            .notFound,
            found.isEmpty
                ? "\(operation.rawValue): there is no run \"\(text.escapingControls)\"; `tidemill runs` lists them"
                : "\(operation.rawValue): more than one run begins with \"\(text.escapingControls)\"; give more of its id"
        )
    }
}

extension RunEntry {
    init(_ run: Run) {
        self.init(
            id: run.id.text, kind: run.kind.rawValue, name: run.name,
            state: RunState(rawValue: run.state.rawValue) ?? .failed, attempt: run.attempt, failures: run.failures,
            scheduledAt: run.trigger.scheduledAt, createdAt: run.createdAt,
            trigger: RunCause(
                kind: run.trigger.kind.rawValue, cause: run.trigger.cause, event: run.trigger.event,
                causedAt: run.trigger.causedAt, depth: run.trigger.depth, file: run.trigger.file),
            dueAt: run.state == .waiting ? run.dueAt : nil, customerID: run.customer?.text, startedAt: run.startedAt,
            endedAt: run.endedAt, scriptVersion: run.scriptVersion?.text, code: run.code, message: run.message,
            result: run.state == .done ? run.result : nil)
    }
}

extension RunAttemptEntry {
    fileprivate init(_ attempt: RunAttempt) {
        self.init(
            attempt: attempt.attempt, startedAt: attempt.startedAt, endedAt: attempt.endedAt,
            outcome: attempt.outcome.rawValue, code: attempt.code, message: attempt.message,
            scriptVersion: attempt.scriptVersion?.text)
    }
}

extension RunStepEntry {
    fileprivate init(_ step: RunStep) {
        self.init(
            segment: step.segment, number: step.number, name: step.name, arguments: step.arguments,
            isWrite: step.isWrite, attempt: step.attempt, at: step.at, answer: step.raised ? nil : step.answer,
            error: step.raised ? step.answer : nil, sentAt: step.sentAt)
    }
}

extension RuleGrantEntry {
    init(_ grant: RuleGrant) {
        self.init(
            customerID: grant.customer.text, rule: grant.rule, key: grant.key, state: grant.state.rawValue,
            kind: grant.kind, fields: grant.fields, createdAt: grant.createdAt, answer: grant.answer,
            message: grant.message, madeAt: grant.madeAt)
    }
}
