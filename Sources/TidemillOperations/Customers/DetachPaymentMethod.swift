/// Takes the customer's default payment method away.
public enum DetachPaymentMethod: ClientOperation {
    public typealias Input = CustomerReference
    public typealias Output = Customer

    public static let row = OperationRow(
        .detachPaymentMethod, of: Self.self,
        summary: "Takes the customer's default payment method away; nothing is charged without one.",
        effect: .write, subject: .customer("id"),
        route: .delete("/api/v1/customers/{id}/payment-method"),
        errors: [.customerNotFound, .paymentMethodNotFound, .idempotencyConflict],
        example: OperationRow.Example(
            CustomerReference.example.input,
            after: CustomerReference.example.after + [(.attachPaymentMethod, AttachPaymentMethod.row.example.input)]))
}
