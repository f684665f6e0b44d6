import TidemillCore
import TidemillOperations
import TidemillStore

extension CreateCustomCurrency: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> CustomCurrency {
        if let existing = try scope.currencies.find(input.id) {
            let taken = OperationError(
                .duplicatedEntity,
                existing.archivedAt == nil
                    ? "createCustomCurrency: the currency \"\(input.id)\" exists already; change it with updateCustomCurrency"
                    : "createCustomCurrency: the currency \"\(input.id)\" exists already and is archived; bring it back with unarchiveCustomCurrency"
            )
            throw existing.archivedAt == nil ? taken.presenting(existing) : taken
        }
        try scope.currencies.requireRoom(for: .createCustomCurrency)
        let currency = CustomCurrency(
            id: input.id, displayName: input.displayName, description: input.description.flatMap(\.nilIfEmpty),
            symbol: input.symbol.flatMap(\.nilIfEmpty), units: input.units, metadata: input.metadata,
            creditPrice: input.creditPrice, archivedAt: nil, createdAt: scope.now, updatedAt: scope.now)
        try scope.currencies.insert(currency)
        return currency
    }
}

extension UpdateCustomCurrency: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> CustomCurrency {
        var currency = try scope.currencies.require(input.currencyID, for: .updateCustomCurrency)
        guard currency.archivedAt == nil else {
            throw OperationError(
                .entityIsArchived,
                "updateCustomCurrency: the currency \"\(input.currencyID)\" is archived; bring it back with unarchiveCustomCurrency"
            )
        }
        currency.displayName = input.displayName ?? currency.displayName
        currency.description = input.description.applied(to: currency.description).flatMap(\.nilIfEmpty)
        currency.symbol = input.symbol.applied(to: currency.symbol).flatMap(\.nilIfEmpty)
        currency.units = input.units ?? currency.units
        currency.metadata = input.metadata.applied(to: currency.metadata) ?? [:]
        currency.creditPrice = input.creditPrice.applied(to: currency.creditPrice)
        currency.updatedAt = scope.now
        try scope.currencies.update(currency)
        return currency
    }
}

extension ListCustomCurrencies: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<CustomCurrency> {
        var query = PageQuery(table: "custom_currencies", column: "body")
        query.require("status", oneOf: input.status.map(\.rawValue))
        return try query.page(input.paging, on: scope.connection) {
            try StoredBody.decode(CustomCurrency.self, $0.text(2))
        }
    }
}

extension ListCustomCurrencyEntities: EmbeddedOperation {
    static func perform(_ input: CustomCurrencyReference, in scope: CallScope) throws -> Output {
        _ = try scope.currencies.require(input.currencyID, for: .listCustomCurrencyEntities)
        return Output(data: try CustomCurrencyUse.entities(of: input.currencyID, in: scope))
    }
}

extension ArchiveCustomCurrency: EmbeddedOperation {
    static func perform(_ input: CustomCurrencyReference, in scope: CallScope) throws -> CustomCurrency {
        var currency = try scope.currencies.require(input.currencyID, for: .archiveCustomCurrency)
        guard currency.archivedAt == nil else { return currency }
        if let user = try CustomCurrencyUse.entities(of: input.currencyID, in: scope).first {
            throw OperationError(
                .integrityViolation,
                "archiveCustomCurrency: the \(user.type == .plan ? "plan" : "add-on") \"\(user.id)\" uses the currency \"\(input.currencyID)\"; archive that first, or publish it without the currency"
            )
        }
        currency.archivedAt = scope.now
        currency.updatedAt = scope.now
        try scope.currencies.update(currency)
        return currency
    }
}

extension UnarchiveCustomCurrency: EmbeddedOperation {
    static func perform(_ input: CustomCurrencyReference, in scope: CallScope) throws -> CustomCurrency {
        var currency = try scope.currencies.require(input.currencyID, for: .unarchiveCustomCurrency)
        guard currency.archivedAt != nil else { return currency }
        try scope.currencies.requireRoom(for: .unarchiveCustomCurrency)
        currency.archivedAt = nil
        currency.updatedAt = scope.now
        try scope.currencies.update(currency)
        return currency
    }
}

extension String {
    /// Nil for the empty text, which clears a field of the API.
    var nilIfEmpty: String? { isEmpty ? nil : self }
}
