public import TidemillCore

/// Changes some fields of a product.
public enum UpdateProduct: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var displayName: String?
        public var description: Change<String>
        public var metadata: Change<TextMap<String>>
        public var multipleSubscriptions: Bool?
        public var productSettings: ProductSettings?
        public var usageResetCutoffRule: UsageResetCutoffRule?

        public static let shape = Shape(
            required("id", \.id, .productID, "The product."),
            changeable("displayName", \.displayName, .text(1...255), "What people read."),
            clearable("description", \.description, .text(max: 4096), "What it is."),
            clearable("metadata", \.metadata, .metadata, "Your own notes, replaced as a whole."),
            changeable(
                "multipleSubscriptions", \.multipleSubscriptions, .boolean,
                "Whether a customer may have several subscriptions at once."),
            changeable(
                "productSettings", \.productSettings, .object("product settings"), "How subscriptions begin and end."),
            changeable(
                "usageResetCutoffRule", \.usageResetCutoffRule, .object("cutoff rule"),
                "Whether a change of plan resets usage."),
            make: Self.init)
    }

    public typealias Output = Product

    public static let row = OperationRow(
        .updateProduct, of: Self.self,
        summary: "Changes some fields of a product: what is left out stays.",
        effect: .write, subject: .nobody,
        route: .patch("/api/v1/products/{id}"),
        errors: [.productNotFound, .idempotencyConflict],
        example: OperationRow.Example(
            ["id": "product-ai", "displayName": "AI platform", "description": .null],
            after: [(.createProduct, CreateProduct.row.example.input)]))
}

/// Whether a change of plan begins the usage period anew.
public struct UsageResetCutoffRule: Shaped, Hashable {
    public enum Behavior: String, WireEnum {
        case neverReset = "NEVER_RESET"
        case alwaysReset = "ALWAYS_RESET"
        case billingPeriodChange = "BILLING_PERIOD_CHANGE"
    }

    public var behavior: Behavior

    public static let shape = Shape(
        required("behavior", \.behavior, .choice, "When usage begins anew."), make: Self.init)
}
