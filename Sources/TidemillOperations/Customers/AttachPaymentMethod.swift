public import TidemillCore

/// Makes a payment method the customer's default.
public enum AttachPaymentMethod: ClientOperation {
    public struct Input: Shaped {
        public var id: CustomerID
        public var integrationID: String
        public var paymentMethodID: String
        public var vendorIdentifier: Vendor
        public var billingCurrency: String?

        public static let shape = Shape(
            required("id", \.id, .customerID, "The customer.", aliases: ["customerId"]),
            required("integrationId", \.integrationID, .text(1...255), "The integration with the billing provider."),
            required("paymentMethodId", \.paymentMethodID, .text(1...255), "The payment method's id there."),
            required("vendorIdentifier", \.vendorIdentifier, .choice, "The billing provider."),
            optional("billingCurrency", \.billingCurrency, .currency, "The currency it is billed in from now on."),
            make: Self.init)
    }

    public typealias Output = Customer

    public static let row = OperationRow(
        .attachPaymentMethod, of: Self.self,
        summary: "Makes a payment method the customer's default, in place of the one before.",
        effect: .write, subject: .customer("id"),
        route: .post("/api/v1/customers/{id}/payment-method"),
        errors: [.customerNotFound, .entityIsArchived, .idempotencyConflict],
        example: OperationRow.Example(
            [
                "id": "customer-acme", "integrationId": "integration-stripe", "paymentMethodId": "pm_1",
                "vendorIdentifier": "STRIPE",
            ],
            after: CustomerReference.example.after))
}
