/// Something that can perform operations: the embedded engine, a remote API, or a decorator around another one. One
/// requirement, so that a decorator is one method.
public protocol OperationBackend: Sendable {
    /// On the caller's executor: a backend that works in place may block it as long as one operation takes.
    nonisolated(nonsending) func perform(
        _ id: OperationID, _ input: Payload, in context: CallContext
    ) async throws(OperationError) -> Payload
}

extension OperationBackend {
    /// The typed call.
    public nonisolated(nonsending) func perform<Operation: ClientOperation>(
        _ operation: Operation.Type, _ input: Operation.Input, in context: CallContext
    ) async throws(OperationError) -> Operation.Output {
        let id = Operation.row.id
        let answer = try await perform(id, Operation.Input.shape.encode(input, nulls: .omitted), in: context)
        return try Operation.Output.shape.decode(answer, as: "\(id.rawValue)'s answer")
    }
}
