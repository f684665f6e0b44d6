public import TidemillCore

/// Creates a product.
public enum CreateProduct: ClientOperation {
    public struct Input: Shaped, Hashable {
        public var id: String
        public var displayName: String
        public var description: String?
        public var metadata: TextMap<String>
        public var multipleSubscriptions: Bool

        public init(
            id: String, displayName: String, description: String? = nil, metadata: TextMap<String> = [:],
            multipleSubscriptions: Bool = false
        ) {
            self.id = id
            self.displayName = displayName
            self.description = description
            self.metadata = metadata
            self.multipleSubscriptions = multipleSubscriptions
        }

        public static let shape = Shape(
            required("id", \.id, .newID("a product id", such: "product-ai"), "The product's id."),
            required("displayName", \.displayName, .text(1...255), "What people read."),
            optional("description", \.description, .text(max: 4096), "What it is."),
            defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
            defaulted(
                "multipleSubscriptions", \.multipleSubscriptions, .boolean, to: false,
                "Whether a customer may have several subscriptions at once."),
            make: Self.init)
    }

    public typealias Output = Product

    public static let row = OperationRow(
        .createProduct, of: Self.self,
        summary: "Creates a product.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/products"),
        errors: [.duplicatedEntity, .idempotencyConflict],
        example: OperationRow.Example(["id": "product-ai", "displayName": "AI"]))
}
