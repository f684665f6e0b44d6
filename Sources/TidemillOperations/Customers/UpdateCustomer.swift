public import TidemillCore

/// Changes some fields of a customer.
public enum UpdateCustomer: ClientOperation {
    public struct Input: Shaped {
        public var id: CustomerID
        public var name: Change<String>
        public var email: Change<String>
        public var billingCurrency: Change<String>
        public var billingID: Change<String>
        public var couponID: Change<String>
        public var integrations: [IntegrationLink]?
        public var language: Change<String>
        public var metadata: TextMap<String>?
        public var passthrough: TextMap<Payload>?
        public var timezone: Change<String>

        public static let shape = Shape(
            required("id", \.id, .customerID, "The customer.", aliases: ["customerId"]),
            clearable("name", \.name, .text(max: 255), "Its name."),
            clearable("email", \.email, .text(max: 255), "Its e-mail address."),
            clearable("billingCurrency", \.billingCurrency, .currency, "The currency it is billed in."),
            clearable("billingId", \.billingID, .text(max: 255), "Its id at the billing provider."),
            clearable("couponId", \.couponID, .text(max: 255), "A coupon for every subscription; \"\" removes it."),
            changeable(
                "integrations", \.integrations, .list(of: .object("integration link"), "integration links", 0...100),
                "Its ids in other systems, replaced as a whole."),
            clearable("language", \.language, .text(max: 255), "The language to write to it in."),
            changeable("metadata", \.metadata, .metadata, "Your own notes, replaced as a whole; {} empties them."),
            changeable("passthrough", \.passthrough, .anyObject, "Settings for the billing provider alone."),
            clearable("timezone", \.timezone, .timezone, "Its time zone, such as \"Europe/Berlin\"."),
            make: Self.init)
    }

    public typealias Output = Customer

    public static let row = OperationRow(
        .updateCustomer, of: Self.self,
        summary: "Changes some fields of a customer: what is left out stays, null clears.",
        effect: .write, subject: .customer("id"),
        route: .patch("/api/v1/customers/{id}"),
        errors: [
            .customerNotFound, .entityIsArchived, .couponNotFound, .archivedCouponCantBeApplied, .idempotencyConflict,
        ],
        example: OperationRow.Example(
            ["id": "customer-acme", "name": "Acme Ltd", "email": .null, "metadata": ["tier": "platinum"]],
            after: CustomerReference.example.after))
}
