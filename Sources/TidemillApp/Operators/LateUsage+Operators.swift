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
        try host.write(Self.self, input, in: context) { connection in
            let (count, customers) = try TooLateUsage(connection).decide(input, at: context.now)
            for customer in customers {
                try host.audit(
                    .decideLateUsage, customer: customer,
                    ["decision": .string(input.decision.rawValue), "decided": .integer(count)], reason: input.reason,
                    in: context, on: connection)
            }
            return Output(decided: count)
        }
    }
}
