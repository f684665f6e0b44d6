import TidemillCore
import TidemillOperations
import TidemillStore

struct ProductTable {
    let connection: any SQLConnection

    func find(_ id: String) throws -> Product? {
        let body = try connection.first("SELECT body FROM products WHERE id = $1", [.text(id)]) { $0.text(0) }
        return try body.map { try StoredBody.decode(Product.self, $0) }
    }

    func require(_ id: String, for operation: OperationID) throws -> Product {
        guard let product = try find(id) else {
            let hint = try NearID.hint(for: id, "products", on: connection)
            throw OperationError(
                .productNotFound,
                "\(operation.rawValue): there is no product \"\(id)\"\(hint); create it with createProduct or in the catalog"
            )
        }
        return product
    }

    func insert(_ product: Product) throws {
        try connection.execute(
            "INSERT INTO products(id, status, created_at, body) VALUES ($1, $2, $3, $4)", columns(product))
        try CatalogState.changed(on: connection)
    }

    func update(_ product: Product) throws {
        try connection.execute(
            "UPDATE products SET status = $2, created_at = $3, body = $4 WHERE id = $1", columns(product))
        try CatalogState.changed(on: connection)
    }

    /// Not part of what calls answer; kept for the subscriptions that will ask.
    func setUsageResetCutoffRule(_ rule: UsageResetCutoffRule, of id: String) throws {
        try connection.execute(
            "UPDATE products SET usage_reset_cutoff_rule = $2 WHERE id = $1",
            [.text(id), .text(rule.behavior.rawValue)])
        try CatalogState.changed(on: connection)
    }

    private func columns(_ product: Product) -> [SQLValue] {
        [
            .text(product.id), .text(product.status.rawValue), .integer(product.createdAt.microseconds),
            .text(StoredBody.encode(product)),
        ]
    }
}

extension CallScope {
    var products: ProductTable { ProductTable(connection: connection) }
}
