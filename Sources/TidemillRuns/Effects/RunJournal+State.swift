import Synchronization
import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillStore

/// Values that several runs read, change and write: scripts.md, "Jobs"; semantics.md, "Overtaken state".
extension RunJournal {
    // MARK: - A set after a get

    /// Another run has changed what this one goes by. Where it has done nothing since, it goes on from before it read it;
    /// else the script is told.
    func overtaken(_ request: EffectRequest, _ step: RunStep) async throws(EffectError) -> Payload {
        guard case .stateSet(let scope, let key, _, _) = request else { throw abandoned("\(step.name) was overtaken") }
        let isFree = state.withLock { state in
            guard let read = state.marks.freeStep(at: .init(scope: scope, key: key)) else {
                state.hasConflict = true
                return false
            }
            state.overtakenAfter = read - 1
            return true
        }
        if isFree { throw .abandoned("\"\(key)\" was changed by another run") }
        let update = step.name.replacing(".set", with: ".update")
        let message =
            "\(step.name): another run has changed \"\(key)\" since this one read it, and this one has done something "
            + "since; what is done stays done. Change it in one step, \(update)(key, function(old) return … end), before "
            + "what follows from it; or give the job serial = true"
        let error = EffectError.raised(code: Self.conflictCode, message: message)
        return try await failed(step, error, ["code": .string(Self.conflictCode), "message": .string(message)])
    }

    static let conflictCode = "state_conflict"

    /// The journal that the run goes on with from before it read what was changed: what it had read before that holds.
    func restarted() async throws -> RunJournal {
        let (state, kept) = state.withLock { ($0, $0.overtakenAfter ?? $0.stored) }
        var next = run
        next.segment = state.segment
        next.saved = state.saved
        next.steps = min(state.stored, kept)
        if kept < state.stored {
            let (run, segment) = (run, state.segment)
            try await tools.writes.write { transaction in
                let connection = transaction.connection
                guard try RunTable(connection).holds(run, adding: kept - state.stored) else { throw RunLost() }
                try RunSteps(connection).cut(run.id, segment: segment, after: kept)
            }
        }
        return RunJournal(next, tools, carrying: Array(state.reads.prefix(Int(max(0, kept - state.stored)))))
    }

    // MARK: - An update

    /// Begins an update: the value that stands, for the script's function.
    func beginUpdate(_ step: RunStep, of scope: StateScope, _ key: String) throws(EffectError) -> Payload {
        let old: Payload
        do {
            old = try tools.store.read { connection in
                try JobState(connection: connection).get(scope, of: run.name, key: key, now: step.at)
            }
        } catch {
            throw abandoned("\(error)")
        }
        return question(step, old)
    }

    private func question(_ step: RunStep, _ old: Payload) -> Payload {
        var step = step
        step.answer = ["old": old]
        state.withLock { $0.updating = step }
        return ["old": old, "now": Payload(step.at)]
    }

    /// What the script gets of an update that was done: its function is asked once more, for what it keeps in locals.
    static func updated(_ step: RunStep) -> Payload {
        [
            "old": step.answer["old"] ?? .null, "new": step.answer["new"] ?? .null, "now": Payload(step.at),
            "isDone": true,
        ]
    }

    /// Sets what the script's function made of the value, if that still stands; else asks it again.
    func replace(_ request: EffectRequest) async throws(EffectError) -> Payload {
        guard case .stateReplace(let scope, let key, let value, let timeToLive) = request,
            let step = state.withLock({ $0.updating }), let old = step.answer["old"]
        else { throw abandoned("an update ends that was not begun") }
        let name = run.name
        do {
            let done = try await enter(step) { transaction, step in
                let table = JobState(connection: transaction.connection)
                let stands = try table.get(scope, of: name, key: key, now: step.at)
                guard stands.json == old.json else { throw UpdateOvertaken(value: stands) }
                try table.set(scope, of: name, key: key, value: value, timeToLive: timeToLive, now: step.at)
                step.answer = ["old": old, "new": value]
            }
            state.withLock { $0.marks.note(request, done) }
            tools.changed()
            return Self.updated(done)
        } catch let overtaken as UpdateOvertaken {
            return question(step, overtaken.value)
        } catch let error as OperationError where !error.isStoreFailure {
            return try await failed(step, EffectError(error), error.payload)
        } catch {
            throw abandoned("\(error)")
        }
    }

    /// Another run was faster.
    private struct UpdateOvertaken: Error {
        let value: Payload
    }
}
