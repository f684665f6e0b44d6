import TidemillCore
import TidemillOperations

/// Every change of a customer goes through here: it is written and announced.
extension CallScope {
    func insert(_ customer: Customer) throws {
        try customers.insert(customer)
        try CustomerCoupons.note(customer, in: self)
        try announce(.customer("customer.created", customer))
    }

    func update(_ customer: Customer) throws {
        try customers.update(customer)
        try CustomerCoupons.note(customer, in: self)
        try notePaymentMethod(of: customer)
        try announce(.customer("customer.updated", customer))
    }

    /// Archives the customer: the API calls that a deletion.
    func archive(_ customer: Customer) throws {
        try customers.update(customer)
        try announce(.customer("customer.deleted", customer))
    }
}

extension EngineEvent {
    static func customer(_ type: String, _ customer: Customer) -> EngineEvent {
        EngineEvent(type, customer.id, customerBlock(customer))
    }

    /// The customer as webhooks show it.
    static func customerBlock(_ customer: Customer) -> TextMap<Payload> {
        let salesforce = customer.integrations?.first { $0.vendorIdentifier == .salesforce }?.syncedEntityID
        return [
            "id": .string(customer.id.text), "entityId": .string(customer.id.text), "name": .text(customer.name),
            "email": .text(customer.email), "billingId": .text(customer.billingID), "crmId": .null,
            "salesforceId": .text(salesforce), "billingCurrency": .text(customer.billingCurrency),
            "metadata": .object(customer.metadata.mapValues { .string($0) }),
        ]
    }
}

extension Payload {
    /// A text, or null for none.
    static func text(_ text: String?) -> Payload { text.map { .string($0) } ?? .null }
}
