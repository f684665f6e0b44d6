/// Brings an archived customer back.
public enum UnarchiveCustomer: ClientOperation {
    public typealias Input = CustomerReference
    public typealias Output = Customer

    public static let row = OperationRow(
        .unarchiveCustomer, of: Self.self,
        summary: "Brings an archived customer back.",
        effect: .write, subject: .customer("id"),
        route: .post("/api/v1/customers/{id}/unarchive"),
        errors: [.customerNotFound, .idempotencyConflict],
        example: OperationRow.Example(
            CustomerReference.example.input,
            after: CustomerReference.example.after + [(.archiveCustomer, CustomerReference.example.input)]))
}
