public import TidemillCore

/// One step of a tiered price. Without `upTo` it has no end.
public struct Tier: Shaped, Hashable {
    public var flatPrice: Money?
    public var unitPrice: Money?
    public var upTo: Amount?

    public static let shape = Shape(
        optional("flatPrice", \.flatPrice, .price, "Due once the tier is entered."),
        optional("unitPrice", \.unitPrice, .price, "For each unit."),
        optional(
            "upTo", \.upTo, .positiveAmount, "The last unit of the tier; null for the last tier, which has no end."),
        make: Self.init)
}

extension FieldKind where Value == [Tier] {
    public static var tiers: FieldKind { .list(of: .object("tier"), "tiers", 1...100) }
}

/// How many credits a unit of usage burns.
public struct CreditRate: Shaped, Hashable {
    public var amount: Amount
    public var currencyID: String
    /// Over the dimensions of one event; stands in for `amount`.
    public var costFormula: String?

    public init(amount: Amount, currencyID: String, costFormula: String? = nil) {
        self.amount = amount
        self.currencyID = currencyID
        self.costFormula = costFormula
    }

    public static let shape = Shape(
        defaulted(
            "amount", \.amount, .nonnegativeAmount, to: .zero, "Credits for one unit; needed without a `costFormula`."),
        required("currencyId", \.currencyID, .currencyID, "The credit currency.", aliases: ["customCurrencyId"]),
        optional(
            "costFormula", \.costFormula, .text(1...1000),
            "Credits of one event, from its dimensions: \"inputTokens * 0.5 + outputTokens\"."),
        make: Self.init,
        check: { (rate, path) throws(InputProblem) in
            guard rate.costFormula != nil || rate.amount > .zero else {
                throw .expected("a number above 0 where there is no costFormula", at: path.member("amount"), got: "0")
            }
            guard let formula = rate.costFormula else { return }
            do throws(CostFormula.ParseError) {
                _ = try CostFormula(parsing: formula)
            } catch {
                throw .expected(
                    "a formula such as \"inputTokens * 0.5 + outputTokens\"", at: path.member("costFormula"),
                    got: error.description)
            }
        })
}
