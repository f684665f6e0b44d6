public import TidemillCore
import TidemillOperations

/// A line of an invoice, rounded once to the currency's minor unit.
public struct QuoteLine: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// A whole period in advance.
        case recurring
        case oneOff
        /// Unused time of what was paid; below zero.
        case credit
        /// What is left of a period at a new price.
        case debit
        case usage
        case overage
        /// What lies between usage and the floor under it.
        case minimumSpend
    }

    public let kind: Kind
    public let description: String
    public let packageID: String?
    public let featureID: String?
    public let quantity: Amount
    public let unitPrice: Amount
    public let amount: Amount

    public init(
        kind: Kind, description: String, packageID: String? = nil, featureID: String? = nil, quantity: Amount,
        unitPrice: Amount, amount: Amount
    ) {
        self.kind = kind
        self.description = description
        self.packageID = packageID
        self.featureID = featureID
        self.quantity = quantity
        self.unitPrice = unitPrice
        self.amount = amount
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
}
