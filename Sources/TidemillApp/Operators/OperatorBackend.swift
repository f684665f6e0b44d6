import Foundation
import Synchronization
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillScripting
import TidemillStore

/// Performs every row of the table: the API's with the engine, operators' with all that the program has around it. The
/// command line asks it, jobs look with it, and whatever serves the table to others gets all rows from it.
final class OperatorBackend: OperationBackend {
    let app: AppAssembly
    /// Performs the API's rows.
    let engine: Engine
    let scripts: LateScripts
    /// What takes records in this process; nil where nothing does yet. There is one engine in a process that takes events.
    private let ingest: AppAssembly.Ingest?
    /// Whether nobody brought the catalog of the scripts into the store when this process began.
    private let isCommand: Bool
    /// Repeats of a key wait for the first one, in this process; a few keys share a turn.
    private let turns = (0..<64).map { _ in NSRecursiveLock() }

    /// Around an engine that takes events already.
    init(_ app: AppAssembly, engine: Engine, scripts: LateScripts) {
        self.app = app
        self.engine = engine
        self.scripts = scripts
        ingest = nil
        isCommand = false
    }

    /// Beside a worker in the same process: what is retried goes through its engine.
    init(_ app: AppAssembly, beside ingest: AppAssembly.Ingest, scripts: LateScripts) {
        self.app = app
        engine = ingest.engine
        self.scripts = scripts
        self.ingest = ingest
        isCommand = false
    }

    /// What rejected records are tried again with.
    func retry() throws -> RejectedRetry {
        if let ingest { return ingest.retry }
        let scripts = try scripts.inForce()
        return try app.ingest(rules: { scripts.rules }).retry
    }

    /// For a command: the scripts are loaded when a row needs them. Most do not.
    init(_ app: AppAssembly, scripts: LateScripts) throws {
        self.app = app
        self.scripts = scripts
        ingest = nil
        isCommand = true
        engine = try Engine(
            store: app.store, settings: app.config.engineSettings, events: LateDecoder(app: app, scripts: scripts))
    }

    nonisolated(nonsending) func perform(
        _ id: OperationID, _ input: Payload, in context: CallContext
    ) async throws(OperationError) -> Payload {
        if let service = app.service, Self.handler(of: id) == nil {
            return try await service.perform(id, input, in: context)
        }
        return try performNow(id, input, in: context)
    }

    /// As `perform`, without suspending.
    func performNow(_ id: OperationID, _ input: Payload, in context: CallContext) throws(OperationError) -> Payload {
        try performKeyed(id, input, in: context).answer
    }

    /// As `performNow`, and says whether an operator's row answers what an earlier call with the key came to.
    func performKeyed(
        _ id: OperationID, _ input: Payload, in context: CallContext
    ) throws(OperationError) -> (answer: Payload, isReplay: Bool) {
        do throws(OperationError) { return try answer(id, input, in: context) } catch { throw declared(error) }
    }

    /// What the scripts of the folder declare and the store has not yet needs no making.
    private func declared(_ error: OperationError) -> OperationError {
        // Scripts that are broken are told by `tidemill check`.
        guard isCommand, let missing = error.missing, let rules = try? app.declaredRules(), let catalog = rules.catalog
        else { return error }
        var near: String?
        var item = CatalogProblem(declaring: missing, in: catalog)
        // What the store has is meant before what waits.
        if item == nil, !error.message.contains("did you mean") {
            near = CatalogProblem.nearest(to: missing, in: catalog)
            item = near.flatMap { CatalogProblem(declaring: missing.named($0), in: catalog) }
        }
        guard let item else { return error }
        let place = ScriptProblem(item, in: rules.declarations)
        return error.declared(at: "\(place.file):\(place.line)", near: near)
    }

    private func answer(
        _ id: OperationID, _ input: Payload, in context: CallContext
    ) throws(OperationError) -> (answer: Payload, isReplay: Bool) {
        guard let handler = Self.handler(of: id) else {
            if let service = app.service { return (try service.performWaiting(id, input, in: context), false) }
            return (try engine.performNow(id, input, in: context), false)
        }
        let row = OperationTable.row(id)
        guard !context.dryRun || !row.effect.isWrite else {
            throw OperationError(.operationNotAvailable, "\(id.rawValue) cannot be taken back: it has no dry run")
        }
        do {
            return try handler.answer(input, by: self, in: context)
        } catch let error as OperationError {
            throw error
        } catch let error as StoreError {
            throw OperationError(
                error.isTransient ? .storeUnavailable : .storeFailed, "\(id.rawValue): \(error.message)", cause: error)
        } catch let failure as CommandFailure {
            throw OperationError(
                OperationError.Code(rawValue: failure.code) ?? .storeFailed,
                "\(id.rawValue): \(failure.messages.joined(separator: "; "))", cause: failure)
        } catch {
            throw OperationError(.storeFailed, "\(id.rawValue): \(error)", cause: error)
        }
    }

    fileprivate func inTurn<T>(of key: String, _ body: () throws -> T) rethrows -> T {
        try turns[Int(key.hashValue.magnitude % UInt(turns.count))].withLock(body)
    }

    /// One transaction of an operator's write. A repeat of its key finds what the first one answered, and does nothing; the
    /// same key for something else is refused.
    func write<Operation: OperatorOperation>(
        _ operation: Operation.Type, _ input: Operation.Input, in context: CallContext,
        _ body: (any SQLConnection) throws -> Operation.Output
    ) throws -> Operation.Output {
        try app.store.write { connection in
            let keyed = KeyedWrite(operation, input, in: context, on: connection)
            if let kept = try keyed.kept() { return kept }
            let output = try body(connection)
            try keyed.keep(output)
            return output
        }
    }

    /// Leaves the row of the audit that belongs to a write, in its transaction.
    func audit(
        _ id: OperationID, customer: CustomerID? = nil, _ details: Payload, reason: String?, in context: CallContext,
        on connection: any SQLConnection
    ) throws {
        try AuditTrail.record(
            id.rawValue, customer: customer, details, by: AuditTrail.Actor(context), reason: reason ?? context.reason,
            at: context.now, on: connection)
    }
}

/// A row that takes more than the engine.
protocol OperatorOperation: ClientOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output
}

extension OperatorOperation {
    fileprivate static func answer(
        _ input: Payload, by host: OperatorBackend, in context: CallContext
    ) throws -> (answer: Payload, isReplay: Bool) {
        let decoded = try Input.shape.decode(input, as: row.id.rawValue)
        guard row.effect.isWrite, let key = context.idempotencyKey else {
            return (Output.shape.encode(try perform(decoded, by: host, in: context), nulls: row.nulls), false)
        }
        guard !row.tellsSecret else {
            throw OperationError(
                .badUserInput,
                "\(row.id.rawValue) takes no idempotency key: it answers a secret, which is kept nowhere and cannot be told again; ask without one"
            )
        }
        return try host.inTurn(of: key) {
            // First of all: what the operation asks before it writes may be otherwise by now.
            let kept = try host.app.store.read { try KeyedWrite(Self.self, decoded, in: context, on: $0).kept() }
            if let kept { return (Output.shape.encode(kept, nulls: row.nulls), true) }
            let output = try perform(decoded, by: host, in: context)
            // Those that take several transactions can go on where they were interrupted: theirs is kept at the end.
            try host.app.store.write { connection in
                let keyed = KeyedWrite(Self.self, decoded, in: context, on: connection)
                if try keyed.kept() == nil { try keyed.keep(output) }
            }
            return (Output.shape.encode(output, nulls: row.nulls), false)
        }
    }
}

/// An operator's write under the key of its call.
struct KeyedWrite<Operation: OperatorOperation> {
    private let key: String?
    private let input: Payload
    private let now: Timestamp
    private let keys: IdempotencyKeys

    init(
        _ operation: Operation.Type, _ input: Operation.Input, in context: CallContext,
        on connection: any SQLConnection
    ) {
        key = context.idempotencyKey
        // Left out or null is one: what is compared is what was understood.
        self.input = Operation.Input.shape.encode(input, nulls: .omitted)
        now = context.now
        keys = IdempotencyKeys(connection: connection, customer: nil)
    }

    /// What an earlier call with the key answered.
    func kept() throws -> Operation.Output? {
        guard let key, let kept = try keys.answer(to: Operation.row.id, input, key: key) else { return nil }
        return try Operation.Output.shape.decode(kept, as: "the stored answer of \(Operation.row.id.rawValue)")
    }

    func keep(_ output: Operation.Output) throws {
        guard let key else { return }
        try keys.keep(Operation.Output.shape.encode(output), of: Operation.row.id, input, key: key, now: now)
    }
}

/// The scripts in force, loaded when somebody needs them.
final class LateScripts: Sendable {
    private let load: @Sendable () throws -> ScriptsInForce
    private let loaded: Mutex<ScriptsInForce?>

    init(load: @escaping @Sendable () throws -> ScriptsInForce) {
        self.load = load
        loaded = Mutex(nil)
    }

    init(_ scripts: ScriptsInForce) {
        load = { scripts }
        loaded = Mutex(scripts)
    }

    func inForce() throws -> ScriptsInForce {
        try loaded.withLock { known in
            if let known { return known }
            let scripts = try load()
            known = scripts
            return scripts
        }
    }
}

/// Decodes the events that a command reports, under scripts that are loaded with the first of them.
private struct LateDecoder: EventDecoding {
    let app: AppAssembly
    let scripts: LateScripts

    func decode(
        _ events: [Payload], call: String, in context: CallContext, identityKey: [UInt8], fields: any MeteredFields
    ) throws -> RecordBatch {
        let scripts = try scripts.inForce()
        return try ReportedEventDecoder(options: app.ingestOptions) { scripts.rules }
            .decode(events, call: call, in: context, identityKey: identityKey, fields: fields)
    }

    func decode(
        json: [UInt8], call: String, in context: CallContext, identityKey: [UInt8], fields: any MeteredFields
    ) throws -> RecordBatch? {
        let scripts = try scripts.inForce()
        return try ReportedEventDecoder(options: app.ingestOptions) { scripts.rules }
            .decode(json: json, call: call, in: context, identityKey: identityKey, fields: fields)
    }
}
