import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

extension ListLateUsage: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        try host.app.store.read { try TooLateUsage($0).page(of: input) }
    }
}

extension DecideLateUsage: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        var decided: Int64 = 0
        // A piece a transaction, so that others write in between; one that is interrupted is called again and goes on.
        while true {
            let count = try host.app.store.write { try piece(input, by: host, in: context, on: $0) }
            decided += count
            if count == TooLateUsage.pieceMax, input.ids == nil { continue }
            guard decided > 0 || input.ids == nil else {
                throw OperationError(
                    .notFound,
                    "decideLateUsage: none of the usage that was chosen waits for a decision; listLateUsage lists what does"
                )
            }
            return Output(decided: decided)
        }
    }

    private static func piece(
        _ input: Input, by host: OperatorBackend, in context: CallContext, on connection: any SQLConnection
    ) throws -> Int64 {
        let (count, customers) = try TooLateUsage(connection).decide(
            input, at: context.now, settings: host.app.config.engineSettings)
        for customer in customers {
            try host.audit(
                .decideLateUsage, customer: customer,
                ["decision": .string(input.decision.rawValue), "decided": .integer(count)], reason: input.reason,
                in: context, on: connection)
        }
        return count
    }
}
