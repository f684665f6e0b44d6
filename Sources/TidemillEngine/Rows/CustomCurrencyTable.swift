import TidemillCore
import TidemillOperations
import TidemillStore

extension CustomCurrency: CatalogDocument {
    static let words = (
        noun: "credit currency", maker: OperationID.createCustomCurrency,
        notFound: OperationError.Code.customCurrencyNotFound
    )
    static let columns = Columns<CustomCurrency>.documents(
        "custom_currencies", .key("id", \.id), .init("status", \.status.rawValue), .init("created_at", \.createdAt))
}

typealias CustomCurrencyTable = CatalogTable<CustomCurrency>

extension CatalogTable<CustomCurrency> {
    /// Checks that there is room for one more active currency.
    func requireRoom(for operation: OperationID) throws {
        let active: Int64? = try connection.value(
            "SELECT COUNT(*) FROM custom_currencies WHERE status = $1", [.text(CustomCurrency.Status.active.rawValue)])
        guard (active ?? 0) < CustomCurrency.countMax else {
            throw OperationError(
                .tooManyCustomCurrencies,
                "\(operation.rawValue): there are \(CustomCurrency.countMax) active credit currencies, which is the most; archive one that is not used"
            )
        }
    }
}
