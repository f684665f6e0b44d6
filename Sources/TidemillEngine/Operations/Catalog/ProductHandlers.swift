import TidemillCore
import TidemillOperations
import TidemillStore

extension CreateProduct: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Product {
        if let known = try scope.products.find(input.id) {
            let taken = OperationError(
                .duplicatedEntity,
                known.status == .archived
                    ? "createProduct: the product \"\(input.id)\" exists already and is archived; bring it back with unarchiveProduct"
                    : "createProduct: the product \"\(input.id)\" exists already; change it with updateProduct")
            throw known.status != .archived ? taken.presenting(known) : taken
        }
        let product = Product(
            id: input.id, displayName: input.displayName, description: input.description, metadata: input.metadata,
            multipleSubscriptions: input.multipleSubscriptions, productSettings: nil, status: .published,
            createdAt: scope.now, updatedAt: scope.now)
        try scope.products.insert(product)
        try scope.announce(product, "created")
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
        try scope.announce(product, "updated")
        return product
    }
}

extension ArchiveProduct: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Product {
        let product = try scope.products.require(input.id, for: .archiveProduct)
        guard product.status == .published else { return product }
        return try archive(product, in: scope)
    }

    /// Takes the plans and add-ons along that are on sale; those that were archived before stay so on the way back.
    static func archive(_ product: Product, in scope: CallScope) throws -> Product {
        let writer = PackageWriter(scope: scope, operation: .archiveProduct)
        for package in try scope.packages.packages(ofProduct: product.id) where package.archivedAt == nil {
            try writer.archive(package, withProduct: true)
        }
        var archived = product
        archived.status = .archived
        archived.updatedAt = scope.now
        try scope.products.update(archived)
        try scope.announce(archived, "deleted")
        return archived
    }
}

extension UnarchiveProduct: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Product {
        let product = try scope.products.require(input.id, for: .unarchiveProduct)
        guard product.status == .archived else { return product }
        return try unarchive(product, in: scope)
    }

    static func unarchive(_ product: Product, in scope: CallScope) throws -> Product {
        var back = product
        back.status = .published
        back.updatedAt = scope.now
        try scope.products.update(back)
        try scope.announce(back, "updated")
        let writer = PackageWriter(scope: scope, operation: .unarchiveProduct)
        for package in try scope.packages.packages(ofProduct: product.id) where package.isArchivedWithProduct {
            try writer.unarchive(package)
        }
        return back
    }
}
