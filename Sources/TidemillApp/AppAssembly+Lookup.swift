import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillScripting

extension AppAssembly {
    /// What scripts look up: a snapshot of the store.
    func lookup() throws -> ScriptLookup {
        if let service { return ServiceLookup(service, clock: clock).look }
        let snapshot = ScriptSnapshot(try engine(), clock: clock)
        return { request throws(EffectError) in
            do throws(OperationError) {
                switch request {
                case .customer(let id): return try snapshot.customer(id)
                case .subscriptions(let id): return try snapshot.subscriptions(id)
                case .entitlement(let customer, let feature): return try snapshot.entitlement(customer, feature)
                }
            } catch {
                throw EffectError(error)
            }
        }
    }
}
