public import TidemillCore

/// An amount of a currency in major units: 49.5 is 49.50. Prices may have more decimals than the currency; what is due
/// is rounded to its minor unit.
public struct Money: Shaped, Hashable {
    public var amount: Amount
    /// ISO 4217, in lower case.
    public var currency: String

    public init(_ amount: Amount, _ currency: String) {
        self.amount = amount
        self.currency = currency
    }

    private init(amount: Amount, currency: String) {
        self.init(amount, currency)
    }

    public static let shape = Shape(
        required("amount", \.amount, .amount, "In major units: 49.5 is 49.50."),
        required("currency", \.currency, .currency, "Its ISO 4217 code."),
        make: Self.init(amount:currency:))
}

extension FieldKind where Value == Money {
    public static var money: FieldKind { .object("money") }
}
