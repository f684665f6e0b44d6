import Synchronization
import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillStore

/// Performs what requests ask, away from the threads of the sockets: reads on a few threads, clients' writes together in
/// few transactions, operators' rows, which may work for long, on threads of their own. What becomes of an answer is made
/// on the thread that read it: a long list is bytes by then.
final class RequestWork: Sendable {
    /// Requests that wait for a thread or a transaction.
    static let waitingMax = 1024
    /// Fewer than the store has readers: whoever reads at once finds one that no list has.
    private static let readers = 3
    private static let operators = 3
    private static let operatorsWaitingMax = 128

    let backend: ServedBackend
    private let writes: WriteGroup
    private let writesWaiting = Mutex(0)
    let reading = RequestThreads(name: "tidemill-http-read", count: readers, waitingMax: waitingMax)
    private let operating = RequestThreads(
        name: "tidemill-http-operator", count: operators, waitingMax: operatorsWaitingMax)

    init(_ backend: ServedBackend) {
        self.backend = backend
        writes = WriteGroup(backend.writes, thread: "tidemill-http-write")
    }

    /// What a call came to.
    struct Outcome<T: Sendable>: Sendable {
        let answer: T
        /// Whether it repeats an earlier request's, and changed nothing.
        var isReplay = false
    }

    /// What headers say about a call.
    struct Repeating: Sendable {
        /// `Idempotency-Key`.
        var key: String?
        /// Why, in the caller's words: for the audit.
        var reason: String?
        /// `x-stainless-retry-count` above 0: the client got no answer before.
        var isRetry = false
    }

    /// Runs something that blocks, in the turn of a key; of what is asked before it is known whose, together.
    func look<T: Sendable>(for key: String = "", _ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await reading.run(for: key, reads: true, body)
    }

    /// - Parameter make: what becomes of the answer.
    /// - Returns: Nil, with nothing done, where records that came unread must be read as an input first.
    func perform<T: Sendable>(
        _ call: PlannedCall, _ repeating: Repeating, by holder: KeyRing.Holder,
        _ make: @escaping @Sendable (Payload) -> T
    ) async throws -> Outcome<T>? {
        let backend = backend
        let id = call.row.id
        let input = call.input
        var context = CallContext(
            .key(holder.actor), now: backend.now(), actor: holder.actor, reason: repeating.reason)
        context.keyDigest = holder.key
        let isElsewhere = backend.isElsewhere && call.row.audience == .client
        if isElsewhere, call.json != nil { return nil }
        guard call.row.audience == .client, !isElsewhere || !call.row.effect.isWrite else {
            // The host keeps the keys of operators' rows itself, with those of the command line.
            context.idempotencyKey = repeating.key
            let asked = context
            let outcome = try await (isElsewhere ? reading : operating).run(
                for: holder.name, reads: !call.row.effect.isWrite
            ) {
                let (answer, isReplay) = try backend.perform(id, input, asked)
                return Outcome(answer: make(answer), isReplay: isReplay)
            }
            if call.row.effect.isWrite { try await backend.written(id) }
            return outcome
        }
        guard call.row.effect.isWrite else {
            let asked = context
            // Two changes of threads cost more than a check.
            if let answer = try backend.answerAtOnce(id, input, asked) { return Outcome(answer: make(answer)) }
            return try await reading.run(for: holder.name, reads: true) {
                Outcome(answer: make(try backend.perform(id, input, asked).answer))
            }
        }
        context.keepsRejected = call.row.report == .events
        guard let outcome = try await write(call, repeating, context) else { return nil }
        try await backend.written(id)
        guard outcome.answer.isLongJSON else {
            return Outcome(answer: make(outcome.answer), isReplay: outcome.isReplay)
        }
        return try await reading.run(for: holder.name, isPart: true) {
            Outcome(answer: make(outcome.answer), isReplay: outcome.isReplay)
        }
    }

    private func write(
        _ call: PlannedCall, _ repeating: Repeating, _ context: CallContext
    ) async throws -> Outcome<Payload>? {
        let isAdmitted = writesWaiting.withLock { waiting in
            guard waiting < Self.waitingMax else { return false }
            waiting += 1
            return true
        }
        guard isAdmitted else { throw RequestThreads.full }
        defer { writesWaiting.withLock { $0 -= 1 } }
        let hasGone = Atomic(false)
        return try await withTaskCancellationHandler {
            try await writes.write { transaction in
                // What was begun is done, whoever waits for it.
                if hasGone.load(ordering: .relaxed) { throw WireError.gone }
                return try Self.write(call, repeating, context, in: transaction)
            }
        } onCancel: {
            hasGone.store(true, ordering: .relaxed)
        }
    }

    /// The effect and what is kept of it, in one savepoint of the transaction.
    private static func write(
        _ call: PlannedCall, _ repeating: Repeating, _ context: CallContext, in transaction: RunTransaction
    ) throws -> Outcome<Payload>? {
        if let json = call.json {
            return try transaction.perform(call.row.id, json: json, in: context).map { Outcome(answer: $0) }
        }
        let keys = RequestKeys(transaction.connection, now: context.now)
        let id = call.row.id
        if let key = repeating.key {
            switch try keys.find(.key(key), of: id, call.input) {
            case .answer(let answer): return Outcome(answer: answer, isReplay: true)
            case .otherInput:
                throw OperationError(
                    .idempotencyConflict,
                    "\(id.rawValue): the Idempotency-Key \"\(key)\" was used with another input; use a new key for a new intent"
                )
            case nil: break
            }
        }
        let answer: Payload
        do {
            answer = try transaction.savepoint { try transaction.perform(id, call.input, in: context) }
        } catch let error as OperationError where repeating.isRetry {
            guard let answer = try Self.answer(to: call, afterItsAnswerWasLost: error, keys) else { throw error }
            return Outcome(answer: answer, isReplay: true)
        }
        if let key = repeating.key { try keys.keep(answer, as: .key(key), of: id, call.input) }
        if call.row.refusesRepeats { try keys.keep(answer, as: .made, of: id, call.input) }
        return Outcome(answer: answer)
    }

    /// What a repeat is answered that is refused because what it asks for is so already: by this very request, whose answer
    /// was lost on its way, or by somebody else. Nil where it is not so.
    private static func answer(
        to call: PlannedCall, afterItsAnswerWasLost error: OperationError, _ keys: RequestKeys
    ) throws -> Payload? {
        let isOfMade = error.code == .duplicatedEntity
        if let present = error.present, !isOfMade { return present }
        if call.row.refusesRepeats, error.code.maySayDone || call.row.route.method == .delete,
            case .answer(let kept) = try keys.find(.made, of: call.row.id, call.input)
        {
            return kept
        }
        return error.present.flatMap { call.row.hasMade($0, by: call.input) ? $0 : nil }
    }
}

extension Payload {
    /// Whether its JSON is so long that it takes a while to write.
    var isLongJSON: Bool {
        var left = 16 << 10
        return !isWritten(within: &left)
    }

    private func isWritten(within left: inout Int) -> Bool {
        left -= 2
        switch self {
        case .string(let text), .number(let text): left -= text.utf8.count
        case .array(let items): return items.allSatisfy { $0.isWritten(within: &left) }
        case .object(let members):
            return members.allSatisfy { name, member in
                left -= name.utf8.count
                return member.isWritten(within: &left)
            }
        default: break
        }
        return left > 0
    }
}
