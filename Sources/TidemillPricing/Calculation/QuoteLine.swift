public import TidemillCore
import TidemillOperations

/// A line of an invoice, rounded once to the currency's minor unit.
public struct QuoteLine: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        /// A whole period in advance.
        case recurring
        case oneOff
        /// Unused time of what was paid; below zero.
        case credit
        /// What is left of a period at a new price.
        case debit
        case usage
        case overage
        /// The floor under usage, in advance.
        case minimumSpend
        /// Usage that the floor has paid for; below zero.
        case covered
        /// What a percentage takes off lines that were put off; of either sign.
        case discount
    }

    public let kind: Kind
    public let description: String
    public let packageID: String?
    public let featureID: String?
    public let quantity: Amount
    public let unitPrice: Amount
    public let amount: Amount
    /// Whether it is the floor under usage, or a part of it.
    public let isMinimumSpend: Bool
    /// Of a credit: how it was charged; nil where no discount was taken, and the tax was that of now.
    public let terms: PaidTerms?

    public init(
        kind: Kind, description: String, packageID: String? = nil, featureID: String? = nil, quantity: Amount,
        unitPrice: Amount, amount: Amount, isMinimumSpend: Bool = false, terms: PaidTerms? = nil
    ) {
        self.kind = kind
        self.description = description
        self.packageID = packageID
        self.featureID = featureID
        self.quantity = quantity
        self.unitPrice = unitPrice
        self.amount = amount
        self.isMinimumSpend = isMinimumSpend
        self.terms = terms
    }

    /// The floor under usage for a part of a period; nil where there is none.
    init?(floorOf prices: SelectedPrices, _ share: PeriodShare = .whole, kind: Kind) {
        guard let floor = prices.minimumSpend, floor > .zero else { return nil }
        let part = ExactAmount(floor).share(share, toDigits: prices.digits)
        let description = kind == .debit ? "Remaining time on \(prices.planName): minimum spend" : "Minimum spend"
        self.init(
            kind: kind, description: description, packageID: prices.planID, quantity: Amount(1), unitPrice: floor,
            amount: part, isMinimumSpend: true)
    }

    /// The whole price of an item.
    init(_ item: PricedItem, digits: Int) throws(PricingError) {
        let cost = try item.pricer.cost(of: item.units)
        self.init(
            kind: item.isOneOff ? .oneOff : .recurring, description: item.title, packageID: item.packageID,
            featureID: item.charge.featureID?.text,
            quantity: cost.quantity.times(item.packageQuantity) ?? cost.quantity, unitPrice: cost.unitPrice,
            amount: item.exact.rounded(toDigits: digits))
    }

    /// The price of an item for the rest of a period.
    init(_ item: PricedItem, _ share: PeriodShare, digits: Int) throws(PricingError) {
        let cost = try item.pricer.cost(of: item.units)
        self.init(
            kind: .debit, description: "Remaining time on \(item.title)", packageID: item.packageID,
            featureID: item.charge.featureID?.text,
            quantity: cost.quantity.times(item.packageQuantity) ?? cost.quantity, unitPrice: cost.unitPrice,
            amount: item.exact.share(share, toDigits: digits))
    }

    /// The rest of a period that was paid for.
    init(_ paid: PaidPeriod.Line, _ share: PeriodShare, digits: Int) {
        self.init(
            kind: .credit, description: "Unused time on \(paid.title)", packageID: paid.packageID,
            featureID: paid.featureID, quantity: paid.quantity, unitPrice: paid.unitPrice,
            amount: -paid.exact.share(share, toDigits: digits), isMinimumSpend: paid.isMinimumSpend,
            terms: paid.terms)
    }

    /// The same for several periods; each was rounded.
    func repeated(_ periods: Int64) throws(PricingError) -> QuoteLine {
        guard periods > 1 else { return self }
        guard let quantity = quantity.times(periods), let amount = amount.times(periods) else {
            throw .tooLarge(description)
        }
        return QuoteLine(
            kind: kind, description: "\(description), \(periods) periods", packageID: packageID, featureID: featureID,
            quantity: quantity, unitPrice: unitPrice, amount: amount, isMinimumSpend: isMinimumSpend)
    }
}
