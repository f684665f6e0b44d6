public import TidemillCore
public import TidemillOperations
public import TidemillRuns
public import TidemillStore

/// What the server works with once its store is open.
public struct ServedBackend: Sendable {
    public typealias Perform =
        @Sendable (OperationID, Payload, CallContext) throws(OperationError) -> (answer: Payload, isReplay: Bool)

    public let store: any Store
    /// Performs any row of the table, blocking its caller; says whether it answers what an earlier call with the context's
    /// key came to.
    public let perform: Perform
    /// Answers what takes neither a write nor a wait, on whatever thread; nil for anything else.
    public let answerAtOnce: @Sendable (OperationID, Payload, CallContext) throws(OperationError) -> Payload?
    /// Writes of clients: many requests share a transaction.
    public let writes: RunBackend
    /// Whether clients' operations are performed at a service elsewhere, which shares no transaction.
    public let isElsewhere: Bool
    public let now: @Sendable () -> Timestamp
    /// Told of each write, once it is durable and before it is answered.
    public let written: @Sendable (OperationID) async throws -> Void

    public init(
        store: any Store, writes: RunBackend, isElsewhere: Bool = false, now: @escaping @Sendable () -> Timestamp,
        written: @escaping @Sendable (OperationID) async throws -> Void = { _ in },
        answerAtOnce: @escaping @Sendable (OperationID, Payload, CallContext) throws(OperationError) -> Payload?,
        perform: @escaping Perform
    ) {
        self.store = store
        self.writes = writes
        self.isElsewhere = isElsewhere
        self.now = now
        self.written = written
        self.answerAtOnce = answerAtOnce
        self.perform = perform
    }
}
