import TidemillOperations

extension OperatorBackend {
    /// Performs an operation of the engine as a part of another: what is refused is told in the name of that one, which
    /// was asked.
    func performInner(
        _ id: OperationID, _ input: Payload, for outer: OperationID, in context: CallContext
    ) throws(OperationError) -> Payload {
        do throws(OperationError) {
            return try performNow(id, input, in: context)
        } catch {
            let name = "\(id.rawValue): "
            guard error.message.hasPrefix(name) else { throw error }
            throw error.worded("\(outer.rawValue): \(error.message.dropFirst(name.count))")
        }
    }
}
