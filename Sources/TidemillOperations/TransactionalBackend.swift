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

    /// As `perform`, for a row with `recordsField`, by the JSON of an input: records go on as they came, without becoming
    /// values in between. Nil, with nothing done, where anything must be said about the input: `perform` says it.
    func perform(_ id: OperationID, json: [UInt8], in context: CallContext) throws(OperationError) -> Payload?

    /// Runs `body`; when it throws, undoes what `body` did, and nothing else, and throws on.
    func savepoint<T>(_ body: () throws -> T) throws -> T
}

extension BackendTransaction {
    public func perform(_ id: OperationID, json: [UInt8], in context: CallContext) throws(OperationError) -> Payload? {
        nil
    }
}
