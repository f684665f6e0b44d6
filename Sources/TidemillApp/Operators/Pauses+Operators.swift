import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore

extension SetPause: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> PauseEntry {
        let name = input.target.stored(input.job)
        if let job = input.job { try host.app.requireJob(job, for: .pause) }
        return try host.write(Self.self, input, in: context) { connection in
            // The first pause counts, and only that one changes anything.
            if let known = try Pauses.find(name, on: connection) { return PauseEntry(known, wasPaused: true) }
            try Pauses.pause(name, reason: input.reason, by: context.actor, at: context.now, on: connection)
            try host.audit(
                .pause, ["name": .string(input.job ?? input.target.rawValue)], reason: input.reason, in: context,
                on: connection)
            guard let pause = try Pauses.find(name, on: connection) else {
                throw StoreError(.corrupt, "the pause of \(name) is not there")
            }
            return PauseEntry(pause, wasPaused: false)
        }
    }
}

extension EndPause: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        let name = input.target.stored(input.job)
        // A pause that is in force may be ended although its job is gone.
        if let job = input.job, try host.app.store.read({ try Pauses.find(name, on: $0) }) == nil {
            try host.app.requireJob(job, for: .resume)
        }
        let shown = input.job ?? input.target.rawValue
        return try host.write(Self.self, input, in: context) { connection in
            let wasPaused = try Pauses.resume(name, on: connection)
            // Also where nothing was paused: it lets held deliveries go on, or says that the clock is right.
            try host.audit(
                .resume, ["name": .string(shown), "wasPaused": .boolean(wasPaused)], reason: input.reason, in: context,
                on: connection)
            let trust = ClockTrust(connection)
            let doubt = input.target == .recharge ? try trust.noted() ?? trust.doubt(of: context.now)?.text : nil
            return Output(
                name: shown, wasPaused: wasPaused, waitingCommands: try WaitingCommands.find(on: connection),
                waitsFor: doubt)
        }
    }
}

extension ListPauses: OperatorOperation {
    static func perform(
        _ input: Input, by host: OperatorBackend, in context: CallContext
    ) throws -> AllOf<PauseEntry> {
        AllOf(try host.app.store.read { try Pauses.list(on: $0) }.map { PauseEntry($0) })
    }
}

extension PauseTarget {
    /// As a person types it: a part, or a job by its name.
    static func typed(_ text: String) -> (target: PauseTarget, job: String?) {
        parts.first { $0.rawValue == text }.map { ($0, nil) } ?? (.job, text)
    }

    /// As the store knows it.
    fileprivate func stored(_ job: String?) -> String {
        switch self {
        case .ingest: Pauses.ingest
        case .recharge: Pauses.recharge
        case .grants: Runs.grantsPause
        case .billing: "billing"
        case .clock: Pauses.clock
        case .job: Runs.pauseName(job ?? "")
        }
    }
}

extension PauseEntry {
    init(_ pause: Pause, wasPaused: Bool? = nil) {
        let prefix = Runs.pauseName("")
        self.init(
            name: pause.name.hasPrefix(prefix) ? String(pause.name.dropFirst(prefix.count)) : pause.name,
            reason: pause.reason, pausedBy: pause.pausedBy, pausedAt: pause.pausedAt, wasPaused: wasPaused)
    }
}

extension AppAssembly {
    /// Refuses a name that the scripts of the folder declare no job or grant rule of, with the nearest that they do.
    func requireJob(_ name: String, for operation: OperationID) throws {
        let rules = try declaredRules()
        let names = rules.jobs.map(\.name) + rules.grantRules.map(\.name)
        guard !names.contains(name) else { return }
        let parts = PauseTarget.parts.map(\.rawValue)
        let isPause = operation != .fireJob
        guard !isPause || !parts.contains(name) else {
            throw OperationError(
                .noSuchJob,
                "\(operation.rawValue): \"\(name)\" is a part of the worker, and no job has its name: give 'target' \"\(name)\", without 'job'"
            )
        }
        let others =
            isPause ? "what can be paused beside them: \(parts.joined(separator: ", "))" : "`tidemill jobs` lists them"
        throw OperationError(
            .noSuchJob,
            "\(operation.rawValue): there is no job or grant rule \"\(name.escapingControls)\"\(Suggestion.hint(for: name, in: isPause ? names + parts : names)); \(others)"
        )
    }
}
