/// Looks one product up.
public enum GetProduct: ClientOperation {
    public struct Input: Shaped {
        public var id: String

        public static let shape = Shape(required("id", \.id, .productID, "The product."), make: Self.init)
    }

    public typealias Output = Product

    public static let row = OperationRow(
        .getProduct, of: Self.self,
        summary: "One product.",
        effect: .read, subject: .nobody,
        route: .get("/api/v1/products/{id}"),
        errors: [.productNotFound],
        example: OperationRow.Example(
            ["id": "product-ai"], after: [(.createProduct, CreateProduct.row.example.input)]))
}
