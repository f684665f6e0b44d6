public import TidemillCore
import TidemillOperations

/// What was charged in advance for the running period of a subscription, price by price: what unused time is worth,
/// whatever becomes of prices, coupons and taxes meanwhile.
public struct PaidPeriod: Sendable, Hashable {
    /// One price of the subscription, as it was charged.
    public struct Line: Sendable, Hashable {
        public let packageID: String
        /// Which of the package's charges it is; the same for all prices of one charge.
        public let charge: String
        public let title: String
        public let featureID: String?
        public let quantity: Amount
        public let unitPrice: Amount
        /// Of a whole period, before discounts and tax.
        public let exact: ExactAmount
        public let isMinimumSpend: Bool
        public let terms: PaidTerms

        public init(
            packageID: String, charge: String, title: String, featureID: String?, quantity: Amount, unitPrice: Amount,
            exact: ExactAmount, isMinimumSpend: Bool, terms: PaidTerms
        ) {
            self.packageID = packageID
            self.charge = charge
            self.title = title
            self.featureID = featureID
            self.quantity = quantity
            self.unitPrice = unitPrice
            self.exact = exact
            self.isMinimumSpend = isMinimumSpend
            self.terms = terms
        }
    }

    public let lines: [Line]
    /// What fixed amounts took off in this period, less what was given back: they are good for a period once.
    public let used: [Discount.Taken]

    public init(_ lines: [Line] = [], used: [Discount.Taken] = []) {
        self.lines = lines
        self.used = used
    }

    /// A whole period of everything that is paid in advance.
    public init(
        of prices: SelectedPrices, terms: PaidTerms, used: [Discount.Taken] = []
    ) throws(PricingError) {
        var lines: [Line] = []
        for item in prices.items where item.isPaidInAdvance { lines.append(try Line(item, terms)) }
        if let floor = Line(floorOf: prices, terms) { lines.append(floor) }
        self.lines = lines
        self.used = used
    }

    /// The unused time of everything: a cancellation, or a change that begins a new period.
    public func unusedTime(in period: BillingRange, at instant: Timestamp, digits: Int) -> [QuoteLine] {
        let share = PeriodShare(leftAt: instant, start: period.start, end: period.end)
        return share.isNothing ? [] : lines.map { QuoteLine($0, share, digits: digits) }
    }

    /// The lines whose time a change leaves unused. `old` is what is held before it: at today's prices, where what was
    /// charged may have been others.
    func left(by change: (old: SelectedPrices, new: SelectedPrices)) -> [Line] {
        let (old, new) = change
        let packages = Set(new.items.map(\.packageID) + new.freeItems.map(\.id) + [new.planID])
        let before = Dictionary(old.items.filter(\.isPaidInAdvance).map { ($0.chargeKey, $0) }) { first, _ in first }
        return lines.filter { line in
            if line.isMinimumSpend { return Self.changesFloor(from: old, to: new) }
            guard let item = before[line.charge] else { return !packages.contains(line.packageID) }
            return !new.items.contains { $0.isPaidInAdvance && $0.isUnchanged(item) }
        }
    }

    static func changesFloor(from old: SelectedPrices, to new: SelectedPrices) -> Bool {
        old.planID != new.planID || old.minimumSpend != new.minimumSpend
    }
}

extension PaidPeriod.Line {
    init(_ item: PricedItem, _ terms: PaidTerms) throws(PricingError) {
        let cost = try item.pricer.cost(of: item.units)
        self.init(
            packageID: item.packageID, charge: item.chargeKey, title: item.title,
            featureID: item.charge.featureID?.text,
            quantity: cost.quantity.times(item.packageQuantity) ?? cost.quantity, unitPrice: cost.unitPrice,
            exact: item.exact, isMinimumSpend: false, terms: terms)
    }

    /// The floor under usage; nil where there is none.
    init?(floorOf prices: SelectedPrices, _ terms: PaidTerms) {
        guard let floor = prices.minimumSpend, floor > .zero else { return nil }
        self.init(
            packageID: prices.planID, charge: "", title: "\(prices.planName): minimum spend", featureID: nil,
            quantity: Amount(1), unitPrice: floor, exact: ExactAmount(floor), isMinimumSpend: true, terms: terms)
    }
}

extension PricedItem {
    /// Whether something is charged for it at the start of each period.
    var isPaidInAdvance: Bool { isInAdvance && exact != .zero }

    /// Tells the charges of a subscription apart, and is kept in stores.
    var chargeKey: String {
        let key = PriceList.Key(charge)
        let parts = [
            kind.rawValue, packageID, key.model.rawValue, key.cadence.rawValue, key.featureID?.text ?? "",
            key.topUpCurrencyID ?? "", key.currencyID ?? "",
        ]
        return parts.joined(separator: "/")
    }
}
