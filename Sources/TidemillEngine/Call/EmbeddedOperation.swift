import TidemillCore
import TidemillOperations

/// An operation that the engine performs.
protocol EngineOperation: ClientOperation {
    /// Performs it before a transaction is begun; nil where it is to be performed in one.
    static func answer(_ input: Payload, in context: CallContext, by engine: any OperationEngine) throws -> Payload?
    /// Performs it in the open transaction; in `transaction` where that is one of the engine's.
    static func answer(
        _ input: Payload, in scope: CallScope, _ transaction: (any OperationTransaction)?,
        by engine: any OperationEngine
    ) throws -> Payload
}

/// What the engine does for operations beyond an open transaction.
protocol OperationEngine: Sendable {
    /// A check of a feature, answered from what was resolved before as long as nobody has committed since.
    func check(_ input: CheckEntitlement.Input, _ feature: FeatureID, in context: CallContext) throws -> FeatureAccess
    /// Takes reported events, in a transaction of their own.
    func report(_ input: Payload, in context: CallContext) throws -> Payload
}

/// A transaction of the engine, as operations see it.
protocol OperationTransaction: AnyObject {
    /// Takes reported events in here.
    func report(_ input: Payload, in context: CallContext) throws -> Payload
}

/// An operation that is a synchronous function over the open transaction.
protocol EmbeddedOperation: EngineOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output
}

extension EmbeddedOperation {
    static func answer(_ input: Payload, in context: CallContext, by engine: any OperationEngine) throws -> Payload? {
        nil
    }

    static func answer(
        _ input: Payload, in scope: CallScope, _ transaction: (any OperationTransaction)?,
        by engine: any OperationEngine
    ) throws -> Payload {
        let row = row
        let decoded = try Input.shape.decode(input, as: row.id.rawValue)
        return Output.shape.encode(try perform(decoded, in: scope), nulls: row.nulls)
    }
}
