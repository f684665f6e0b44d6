public import TidemillCore

/// Creates a customer.
public enum ProvisionCustomer: ClientOperation {
    public struct Input: Shaped {
        public var id: CustomerID
        public var name: String?
        public var email: String?
        public var billingCurrency: String?
        public var billingID: String?
        public var couponID: String?
        public var defaultPaymentMethod: PaymentMethod?
        public var integrations: [IntegrationLink]?
        public var language: String?
        public var metadata: TextMap<String>
        public var passthrough: TextMap<Payload>?
        public var timezone: String?

        public static let shape = Shape(
            required("id", \.id, .newCustomerID, "The id you know it by.", aliases: ["customerId"]),
            optional("name", \.name, .text(max: 255), "Its name."),
            optional("email", \.email, .text(max: 255), "Its e-mail address."),
            optional("billingCurrency", \.billingCurrency, .currency, "The currency it is billed in."),
            optional("billingId", \.billingID, .text(max: 255), "Its id at the billing provider."),
            optional("couponId", \.couponID, .text(max: 255), "A coupon for every subscription; \"\" for none."),
            optional("defaultPaymentMethod", \.defaultPaymentMethod, .object("payment method"), "What is charged."),
            optional(
                "integrations", \.integrations, .list(of: .object("integration link"), "integration links", 0...100),
                "Its ids in other systems."),
            optional("language", \.language, .text(max: 255), "The language to write to it in."),
            defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
            optional("passthrough", \.passthrough, .anyObject, "Settings for the billing provider alone."),
            optional("timezone", \.timezone, .timezone, "Its time zone, such as \"Europe/Berlin\"."),
            make: Self.init)
    }

    public typealias Output = Customer

    public static let row = OperationRow(
        .provisionCustomer, of: Self.self,
        summary: "Creates a customer; usage reports that were rejected for want of it are tried again.",
        effect: .write, subject: .customer("id"),
        route: .post("/api/v1/customers"),
        errors: [.duplicatedEntity, .couponNotFound, .archivedCouponCantBeApplied, .idempotencyConflict],
        example: OperationRow.Example([
            "id": "customer-acme", "name": "Acme", "email": "billing@acme.example", "metadata": ["tier": "gold"],
        ]))
}
