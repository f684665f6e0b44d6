import CEvents
public import TidemillOperations
public import TidemillStore

/// The engine's turn with its open transaction. What is done in it is committed together or not at all, and whoever has
/// it needs no other turn: an operation of a delivery reports its events into the delivery's own transaction.
public final class EngineTransaction: BackendTransaction, OperationTransaction {
    public let connection: any SQLConnection
    let engine: Engine
    let state: Engine.State
    /// The meters of the batch in progress: an operation in the middle may change them, and the batch goes on with those
    /// that it was decoded for.
    var batchMeters: MeterSet?
    private var memoryChanges = 0

    init(_ engine: Engine, _ state: Engine.State, _ connection: any SQLConnection) {
        self.engine = engine
        self.state = state
        self.connection = connection
    }

    /// Whether what the engine remembers follows from what was written in here.
    var hasChangedMemory: Bool { memoryChanges > 0 }

    func noteMemoryChange() { memoryChanges += 1 }

    /// Performs an operation. To be called within a savepoint where the transaction goes on after an error; when the
    /// error `isStoreFailure` it must not.
    public func perform(
        _ id: OperationID, _ input: Payload, in context: CallContext
    ) throws(OperationError) -> Payload {
        try engine.outcome(of: id, input, in: context, self).answer
    }

    public func perform(
        _ id: OperationID, json: [UInt8], in context: CallContext
    ) throws(OperationError) -> Payload? {
        guard OperationTable.row(id).report == .events else { return nil }
        return try engine.settled(id) { () -> Payload? in try engine.report(json: json, in: context, self) }
    }

    func report(_ input: Payload, in context: CallContext) throws -> Payload {
        try engine.report(input, in: context, self)
    }

    /// Runs `body`; when it throws, undoes what `body` wrote and what the engine remembers of it, and throws on.
    public func savepoint<T>(_ body: () throws -> T) throws -> T {
        let before = memoryChanges
        do {
            return try connection.savepoint(body)
        } catch {
            if memoryChanges > before {
                state.invalidate()
                // Whoever asks next reads the store again; a batch in progress is in the middle of asking.
                if batchMeters != nil { try state.dedup.reload(on: connection) }
            }
            throw error
        }
    }
}
