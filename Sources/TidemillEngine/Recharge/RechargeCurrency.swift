import TidemillOperations

/// The credit currency that a wallet is of.
enum RechargeCurrency {
    /// CustomCurrencyNotFound when there is none.
    static func require(_ id: String, for operation: OperationID, in scope: CallScope) throws {
        _ = try CustomCurrencyTable(connection: scope.connection).require(id, for: operation)
    }
}
