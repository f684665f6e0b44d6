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

    public init(
        kind: Kind, description: String, packageID: String? = nil, featureID: String? = nil, quantity: Amount,
        unitPrice: Amount, amount: Amount, isMinimumSpend: Bool = false
    ) {
        self.kind = kind
        self.description = description
        self.packageID = packageID
        self.featureID = featureID
        self.quantity = quantity
        self.unitPrice = unitPrice
        self.amount = amount
        self.isMinimumSpend = isMinimumSpend
    }

    /// The floor under usage for a part of a period; nil where there is none.
    init?(floorOf prices: SelectedPrices, _ share: PeriodShare = .whole, kind: Kind) {
        guard let floor = prices.minimumSpend, floor > .zero else { return nil }
        let part = ExactAmount(floor).share(share, toDigits: prices.digits)
        let description =
            switch kind {
            case .credit: "Unused time on \(prices.planName): minimum spend"
            case .debit: "Remaining time on \(prices.planName): minimum spend"
            default: "Minimum spend"
            }
        self.init(
            kind: kind, description: description, packageID: prices.planID, quantity: Amount(1), unitPrice: floor,
            amount: kind == .credit ? -part : part, isMinimumSpend: true)
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

    /// The part of an item's price for the part of a period: credited, or charged.
    init(_ item: PricedItem, _ share: PeriodShare, isCredit: Bool, digits: Int) throws(PricingError) {
        let cost = try item.pricer.cost(of: item.units)
        let part = item.exact.share(share, toDigits: digits)
        self.init(
            kind: isCredit ? .credit : .debit,
            description: isCredit ? "Unused time on \(item.title)" : "Remaining time on \(item.title)",
            packageID: item.packageID, featureID: item.charge.featureID?.text,
            quantity: cost.quantity.times(item.packageQuantity) ?? cost.quantity, unitPrice: cost.unitPrice,
            amount: isCredit ? -part : part)
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
