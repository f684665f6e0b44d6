/// Something that can perform operations: the embedded engine, a remote API, or a decorator around another one. One
/// requirement, so that a decorator is one method.
public protocol OperationBackend: Sendable {
    func perform(_ id: OperationID, _ input: Payload, in context: CallContext) async throws(OperationError) -> Payload
}

/// Answers at once, on the caller's thread: for jobs, whose reads come one after the other.
public protocol OperationReading: Sendable {
    func performNow(_ id: OperationID, _ input: Payload, in context: CallContext) throws(OperationError) -> Payload
}

extension OperationBackend {
    /// The typed call.
    public func perform<Operation: ClientOperation>(
        _ operation: Operation.Type, _ input: Operation.Input, in context: CallContext
    ) async throws(OperationError) -> Operation.Output {
        let id = Operation.row.id
        let answer = try await perform(id, Operation.Input.shape.encode(input, nulls: .omitted), in: context)
        return try Operation.Output.shape.decode(answer, as: "\(id.rawValue)'s answer")
    }
}
