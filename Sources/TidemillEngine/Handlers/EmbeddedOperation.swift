import TidemillCore
import TidemillOperations
import TidemillStore

/// An operation that the engine performs: a synchronous function over the open transaction.
protocol EmbeddedOperation: ClientOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output
}

/// What a handler may touch: the transaction, and what is known about the call.
final class CallScope {
    let connection: any SQLConnection
    let context: CallContext
    let maxFutureSeconds: Int64
    private let makeID: @Sendable () -> String
    /// Set by a handler that found its input applied already.
    var isRepeat = false

    init(
        connection: any SQLConnection, context: CallContext, maxFutureSeconds: Int64,
        makeID: @escaping @Sendable () -> String
    ) {
        self.connection = connection
        self.context = context
        self.maxFutureSeconds = maxFutureSeconds
        self.makeID = makeID
    }

    /// The instant of the call, and that of the arrival of what it reports, in milliseconds: the API's precision.
    var now: Timestamp { context.now.wholeMilliseconds }
    var receivedAt: Timestamp { context.receivedAt.wholeMilliseconds }
    func newID() -> String { makeID() }

    var customers: CustomerTable { CustomerTable(connection: connection) }
    var products: ProductTable { ProductTable(connection: connection) }
    var features: FeatureTable { FeatureTable(connection: connection) }
    var usage: CalculatedUsage { CalculatedUsage(connection: connection) }

    /// The same call on behalf of a record that arrived earlier.
    func scope(for context: CallContext) -> CallScope {
        CallScope(connection: connection, context: context, maxFutureSeconds: maxFutureSeconds, makeID: makeID)
    }
}

extension Timestamp {
    var wholeMilliseconds: Timestamp {
        Timestamp(microseconds: microseconds.flooredDivision(by: 1000) * 1000)
    }
}
