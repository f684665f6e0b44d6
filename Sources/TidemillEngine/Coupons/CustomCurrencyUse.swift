import TidemillOperations

/// Which plans and add-ons on offer use a credit currency.
enum CustomCurrencyUse {
    static func entities(of currency: String, in scope: CallScope) throws -> [CustomCurrencyEntity] {
        []
    }
}
