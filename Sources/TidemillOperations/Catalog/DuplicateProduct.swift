/// Makes a product like another one, with its plans and add-ons.
public enum DuplicateProduct: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var targetID: String
        public var displayName: String?
        public var description: String?

        public static let shape = Shape(
            required("id", \.id, .productID, "The product that is copied."),
            required("targetId", \.targetID, .newID("a product id", such: "product-ai"), "The new product's id."),
            optional(
                "displayName", \.displayName, .text(1...255), "What people read; as of the other when left out."),
            optional("description", \.description, .text(max: 4096), "What it is; as of the other when left out."),
            make: Self.init)
    }

    public typealias Output = Product

    public static let row = OperationRow(
        .duplicateProduct, of: Self.self,
        summary:
            "Makes a product like another one, with its plans and add-ons, whose ids get the new product's id at their end.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/products/{id}/duplicate"),
        errors: [.productNotFound, .duplicatedEntity, .entityIsArchived, .invalidArgument, .idempotencyConflict],
        example: OperationRow.Example(
            ["id": "product-ai", "targetId": "product-ai-eu", "displayName": "AI in Europe"],
            after: CatalogExample.published(.plan)))
}
