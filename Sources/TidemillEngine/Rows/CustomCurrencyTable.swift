import TidemillCore
import TidemillOperations
import TidemillStore

struct CustomCurrencyTable {
    let connection: any SQLConnection

    func find(_ id: String) throws -> CustomCurrency? {
        let body = try connection.first("SELECT body FROM custom_currencies WHERE id = $1", [.text(id)]) { $0.text(0) }
        return try body.map { try StoredBody.decode(CustomCurrency.self, $0) }
    }

    func require(_ id: String, for operation: OperationID) throws -> CustomCurrency {
        guard let currency = try find(id) else {
            let hint = try NearID.hint(for: id, "custom_currencies", on: connection)
            throw OperationError(
                .customCurrencyNotFound,
                "\(operation.rawValue): there is no credit currency \"\(id)\"\(hint); create it with createCustomCurrency or in the catalog"
            )
        }
        return currency
    }

    /// Checks that there is room for one more active currency.
    func requireRoom(for operation: OperationID) throws {
        let active = try connection.first(
            "SELECT COUNT(*) FROM custom_currencies WHERE status = $1", [.text(CustomCurrency.Status.active.rawValue)]
        ) { $0.integer(0) }
        guard (active ?? 0) < CustomCurrency.countMax else {
            throw OperationError(
                .tooManyCustomCurrencies,
                "\(operation.rawValue): there are \(CustomCurrency.countMax) active credit currencies, which is the most; archive one that is not used"
            )
        }
    }

    func insert(_ currency: CustomCurrency) throws {
        try connection.execute(
            "INSERT INTO custom_currencies(id, status, created_at, body) VALUES ($1, $2, $3, $4)", columns(currency))
        try CatalogState.changed(on: connection)
    }

    func update(_ currency: CustomCurrency) throws {
        try connection.execute(
            "UPDATE custom_currencies SET status = $2, created_at = $3, body = $4 WHERE id = $1", columns(currency))
        try CatalogState.changed(on: connection)
    }

    func all() throws -> [CustomCurrency] {
        try connection.rows("SELECT body FROM custom_currencies ORDER BY id") {
            try StoredBody.decode(CustomCurrency.self, $0.text(0))
        }
    }

    private func columns(_ currency: CustomCurrency) -> [SQLValue] {
        [
            .text(currency.id), .text(currency.status.rawValue), .integer(currency.createdAt.microseconds),
            .text(StoredBody.encode(currency)),
        ]
    }
}
