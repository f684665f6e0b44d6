import TidemillCore
import TidemillOperations

extension ImportCustomers: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        let ids = input.customers.map(\.id)
        guard Set(ids).count == ids.count else {
            throw OperationError(
                .badUserInput, "importCustomers: 'customers' must hold different customers, got an id twice")
        }
        var created: [String] = []
        for (index, imported) in input.customers.enumerated() {
            if let customer = try scope.customers.find(imported.id) {
                let merged = merge(imported, into: customer, at: scope.now)
                if customer.archivedAt != nil {
                    // The import of the day before, given again, changes nothing. Nobody notices a change of what is put away.
                    var same = merged
                    same.updatedAt = customer.updatedAt
                    guard StoredBody.encode(same) != StoredBody.encode(customer) else { continue }
                    throw CustomerTable.archived(imported.id, .importCustomers)
                        .located(at: "customers[\(index)]", in: .importCustomers)
                }
                try scope.update(merged)
            } else {
                let blank = Customer(
                    id: imported.id, name: nil, email: nil, createdAt: scope.now, updatedAt: scope.now,
                    archivedAt: nil, billingCurrency: nil, billingID: nil, couponID: nil, defaultPaymentMethod: nil,
                    integrations: nil, language: nil, metadata: [:], passthrough: nil, timezone: nil)
                try scope.insert(merge(imported, into: blank, at: scope.now))
                try RejectedUsage.retry(of: imported.id, in: scope)
                created.append(imported.id.text)
            }
        }
        try scope.auditImport(.importCustomers, of: ids)
        return Output(newCustomers: created)
    }

    private static func merge(_ imported: ImportedCustomer, into old: Customer, at now: Timestamp) -> Customer {
        var customer = old
        customer.name = imported.name.applied(to: customer.name)
        customer.email = imported.email.applied(to: customer.email)
        customer.billingID = imported.billingID.applied(to: customer.billingID)
        customer.metadata = imported.metadata ?? customer.metadata
        if let method = imported.paymentMethodID {
            customer.defaultPaymentMethod = PaymentMethod(
                billingID: method, type: nil, cardBrand: nil, cardExpiryMonth: nil, cardExpiryYear: nil,
                cardLast4Digits: nil, walletType: nil)
        }
        if let salesforce = imported.salesforceID {
            let link = IntegrationLink(id: "salesforce", vendorIdentifier: .salesforce, syncedEntityID: salesforce)
            customer.integrations = (customer.integrations ?? []).filter { $0.vendorIdentifier != .salesforce } + [link]
        }
        customer.updatedAt = imported.updatedAt ?? now
        return customer
    }
}
