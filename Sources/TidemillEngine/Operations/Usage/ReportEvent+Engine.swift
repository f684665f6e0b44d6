import TidemillOperations

/// Events are decoded and go through the rules before a transaction begins. Their own keys make a repeat of the call
/// harmless.
extension ReportEvent: EngineOperation {
    static func answer(_ input: Payload, in context: CallContext, by engine: any OperationEngine) throws -> Payload? {
        try engine.report(input, in: context)
    }

    static func answer(
        _ input: Payload, in scope: CallScope, _ transaction: (any OperationTransaction)?,
        by engine: any OperationEngine
    ) throws -> Payload {
        try transaction?.report(input, in: scope.context) ?? engine.report(input, in: scope.context)
    }
}
