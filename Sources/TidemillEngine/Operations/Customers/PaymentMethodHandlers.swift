import TidemillCore
import TidemillOperations

extension AttachPaymentMethod: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Customer {
        var customer = try scope.customers.require(input.id, for: .attachPaymentMethod)
        guard customer.archivedAt == nil else { throw CustomerTable.archived(input.id, .attachPaymentMethod) }
        // What kind of method it is, only the billing provider knows.
        customer.defaultPaymentMethod = PaymentMethod(
            billingID: input.paymentMethodID, type: nil, cardBrand: nil, cardExpiryMonth: nil, cardExpiryYear: nil,
            cardLast4Digits: nil, walletType: nil)
        customer.billingCurrency = input.billingCurrency ?? customer.billingCurrency
        let old = customer.integrations ?? []
        let known = old.first { $0.id == input.integrationID }
        let link = IntegrationLink(
            id: input.integrationID, vendorIdentifier: input.vendorIdentifier, syncedEntityID: known?.syncedEntityID)
        customer.integrations = old.filter { $0.id != input.integrationID } + [link]
        customer.updatedAt = scope.now
        try scope.update(customer)
        return customer
    }
}

extension DetachPaymentMethod: EmbeddedOperation {
    static func perform(_ input: CustomerReference, in scope: CallScope) throws -> Customer {
        var customer = try scope.customers.require(input.id, for: .detachPaymentMethod)
        guard customer.defaultPaymentMethod != nil else {
            throw OperationError(
                .paymentMethodNotFound,
                "detachPaymentMethod: the customer \"\(input.id)\" has no payment method; there is nothing to do"
            ).presenting(customer)
        }
        customer.defaultPaymentMethod = nil
        customer.updatedAt = scope.now
        try scope.update(customer)
        return customer
    }
}
