public import TidemillOperations

/// What `lookup` asks for: a read-only snapshot. The answer is null for what is unknown.
public enum LookupRequest: Sendable, Hashable {
    case customer(String)
    case subscriptions(String)
    case entitlement(customer: String, feature: String)

    init(_ name: String, _ arguments: Payload) throws(EffectError) {
        let items = arguments.items ?? []
        let ids = items.compactMap(\.text)
        guard ids.allSatisfy({ (1...255).contains($0.utf8.count) }) else {
            throw .badInput("\(name): an id has 1 to 255 bytes")
        }
        switch (name, ids.count) {
        case ("lookup.customer", 1): self = .customer(ids[0])
        case ("lookup.subscriptions", 1): self = .subscriptions(ids[0])
        case ("lookup.entitlement", 2): self = .entitlement(customer: ids[0], feature: ids[1])
        default:
            let expected = name == "lookup.entitlement" ? "a customer's id and a feature's" : "a customer's id"
            let got = items.isEmpty ? "nothing" : items.map(\.kind).joined(separator: " and ")
            throw .badInput("\(name) takes \(expected), got \(got)")
        }
    }
}

/// Answers lookups of filters, mappings, policies and grant rules at once, on the thread that runs Lua.
public typealias ScriptLookup = @Sendable (LookupRequest) throws(EffectError) -> Payload

/// Answers `wallet.consumed(window)` at once, on the thread that runs Lua.
public typealias WalletConsumption = @Sendable (Duration) throws(EffectError) -> Payload
