/// Archives a customer: nothing can be reported or sold to it until it is unarchived.
public enum ArchiveCustomer: ClientOperation {
    public typealias Input = CustomerReference
    public typealias Output = Customer

    public static let row = OperationRow(
        .archiveCustomer, of: Self.self,
        summary: "Archives a customer; nothing is deleted, and unarchiveCustomer brings it back.",
        effect: .write, subject: .customer("id"),
        route: .post("/api/v1/customers/{id}/archive"),
        errors: [.customerNotFound, .idempotencyConflict],
        example: CustomerReference.example)
}
