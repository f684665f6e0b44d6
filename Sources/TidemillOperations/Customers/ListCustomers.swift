/// Lists customers, page by page.
public enum ListCustomers: ClientOperation {
    public struct Input: Paged {
        public var name: String?
        public var email: String?
        public var createdAt: TimeRange?
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static let shape = Shape(
            optional("name", \.name, .text(max: 255), "Only customers of exactly this name."),
            optional("email", \.email, .text(max: 255), "Only customers of exactly this address."),
            optional("createdAt", \.createdAt, .object("time range"), "Only customers provisioned in this range."),
            limitField(\.limit), afterField(\.after), beforeField(\.before),
            make: Self.init, check: checkPaging)
    }

    public typealias Output = Page<Customer>

    public static let row = OperationRow(
        .listCustomers, of: Self.self,
        summary: "Customers, oldest first, archived ones included.",
        effect: .read, subject: .nobody,
        route: .get("/api/v1/customers"),
        errors: [],
        example: OperationRow.Example(["limit": 10], after: CustomerReference.example.after))
}
