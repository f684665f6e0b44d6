import TidemillCore
import TidemillOperations

/// Whom a trigger is about: found wherever the payload has it (SEMANTICS, "Webhooks").
enum TriggerCustomer {
    private static let names = ["customerId", "customer_id", "customerRefId", "refId"]
    private static let depthMax = 4

    static func find(in payload: Payload) -> CustomerID? {
        // The customer's own object first: a field of that name elsewhere may be somebody else's, such as who pays.
        for name in names.prefix(2) {
            if let id = text(payload[name]) { return CustomerID(id) }
        }
        if let customer = payload["customer"] {
            if let id = text(customer) { return CustomerID(id) }
            for name in ["id"] + names {
                if let id = text(customer[name]) { return CustomerID(id) }
            }
        }
        return search(payload, depth: 0)
    }

    private static func search(_ payload: Payload, depth: Int) -> CustomerID? {
        guard depth < depthMax, case .object(let members) = payload else { return nil }
        for name in names.prefix(3) {
            if let id = text(members[name]) { return CustomerID(id) }
        }
        if let customer = members["customer"] {
            for name in ["id", "customerId"] {
                if let id = text(customer[name]) { return CustomerID(id) }
            }
            if let id = text(customer) { return CustomerID(id) }
        }
        for (_, member) in members.sorted(by: { $0.key < $1.key }) {
            if let found = search(member, depth: depth + 1) { return found }
        }
        return nil
    }

    private static func text(_ value: Payload?) -> String? {
        guard let text = value?.text, (1...255).contains(text.utf8.count) else { return nil }
        return text
    }
}
