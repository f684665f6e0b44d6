/// Lists products, page by page.
public enum ListProducts: ClientOperation {
    public struct Input: Paged {
        public var id: String?
        public var status: [Product.Status]?
        public var createdAt: TimeRange?
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static let shape = Shape(
            optional("id", \.id, .productID, "Only this product."),
            optional("status", \.status, .oneOrMore(of: .choice), "Only products in this status."),
            optional("createdAt", \.createdAt, .object("time range"), "Only products created in this range."),
            limitField(\.limit), afterField(\.after), beforeField(\.before),
            make: Self.init, check: checkPaging)
    }

    public typealias Output = Page<Product>

    public static let row = OperationRow(
        .listProducts, of: Self.self,
        summary: "Products, oldest first.",
        effect: .read, subject: .nobody,
        route: .get("/api/v1/products"),
        errors: [],
        example: OperationRow.Example(
            ["status": "PUBLISHED"], after: [(.createProduct, CreateProduct.row.example.input)]))
}
