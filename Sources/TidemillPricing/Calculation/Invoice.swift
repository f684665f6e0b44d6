public import TidemillCore
import TidemillOperations

/// Lines and what they come to: sum, discounts, tax (semantics.md, "Amounts and money").
public struct Invoice: Sendable {
    public let currency: String
    public let lines: [QuoteLine]
    /// The sum of the lines; below zero when more is credited than charged.
    public let subTotal: Amount
    public let discounts: [Discount.Taken]
    public let totalExcludingTax: Amount
    /// Below zero where more tax is given back than charged.
    public let tax: Amount
    public let taxTerms: Tax?
    /// What is due, after what the account paid of it; never below zero.
    public let total: Amount
    /// What is credited beyond all charges: it stays the customer's.
    public let surplus: Amount
    /// What the account had, and what of it pays this invoice. A payment: it changes no tax.
    public let creditBefore: Amount
    public let creditUsed: Amount
    /// What the account has then.
    public var creditAfter: Amount { creditBefore - creditUsed + surplus }

    public var discountAmount: Amount { discounts.reduce(.zero) { $0 + $1.amount } }

    /// `discounts` that are not in force at `instant` take nothing. Lines with terms of their own, as credits of what was
    /// charged are, are reduced and taxed by those. `used` is what fixed amounts have taken off in this period before.
    ///
    /// `waiting` are lines that were put off until this invoice: their percentages were taken when they came about, so
    /// that no discount applies to them again. `credit` is what the account has.
    public init(
        _ lines: [QuoteLine], in currency: String, discounts: [Discount] = [], at instant: Timestamp,
        used: [Discount.Taken] = [], waiting: [QuoteLine] = [], credit: Amount = .zero, tax terms: Tax? = nil
    ) throws(PricingError) {
        let digits = MinorUnits.digits(of: currency)
        var sum = Amount.zero
        for line in lines { sum += line.amount }
        let putOff = waiting.reduce(Amount.zero) { $0 + $1.amount }
        guard sum.isWithinBound, (sum + putOff).isWithinBound else { throw .tooLarge("the sum of all lines") }
        let inForce = discounts.filter { $0.isInForce(at: instant) && $0.figure(in: currency) != nil }
        let credits = Self.credits(of: lines, tax: terms)
        let charges = credits.reduce(sum) { $0 - $1.amount }
        let settled = Discount.settle(inForce, off: charges, credits: credits, used: used, in: currency)
        let taken = settled.taken
        // One tax on all that it holds for; another on what was charged with another.
        var taxed: [(tax: Tax?, sum: Amount)] = [(terms, settled.charges)]
        let parts =
            settled.credits.map { ($0.terms.tax, $0.amount) }
            + waiting.map { line in (line.terms.map(\.tax) ?? terms, line.amount) }
        for (own, amount) in parts {
            if let index = taxed.firstIndex(where: { $0.tax == own }) {
                taxed[index].sum += amount
            } else {
                taxed.append((own, amount))
            }
        }
        var net = Amount.zero
        var tax = Amount.zero
        for (terms, sum) in taxed {
            let part = terms?.amount(on: sum, digits: digits) ?? .zero
            tax += part
            net += terms?.isInclusive == true ? sum - part : sum
        }
        let gross = net + tax
        self.currency = currency
        self.lines = lines + waiting
        subTotal = sum + putOff
        self.discounts = taken
        taxTerms = terms
        totalExcludingTax = net
        self.tax = tax
        creditBefore = credit
        creditUsed = min(max(gross, .zero), max(credit, .zero))
        // A credit is no negative invoice: it is kept, with the tax that was paid on it.
        total = max(gross, .zero) - creditUsed
        surplus = max(-gross, .zero)
    }

    /// What the lines give back, or charge on terms of their own, by those terms.
    private static func credits(of lines: [QuoteLine], tax: Tax?) -> [PaidTerms.Credit] {
        var credits: [PaidTerms.Credit] = []
        for line in lines where line.kind == .credit || line.terms != nil {
            let terms = line.terms ?? PaidTerms(tax: tax)
            if let index = credits.firstIndex(where: { $0.terms == terms }) {
                credits[index].amount += line.amount
            } else {
                credits.append(PaidTerms.Credit(amount: line.amount, terms: terms))
            }
        }
        return credits
    }
}
