import Synchronization
import TidemillCore
import TidemillOperations
import TidemillScripting

/// Effects at a service elsewhere, which shares no transaction with the journal: entered before they are sent, so that a run
/// that dies meanwhile knows what it may have done, and answered there.
extension RunJournal {
    func isElsewhere(_ request: EffectRequest) -> Bool {
        guard tools.service != nil, case .client(let id, _) = request else { return false }
        return OperationTable.row(id).audience == .client && OperationTable.row(id).effect.isWrite
    }

    /// Enters the step as sent, with the reads before it, and sends it.
    func send(_ request: EffectRequest, _ step: RunStep) async throws(EffectError) -> Payload {
        var sent = step
        sent.sentAt = step.at
        let entered: RunStep
        do {
            entered = try await enter(sent) { _, _ in }
        } catch {
            throw abandoned("\(error)")
        }
        return try await perform(entered, request, sentBefore: nil)
    }

    /// A step that an earlier attempt sent: whether it was done is found out by the same key.
    func finish(_ step: RunStep, _ request: EffectRequest) async throws(EffectError) -> Payload {
        try await perform(step, request, sentBefore: step.sentAt)
    }

    private func perform(
        _ step: RunStep, _ request: EffectRequest, sentBefore: Timestamp?
    ) async throws(EffectError) -> Payload {
        guard let service = tools.service, case .client(let id, let input) = request else {
            throw abandoned("\(step.name) was sent to a service that is not configured any more")
        }
        var context = context(now: tools.clock.now, number: step.number)
        context.sentBefore = sentBefore
        var answered = step
        answered.sentAt = nil
        var refused: OperationError?
        do throws(OperationError) {
            answered.answer = try await service.perform(id, input, in: context)
        } catch {
            if error.isServiceFailure {
                tools.count(id, error)
                throw abandoned(service: error)
            }
            refused = error
            answered.raised = true
            answered.isWrite = false
            answered.answer = error.payload
        }
        tools.count(id, refused)
        let (done, run) = (answered, run)
        do {
            try await tools.writes.write { transaction in
                guard try RunTable(transaction.connection).holds(run) else { throw RunLost() }
                try RunSteps(transaction.connection).answer(done)
            }
        } catch {
            throw abandoned("\(error)")
        }
        state.withLock { $0.marks.note(request, done) }
        tools.changed()
        if let refused { throw EffectError(refused) }
        return done.answer
    }
}
