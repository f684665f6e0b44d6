import TidemillCore
import TidemillOperations
import TidemillStore

extension CreateProduct: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Product {
        guard try scope.products.find(input.id) == nil else {
            throw OperationError(
                .duplicatedEntity,
                "createProduct: the product \"\(input.id)\" exists already; change it with updateProduct")
        }
        let product = Product(
            id: input.id, displayName: input.displayName, description: input.description, metadata: input.metadata,
            multipleSubscriptions: input.multipleSubscriptions, productSettings: nil, status: .published,
            createdAt: scope.now, updatedAt: scope.now)
        try scope.products.insert(product)
        return product
    }
}

extension GetProduct: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Product {
        try scope.products.require(input.id, for: .getProduct)
    }
}

extension ListProducts: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<Product> {
        var query = PageQuery(table: "products", column: "body")
        query.require("id", input.id.map { .text($0) })
        query.require("status", oneOf: input.status?.map(\.rawValue))
        query.require(createdAt: input.createdAt)
        return try query.page(input.paging, on: scope.connection) { try StoredBody.decode(Product.self, $0.text(2)) }
    }
}

extension UpdateProduct: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Product {
        var product = try scope.products.require(input.id, for: .updateProduct)
        product.displayName = input.displayName ?? product.displayName
        product.description = input.description.applied(to: product.description)
        product.metadata = input.metadata.applied(to: product.metadata) ?? [:]
        product.multipleSubscriptions = input.multipleSubscriptions ?? product.multipleSubscriptions
        product.productSettings = input.productSettings ?? product.productSettings
        product.updatedAt = scope.now
        try scope.products.update(product)
        if let rule = input.usageResetCutoffRule {
            try scope.products.setUsageResetCutoffRule(rule, of: input.id)
        }
        return product
    }
}
