/// Looks one customer up.
public enum GetCustomer: ClientOperation {
    public typealias Input = CustomerReference
    public typealias Output = Customer

    public static let row = OperationRow(
        .getCustomer, of: Self.self,
        summary: "One customer, archived or not.",
        effect: .read, subject: .customer("id"),
        route: .get("/api/v1/customers/{id}"),
        errors: [.customerNotFound],
        example: CustomerReference.example)
}
