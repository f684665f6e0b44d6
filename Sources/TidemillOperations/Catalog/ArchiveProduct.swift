/// Takes a product off sale, with its plans and add-ons.
public enum ArchiveProduct: ClientOperation {
    public typealias Input = GetProduct.Input
    public typealias Output = Product

    public static let row = OperationRow(
        .archiveProduct, of: Self.self,
        summary: "Takes a product off sale, with its plans and add-ons; subscriptions go on.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/products/{id}/archive"),
        errors: [.productNotFound, .idempotencyConflict],
        example: OperationRow.Example(
            ["id": "product-ai"], after: [(.createProduct, CreateProduct.row.example.input)]))
}

/// Brings an archived product back, with what was archived along with it.
public enum UnarchiveProduct: ClientOperation {
    public typealias Input = GetProduct.Input
    public typealias Output = Product

    public static let row = OperationRow(
        .unarchiveProduct, of: Self.self,
        summary: "Brings an archived product back, with the plans and add-ons that were archived along with it.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/products/{id}/unarchive"),
        errors: [.productNotFound, .idempotencyConflict],
        example: OperationRow.Example(
            ["id": "product-ai"],
            after: [(.createProduct, CreateProduct.row.example.input), (.archiveProduct, ["id": "product-ai"])]))
}
