import TidemillCore
import TidemillOperations
import TidemillStore

extension ProvisionCustomer: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Customer {
        if let known = try scope.customers.find(input.id) {
            let taken = OperationError(
                .duplicatedEntity,
                known.archivedAt == nil
                    ? "provisionCustomer: the customer \"\(input.id)\" exists already; change it with updateCustomer"
                    : "provisionCustomer: the customer \"\(input.id)\" exists already and is archived; bring it back with unarchiveCustomer"
            )
            throw known.archivedAt == nil ? taken.presenting(known) : taken
        }
        if let coupon = input.couponID?.nilIfEmpty {
            _ = try scope.coupons.requireApplicable(coupon, for: .provisionCustomer)
        }
        let customer = Customer(
            id: input.id, name: input.name, email: input.email, createdAt: scope.now, updatedAt: scope.now,
            archivedAt: nil, billingCurrency: input.billingCurrency, billingID: input.billingID,
            couponID: input.couponID?.nilIfEmpty,
            defaultPaymentMethod: input.defaultPaymentMethod, integrations: input.integrations,
            language: input.language, metadata: input.metadata, passthrough: input.passthrough,
            timezone: input.timezone)
        try scope.insert(customer)
        if try !scope.catalog().productsWithStart.isEmpty {
            try SubscriptionSession(customer, in: scope, for: .provisionCustomer).welcome()
        }
        try RejectedUsage.retry(of: input.id, in: scope)
        return customer
    }
}

extension GetCustomer: EmbeddedOperation {
    static func perform(_ input: CustomerReference, in scope: CallScope) throws -> Customer {
        try scope.customers.require(input.id, for: .getCustomer)
    }
}

extension UpdateCustomer: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Customer {
        var customer = try scope.customers.require(input.id, for: .updateCustomer)
        guard customer.archivedAt == nil else { throw CustomerTable.archived(input.id, .updateCustomer) }
        customer.name = input.name.applied(to: customer.name)
        customer.email = input.email.applied(to: customer.email)
        customer.billingCurrency = input.billingCurrency.applied(to: customer.billingCurrency)
        customer.billingID = input.billingID.applied(to: customer.billingID)
        let coupon = input.couponID.applied(to: customer.couponID)?.nilIfEmpty
        // One that the customer has already goes on working, archived or not.
        if let coupon, coupon != customer.couponID {
            _ = try scope.coupons.requireApplicable(coupon, for: .updateCustomer)
        }
        customer.couponID = coupon
        customer.integrations = input.integrations ?? customer.integrations
        customer.language = input.language.applied(to: customer.language)
        customer.metadata = input.metadata ?? customer.metadata
        customer.passthrough = input.passthrough ?? customer.passthrough
        let timezone = input.timezone.applied(to: customer.timezone)
        try CustomerZones(connection: scope.connection).changed(
            customer.id, from: customer.timezone, to: timezone, at: scope.now)
        customer.timezone = timezone
        customer.updatedAt = scope.now
        try scope.update(customer)
        return customer
    }
}

extension ListCustomers: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<Customer> {
        var query = PageQuery(table: "customers", column: "body")
        query.require("name", input.name.map { .text($0) })
        query.require("email", input.email.map { .text($0) })
        query.require(createdAt: input.createdAt)
        return try query.page(input.paging, on: scope.connection) { try StoredBody.decode(Customer.self, $0.text(2)) }
    }
}

extension ArchiveCustomer: EmbeddedOperation {
    static func perform(_ input: CustomerReference, in scope: CallScope) throws -> Customer {
        var customer = try scope.customers.require(input.id, for: .archiveCustomer)
        guard customer.archivedAt == nil else { return customer }
        customer.archivedAt = scope.now
        customer.updatedAt = scope.now
        try ArchivedCustomer.endSubscriptions(of: customer, in: scope)
        try scope.archive(customer)
        return customer
    }
}

extension UnarchiveCustomer: EmbeddedOperation {
    static func perform(_ input: CustomerReference, in scope: CallScope) throws -> Customer {
        var customer = try scope.customers.require(input.id, for: .unarchiveCustomer)
        guard customer.archivedAt != nil else { return customer }
        customer.archivedAt = nil
        customer.updatedAt = scope.now
        try scope.update(customer)
        return customer
    }
}

extension ListCustomerResources: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<CustomerResource> {
        try scope.customers.requirePresence(input.id, for: .listCustomerResources)
        var query = PageQuery(table: "customer_resources", column: "updated_at")
        query.require("bucket", .integer(Bucket(input.id).number))
        query.require("customer_id", .text(input.id.text))
        return try query.page(input.paging, on: scope.connection) { row in
            CustomerResource(
                id: row.text(1), createdAt: Timestamp(microseconds: row.integer(0)),
                updatedAt: Timestamp(microseconds: row.integer(2)))
        }
    }
}
