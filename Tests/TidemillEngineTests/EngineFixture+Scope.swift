import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

extension EngineFixture {
    /// Runs `body` as a handler would run, in a transaction of its own.
    func inScope<T>(_ body: (CallScope) throws -> T) throws -> T {
        let context = CallContext(.person, now: now)
        return try store.write { connection in
            try body(
                EngineSettings(ids: IDSource { "id" }).scope(context, on: connection))
        }
    }
}

extension EngineFixture {
    /// The operation of this name, as the API's documentation spells it.
    func operation(_ name: String) throws -> OperationID { try OperationID(named: name) }
}
