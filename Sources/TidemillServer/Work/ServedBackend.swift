public import TidemillCore
public import TidemillOperations
public import TidemillRuns
public import TidemillStore

/// What the server works with once its store is open.
public struct ServedBackend: Sendable {
    public let store: any Store
    /// Performs any row of the table, blocking its caller.
    public let perform: @Sendable (OperationID, Payload, CallContext) throws(OperationError) -> Payload
    /// Answers what takes neither a write nor a wait, on whatever thread; nil for anything else.
    public let answerAtOnce: @Sendable (OperationID, Payload, CallContext) throws(OperationError) -> Payload?
    /// Writes of clients: many requests share a transaction.
    public let writes: RunBackend
    public let now: @Sendable () -> Timestamp
    /// Told of each write, once it is durable and before it is answered.
    public let written: @Sendable (OperationID) async throws -> Void

    public init(
        store: any Store, writes: RunBackend, now: @escaping @Sendable () -> Timestamp,
        written: @escaping @Sendable (OperationID) async throws -> Void = { _ in },
        answerAtOnce: @escaping @Sendable (OperationID, Payload, CallContext) throws(OperationError) -> Payload?,
        perform: @escaping @Sendable (OperationID, Payload, CallContext) throws(OperationError) -> Payload
    ) {
        self.store = store
        self.writes = writes
        self.now = now
        self.written = written
        self.answerAtOnce = answerAtOnce
        self.perform = perform
    }
}
