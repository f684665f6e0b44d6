/// A backend whose calls may be part of a transaction that others share. What the caller writes through `connection`
/// beside them is committed with them, or not at all: a job's effect and its step in the journal.
public protocol TransactionalBackend<Connection>: OperationBackend {
    /// What is written through.
    associatedtype Connection

    /// Performs `body` in one transaction. It is begun by the backend, which knows what must be held before; whoever is
    /// inside one begins no other. `body` may run twice: the last time counts.
    func transact<T>(_ body: (any BackendTransaction<Connection>) throws -> T) throws -> T
}

/// An open transaction of a backend.
public protocol BackendTransaction<Connection>: AnyObject {
    associatedtype Connection
    var connection: Connection { get }

    /// Performs an operation. When the error `isStoreFailure` the transaction must be given up; to go on after any other,
    /// call it within a `savepoint`.
    func perform(_ id: OperationID, _ input: Payload, in context: CallContext) throws(OperationError) -> Payload

    /// Runs `body`; when it throws, undoes what `body` did, and nothing else, and throws on.
    func savepoint<T>(_ body: () throws -> T) throws -> T
}
