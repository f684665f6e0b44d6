import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillScripting
import TidemillStore

/// Performs one effect that changes something, inside the transaction that enters it in the journal.
struct RunWrites {
    let run: Run
    let context: CallContext
    let tools: RunTools
    let transaction: RunTransaction

    private var connection: any SQLConnection { transaction.connection }

    func perform(_ request: EffectRequest, _ step: RunStep) throws -> Payload {
        switch request {
        case .client(let id, let input):
            let answer = try transaction.perform(id, input, in: context)
            connection.count(.operations, [id.rawValue, "ok"])
            return answer
        case .stateSet(let scope, let key, let value, let timeToLive):
            try JobState(connection: connection)
                .set(scope, of: run.name, key: key, value: value, timeToLive: timeToLive, now: step.at)
        case .emit(let type, let payload, let key): try emit(type, payload, key, step)
        case .later(let later): try enter(later, step)
        case .cancelLater(let key):
            let runs = RunTable(connection)
            guard let waiting = try runs.later(key) else { return false }
            return .boolean(try runs.cancel(waiting.id, because: "cancelled by \(run.name)", now: step.at))
        case .checkpoint: break
        case .stateGet, .stateUpdate, .stateReplace, .now, .lookup: break
        }
        return .null
    }

    private func emit(_ type: String, _ payload: Payload, _ key: String?, _ step: RunStep) throws {
        let emission = Emission(
            id: "\(run.id)-\(step.segment)-\(step.number)",
            sequence: try Sequences.next("emissions", on: connection), job: run.name, run: run.id, type: type,
            key: key, payload: payload, createdAt: step.at)
        guard try Emissions(connection).insert(emission) else { return }
        let customer = TriggerCustomer.find(in: payload) ?? run.customer
        try Outbox.append(
            type: type, customer: customer, payload: Self.members(of: payload), messageID: emission.id,
            depth: run.trigger.depth + 1, at: step.at, on: connection)
    }

    /// What triggers see: the payload's own members beside type, messageId and timestamp.
    private static func members(of payload: Payload) -> TextMap<Payload> {
        if case .object(let members) = payload { members } else { ["payload": payload] }
    }

    private func enter(_ later: LaterRequest, _ step: RunStep) throws {
        let dueAt: Timestamp =
            switch later.when {
            case .after(let duration): step.at.advanced(bySeconds: duration.components.seconds)
            case .at(let instant): max(instant, step.at)
            }
        let runs = RunTable(connection)
        if let key = later.key, let waiting = try runs.later(key) {
            try runs.cancel(waiting.id, because: "replaced by a later request of \(run.name)", now: step.at)
        }
        guard try tools.laterRoom.take(now: step.at, count: { try runs.unfinished(limit: $0) }) else {
            throw OperationError(.badUserInput, "later: \(LaterRoom.runsMax) runs wait already; run fewer, or sooner")
        }
        let id = "\(run.id)/\(step.segment)/\(step.number)"
        try runs.insert(
            RunTable.New(
                .job, later.job, customer: TriggerCustomer.find(in: later.event) ?? run.customer,
                trigger: RunTrigger(
                    .later, cause: "later:" + id, event: later.event, depth: run.trigger.depth, scheduledAt: dueAt,
                    causedAt: step.at),
                dueAt: dueAt, turn: tools.turn(of: later.job), laterKey: later.key),
            id: RunID(tools.ids.next()), now: step.at)
    }
}
