import TidemillCore
import TidemillOperations
import TidemillStore

extension Product: CatalogDocument {
    static let words = (
        noun: "product", maker: OperationID.createProduct, notFound: OperationError.Code.productNotFound
    )
    static let columns = Columns<Product>.documents(
        "products", .key("id", \.id), .init("status", \.status.rawValue), .init("created_at", \.createdAt))
}

typealias ProductTable = CatalogTable<Product>

extension CatalogTable<Product> {
    /// Not part of what calls answer; kept for the subscriptions that will ask.
    func setUsageResetCutoffRule(_ rule: UsageResetCutoffRule, of id: String) throws {
        try connection.execute(
            "UPDATE products SET usage_reset_cutoff_rule = $2 WHERE id = $1",
            [.text(id), .text(rule.behavior.rawValue)])
        try CatalogState.changed(on: connection)
    }
}

extension CallScope {
    var products: ProductTable { ProductTable(connection: connection) }
}
