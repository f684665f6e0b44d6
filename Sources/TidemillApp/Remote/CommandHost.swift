import TidemillOperations

/// Whom a command asks: the store of this machine, or a server by `--url`.
protocol CommandHost: Sendable {
    /// The call of a person at the command line.
    func context(reason: String?) -> CallContext
    func performNow(_ id: OperationID, _ input: Payload, in context: CallContext) throws(OperationError) -> Payload
}

extension OperatorBackend: CommandHost {
    func context(reason: String?) -> CallContext { app.context(reason: reason) }
}

extension GlobalOptions {
    /// Whoever has all rows of the table.
    func host(_ output: Output) throws -> any CommandHost {
        if let url { return try RemoteHost(url, trusting: ca) }
        return try AppAssembly(self).operators(output)
    }
}
