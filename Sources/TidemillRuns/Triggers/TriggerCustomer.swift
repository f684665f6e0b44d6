import TidemillCore
import TidemillOperations

/// Whom a trigger is about: found wherever the payload has it (semantics.md, "Webhooks").
enum TriggerCustomer {
    private static let names = ["customerId", "customer_id", "customerRefId", "refId"]
    /// Objects and lists inside of each other that are looked into: as deep as documents are read.
    private static let depthMax = Payload.depthMax
    /// Items of a list that are looked at.
    private static let itemsMax = 100

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
        return search(payload, depth: 0) ?? entity(of: payload)
    }

    /// `customer.created` and its like are about the customer itself: its fields lie beside `type`, and `id` is the
    /// customer's. In an envelope, the entity's, not the envelope's own.
    private static func entity(of payload: Payload) -> CustomerID? {
        guard let type = payload["type"]?.text, type.hasPrefix("customer.") else { return nil }
        let inner = [payload["data"]?["object"], payload["data"], payload["payload"]].compactMap { $0 }
        let places = payload["object"] == "event" ? inner : [payload] + inner
        for place in places {
            for name in ["id"] + names {
                if let id = text(place[name]) { return CustomerID(id) }
            }
        }
        return nil
    }

    private static func search(_ payload: Payload, depth: Int) -> CustomerID? {
        guard depth < depthMax else { return nil }
        if case .array(let items) = payload {
            // A list that names several is about none of them.
            let found = Set(items.prefix(itemsMax).compactMap { search($0, depth: depth + 1) })
            return found.count == 1 ? found.first : nil
        }
        guard case .object(let members) = payload else { return nil }
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
        guard let text = value?.idText, (1...255).contains(text.utf8.count) else { return nil }
        return text
    }
}
