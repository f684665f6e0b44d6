public import TidemillCore

/// Creates or updates many customers at once: the way in for those you already have.
public enum ImportCustomers: ClientOperation {
    public struct Input: Shaped {
        public var customers: [ImportedCustomer]
        public var integrationID: String?

        public static let shape = Shape(
            required(
                "customers", \.customers, .list(of: .object("customer"), "customers", 1...1000), "The customers."),
            optional("integrationId", \.integrationID, .text(max: 255), "The system they come from."),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var newCustomers: [String]

        public init(newCustomers: [String]) {
            self.newCustomers = newCustomers
        }

        public static let shape = Shape(
            required(
                "newCustomers", \.newCustomers, .list(of: .text(1...255), "ids", 0...1000),
                "The ids that did not exist before."),
            make: Self.init)
    }

    public static let row = OperationRow(
        .importCustomers, of: Self.self,
        summary: "Creates or updates up to 1000 customers at once; answers the ids that are new.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/customers/import"), isLong: true,
        errors: [.idempotencyConflict, .entityIsArchived],
        example: OperationRow.Example([
            "customers": [
                ["id": "customer-acme", "name": "Acme", "email": "billing@acme.example"],
                ["id": "customer-globex", "name": "Globex", "email": .null],
            ]
        ]))
}

/// One customer of an import. What is left out of a customer that exists stays as it is.
public struct ImportedCustomer: Shaped {
    public var id: CustomerID
    public var name: Change<String>
    public var email: Change<String>
    public var billingID: Change<String>
    public var metadata: TextMap<String>?
    public var paymentMethodID: String?
    public var salesforceID: String?
    public var updatedAt: Timestamp?

    public static let shape = Shape(
        required("id", \.id, .newCustomerID, "The id you know it by."),
        clearable("name", \.name, .text(max: 255), "Its name."),
        clearable("email", \.email, .text(max: 255), "Its e-mail address."),
        clearable("billingId", \.billingID, .text(max: 255), "Its id at the billing provider."),
        changeable("metadata", \.metadata, .metadata, "Your own notes, replaced as a whole."),
        optional("paymentMethodId", \.paymentMethodID, .text(max: 255), "The payment method at the billing provider."),
        optional("salesforceId", \.salesforceID, .text(max: 255), "Its id in Salesforce."),
        optional("updatedAt", \.updatedAt, .timestamp, "When it was last changed where it comes from."),
        make: Self.init)
}
