import Synchronization
import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillStore

/// What an attempt's effects go through: what the journal holds is answered from it; what is new is performed, and
/// entered in the transaction of its write. So a run that dies anywhere repeats itself up to where it was and goes on.
///
/// What changes nothing, reads and calls that failed, is entered with the next write, or when the run is done. An attempt
/// that ends before that asks anew: nothing followed from the answers, and what failed then may be well now.
final class RunJournal: RunEffects {
    /// Reads that wait for the next write: more are entered by themselves.
    private static let readsMax = 256
    private static let bytesMax = 1 << 20
    private static let pageSteps: Int64 = 200

    let run: Run
    let tools: RunTools
    let state: Mutex<State>

    struct State {
        var segment: Int64
        /// Whether the function began anew in a later segment: before it is where the journal begins, it asks for what
        /// it needs to find its way there.
        var isRestart: Bool
        /// Steps of the segment that are in the store, and how many of them the run has come by.
        var stored: Int64
        var passed: Int64 = 0
        /// A page of them, from the next one on.
        var ahead: [RunStep] = []
        /// What changed nothing and is not entered yet.
        var reads: [RunStep] = []
        var readBytes = 0
        /// What an execution before this one read that still holds, and is not entered either.
        var carried: [RunStep] = []
        /// What the run's value is that a restart gets.
        var saved: Payload
        var marks = StateMarks()
        /// What a `state.update` under way goes by.
        var updating: RunStep?
        /// Up to where the journal holds, where the run was abandoned for a value that another run has changed.
        var overtakenAfter: Int64?
        /// Whether such a change was told to the script.
        var hasConflict = false
        var mismatch: String?
        var trouble: String?
        /// Why the hosted service did not do what it was asked for.
        var service: OperationError?

        /// The number of the next step that is new.
        var next: Int64 { stored + Int64(reads.count) + 1 }
        /// Whether all that was done before has been come by.
        var isNew: Bool { passed >= stored && carried.isEmpty }

        mutating func pass() {
            if passed < stored {
                passed += 1
                ahead.removeFirst()
            } else {
                reads.append(carried.removeFirst())
            }
        }
    }

    /// - Parameter carried: what an execution before this one read after what is entered.
    init(_ run: Run, _ tools: RunTools, carrying carried: [RunStep] = []) {
        self.run = run
        self.tools = tools
        state = Mutex(
            State(
                segment: run.segment, isRestart: run.segment > 0, stored: run.steps, carried: carried,
                saved: run.saved))
    }

    /// How the script differs from the journal, where the run was abandoned for that.
    var mismatch: String? { state.withLock { $0.mismatch } }
    /// Whether the run was abandoned for a value that another run has changed: `restarted` goes on.
    var isOvertaken: Bool { state.withLock { $0.overtakenAfter != nil } }
    /// Whether the script was told of such a change: the journal holds what it read, so that no retry gets further.
    var hasConflict: Bool { state.withLock { $0.hasConflict } }
    /// Why the store could not be written, where the run was abandoned for that.
    var trouble: String? { state.withLock { $0.trouble } }

    /// How the run ends where the hosted service, or the way to it, failed it.
    var serviceEnd: RunResult? { state.withLock { $0.service }.map { RunResult(service: $0) } }

    func log(_ line: ScriptLogLine) { tools.log(line, run) }

    nonisolated(nonsending) func perform(_ effect: RunEffect) async throws(EffectError) -> Payload {
        if case .stateReplace = effect.request { return try await replace(effect.request) }
        let isWrite = isWrite(effect.request)
        if let step = try replayed(effect, isWrite: isWrite) {
            if step.sentAt != nil { return try await finish(step, effect.request) }
            state.withLock { $0.marks.note(effect.request, step) }
            // The journal goes on in the segment that the checkpoint began.
            if case .checkpoint(let value) = effect.request { beginSegment(saved: value) }
            let answer = try Self.answer(of: step)
            if case .stateUpdate = effect.request { return Self.updated(step) }
            return answer
        }
        var step = state.withLock { state in
            RunStep(
                run: run.id, number: state.next, segment: state.segment, name: effect.name, arguments: effect.arguments,
                isWrite: false, raised: false, answer: .null, attempt: run.attempt, at: tools.clock.now, sentAt: nil)
        }
        if case .stateUpdate(let scope, let key, _) = effect.request {
            return try beginUpdate(step, of: scope, key)
        }
        if isElsewhere(effect.request) { return try await send(effect.request, step) }
        if isWrite { return try await write(effect.request, step) }
        // What the journal keeps of an error is what the script sees; its faults are about this call only.
        var refused: EffectError?
        do throws(EffectError) {
            step.answer = try await read(effect.request, at: step.at)
        } catch {
            guard case .raised(let code, let message, _) = error else { throw error }
            step.raised = true
            step.answer = ["code": .string(code), "message": .string(message)]
            refused = error
        }
        // What a restart asks before it is where the journal begins is not part of it.
        state.withLock { $0.marks.note(effect.request, step) }
        if state.withLock({ $0.isNew }) { try await keep(step) }
        if let refused { throw refused }
        return step.answer
    }

    // MARK: - What has been done before

    /// The step of the journal that the effect repeats; nil for one that is new.
    private func replayed(_ effect: RunEffect, isWrite: Bool) throws(EffectError) -> RunStep? {
        while let step = try nextStored() {
            if step.name == effect.name, step.arguments == effect.arguments {
                state.withLock { $0.pass() }
                return step
            }
            guard state.withLock({ $0.isRestart }) else { throw changed(step, effect) }
            // A restart reads its way to where the journal begins; what the first execution read there it need not.
            if !isWrite { return nil }
            if step.isWrite { throw changed(step, effect) }
            state.withLock { $0.pass() }
        }
        return nil
    }

    private func nextStored() throws(EffectError) -> RunStep? {
        let (known, segment, passed, isNew) = state.withLock { state in
            (
                state.passed < state.stored ? state.ahead.first : state.carried.first, state.segment, state.passed,
                state.isNew
            )
        }
        if isNew { return nil }
        if let known { return known }
        do {
            let page = try tools.store.read {
                try RunSteps($0).page(of: run.id, segment: segment, after: passed, limit: Self.pageSteps)
            }
            guard let first = page.first, first.number == passed + 1 else {
                throw StoreError(.corrupt, "step \(passed + 1) of run \(run.id) is missing; restore a backup")
            }
            state.withLock { $0.ahead = page }
            return first
        } catch {
            throw abandoned("\(error)")
        }
    }

    private func changed(_ step: RunStep, _ effect: RunEffect) -> EffectError {
        let was = "\(step.name) \(step.arguments.json.prefix(200))"
        let now = "\(effect.name) \(effect.arguments.json.prefix(200))"
        let why =
            isOfTheseScripts(step)
            ? "the script is the same, so that what it asks for depends on what differs between attempts, such as "
                + "run.attempt; it must ask for the same until it is past this step"
            : "the script has changed since"
        let message = "step \(step.number) was \(was), and is now \(now): \(why); what is done stays done"
        state.withLock { $0.mismatch = message }
        return .abandoned(message)
    }

    /// Whether the attempt that entered the step had the scripts of this one; where that is unknown, it had not.
    private func isOfTheseScripts(_ step: RunStep) -> Bool {
        let attempts = try? tools.store.read { try RunAttempt.list(of: run.id, on: $0) }
        let version = attempts?.first { $0.attempt == step.attempt }?.scriptVersion
        return version != nil && version == run.scriptVersion
    }

    private static func answer(of step: RunStep) throws(EffectError) -> Payload {
        guard step.raised else { return step.answer }
        throw .raised(code: step.answer["code"]?.text ?? "", message: step.answer["message"]?.text ?? "")
    }

    // MARK: - What is new

    private func isWrite(_ request: EffectRequest) -> Bool {
        switch request {
        case .client(let id, _): OperationTable.row(id).effect.isWrite
        case .stateSet, .stateUpdate, .stateReplace, .emit, .later, .cancelLater, .checkpoint: true
        case .stateGet, .now, .lookup: false
        }
    }

    private nonisolated(nonsending) func read(
        _ request: EffectRequest, at now: Timestamp
    ) async throws(EffectError) -> Payload {
        do {
            switch request {
            case .now: return Payload(now)
            case .client(let id, let input):
                let answer: Payload
                do { answer = try await tools.reads.perform(id, input, in: context(now: now, number: 0)) } catch {
                    tools.count(id, error)
                    throw error
                }
                tools.count(id, nil)
                return answer
            case .stateGet(let scope, let key):
                return try tools.store.read { connection in
                    try JobState(connection: connection).get(scope, of: run.name, key: key, now: now)
                }
            case .lookup(let request): return try tools.lookup(request)
            case .stateSet, .stateUpdate, .stateReplace, .emit, .later, .cancelLater, .checkpoint: return .null
            }
        } catch let error as EffectError {
            throw error
        } catch let error as OperationError where error.isServiceFailure {
            throw abandoned(service: error)
        } catch let error as OperationError where !error.isStoreFailure {
            throw EffectError(error)
        } catch {
            throw abandoned("\(error)")
        }
    }

    private func write(_ request: EffectRequest, _ step: RunStep) async throws(EffectError) -> Payload {
        let (context, marks) = (context(now: step.at, number: step.number), state.withLock { $0.marks })
        let (run, tools) = (run, tools)
        do {
            let done = try await enter(step) { transaction, step in
                if case .stateSet(let scope, let key, _, _) = request,
                    let print = marks.print(at: .init(scope: scope, key: key))
                {
                    let value = try JobState(connection: transaction.connection)
                        .get(scope, of: run.name, key: key, now: step.at)
                    guard StateMarks.Print(value) == print else { throw StateOvertaken() }
                }
                step.answer = try RunWrites(run: run, context: context, tools: tools, transaction: transaction)
                    .perform(request, step)
                if case .checkpoint(let value) = request {
                    try RunTable(transaction.connection).beginSegment(of: run, saved: value)
                }
            }
            state.withLock { $0.marks.note(request, done) }
            if case .checkpoint(let value) = request { beginSegment(saved: value) }
            tools.changed()
            return done.answer
        } catch is StateOvertaken {
            return try await overtaken(request, step)
        } catch let error as OperationError where !error.isStoreFailure {
            if case .client(let id, _) = request { tools.count(id, error) }
            // What it wrote before it failed went with it.
            return try await failed(step, EffectError(error), error.payload)
        } catch {
            throw abandoned("\(error)")
        }
    }

    /// Performs a step that changes something, and enters it with the reads before it, in one transaction.
    func enter(
        _ step: RunStep, _ body: @escaping @Sendable (RunTransaction, inout RunStep) throws -> Void
    ) async throws -> RunStep {
        let reads = state.withLock { $0.reads }
        let run = run
        let done = try await tools.writes.write { transaction -> RunStep in
            let connection = transaction.connection
            guard try RunTable(connection).holds(run, adding: Int64(reads.count) + 1) else { throw RunLost() }
            var step = step
            step.isWrite = true
            try body(transaction, &step)
            let steps = RunSteps(connection)
            for read in reads { try steps.append(read) }
            try steps.append(step)
            return step
        }
        entered(Int64(reads.count) + 1)
        return done
    }

    /// Keeps the error that a write came to, for the script to see it.
    func failed(
        _ step: RunStep, _ error: EffectError, _ answer: Payload
    ) async throws(EffectError) -> Payload {
        var failed = step
        failed.raised = true
        failed.answer = answer
        try await keep(failed)
        throw error
    }

    /// So many steps more are in the store.
    func entered(_ steps: Int64) {
        state.withLock { state in
            state.stored += steps
            state.passed = state.stored
            state.reads.removeAll()
            state.readBytes = 0
        }
    }

    private func beginSegment(saved: Payload) {
        state.withLock { state in
            state.segment += 1
            state.saved = saved
            state.isRestart = false
            state.stored = 0
            state.passed = 0
            state.ahead = []
            state.carried = []
        }
    }

    private func keep(_ step: RunStep) async throws(EffectError) {
        let isFull = state.withLock { state in
            state.reads.append(step)
            state.readBytes += step.answer.json.utf8.count + step.arguments.json.utf8.count
            return state.reads.count >= Self.readsMax || state.readBytes >= Self.bytesMax
        }
        guard isFull else { return }
        let reads = state.withLock { $0.reads }
        let run = run
        do {
            try await tools.writes.write { try Self.enter(reads, of: run, on: $0.connection) }
        } catch {
            throw abandoned("\(error)")
        }
        entered(Int64(reads.count))
    }

    /// Enters the reads that are left, in the transaction that ends the attempt.
    func flush(on connection: any SQLConnection) throws {
        try Self.enter(state.withLock { $0.reads }, of: run, on: connection)
    }

    private static func enter(_ reads: [RunStep], of run: Run, on connection: any SQLConnection) throws {
        guard !reads.isEmpty else { return }
        guard try RunTable(connection).holds(run, adding: Int64(reads.count)) else { throw RunLost() }
        for read in reads { try RunSteps(connection).append(read) }
    }

    func abandoned(service error: OperationError) -> EffectError {
        state.withLock { $0.service = error }
        return abandoned(error.message)
    }

    func abandoned(_ reason: String) -> EffectError {
        state.withLock { $0.trouble = $0.trouble ?? reason }
        return .abandoned(reason)
    }

    func context(now: Timestamp, number: Int64) -> CallContext {
        let segment = state.withLock { $0.segment }
        return CallContext(
            .run(id: "\(run.id)/\(segment)", sequence: number), now: now,
            idempotencyKey: number > 0 ? "\(run.id)/\(segment)/\(number)" : nil,
            actor: run.name, reason: "\(run.kind.rawValue) \(run.name), by \(run.trigger.kind.rawValue)",
            depth: run.trigger.depth)
    }
}

/// Another worker has the run now: what this one was about to do is not its own any more.
struct RunLost: Error, CustomStringConvertible {
    var description: String { "another worker has taken the run" }
}
