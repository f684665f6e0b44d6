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
        /// The tax on lines that bring their own, with the rate of then; of either sign.
        case tax
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
    /// Of a credit: how it was charged; nil where no discount was taken, and the tax was that of now. Of a charge: on which
    /// terms, where they are not those of its invoice.
    public let terms: PaidTerms?
    /// The metered time that it bills.
    public var window: BillingRange?
    /// What it bills: a charge in advance (`ChargeSource.origin`), or closed usage by its id. Nil where that is what its
    /// invoice says.
    public var origin: String?
    /// Of usage that came late: what its window came to with it.
    public var through: Amount?
    /// When that was, in microseconds.
    public var turn: Int64?
    /// Of unused time: what it is part of, and what of that would be given for nothing if a charge was waived.
    var unused: UnusedTime?

    public init(
        kind: Kind, description: String, packageID: String? = nil, featureID: String? = nil, quantity: Amount,
        unitPrice: Amount, amount: Amount, isMinimumSpend: Bool = false, terms: PaidTerms? = nil,
        window: BillingRange? = nil
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
        self.window = window
    }

    /// The floor under usage for a whole period; nil where there is none.
    init?(floorOf prices: SelectedPrices, kind: Kind) {
        guard let floor = prices.minimumSpend, floor > .zero else { return nil }
        self.init(
            kind: kind, description: "Minimum spend", packageID: prices.planID, quantity: Amount(1), unitPrice: floor,
            amount: floor.rounded(toDigits: prices.digits), isMinimumSpend: true)
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

    /// What is due once for what a change adds.
    init(once part: PaidCharge.Part, digits: Int) {
        let (quantity, unitPrice) = part.shown
        self.init(
            kind: .oneOff, description: part.title, packageID: part.charge.packageID,
            featureID: part.charge.featureID, quantity: quantity, unitPrice: unitPrice,
            amount: part.exact.rounded(toDigits: digits))
    }

    /// The rest of a period that was paid for: a credit on the terms of then. Where less costs more, by volume, it is
    /// charged on them.
    init(taken part: PaidCharge.Part, _ share: PeriodShare, digits: Int) {
        self.init(part, isCredit: part.exact > .zero, -part.exact.share(share, toDigits: digits), terms: part.terms)
        unused = UnusedTime(whole: part.exact, sources: part.sources)
    }

    /// What is added to what was paid for, for the rest of a period. Where more costs less, by volume, it is a credit on
    /// the terms of now.
    init(added part: PaidCharge.Part, _ share: PeriodShare, digits: Int, on terms: PaidTerms) {
        let isCredit = part.exact < .zero
        self.init(
            part, isCredit: isCredit, part.exact.share(share, toDigits: digits),
            terms: isCredit ? terms.ofPercentages : nil)
    }

    private init(_ part: PaidCharge.Part, isCredit: Bool, _ amount: Amount, terms: PaidTerms?) {
        let (quantity, unitPrice) = part.shown
        self.init(
            kind: isCredit ? .credit : .debit,
            description: "\(isCredit ? "Unused" : "Remaining") time on \(part.title)",
            packageID: part.charge.packageID, featureID: part.charge.featureID, quantity: quantity,
            unitPrice: unitPrice, amount: amount, isMinimumSpend: part.charge.isMinimumSpend, terms: terms)
    }

    public func of(_ origin: String?) -> QuoteLine {
        var line = self
        line.origin = origin
        return line
    }

    /// The same for several periods; each was rounded.
    func repeated(_ periods: Int64) throws(PricingError) -> QuoteLine {
        guard periods > 1 else { return self }
        guard let quantity = quantity.times(periods), let amount = amount.times(periods) else {
            throw .tooLarge(description)
        }
        return QuoteLine(
            kind: kind, description: "\(description), \(periods) periods", packageID: packageID, featureID: featureID,
            quantity: quantity, unitPrice: unitPrice, amount: amount, isMinimumSpend: isMinimumSpend
        ).of(origin)
    }
}
