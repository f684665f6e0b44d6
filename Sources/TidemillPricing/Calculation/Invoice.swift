public import TidemillCore
import TidemillOperations

/// Lines and what they come to: sum, discounts, tax (SEMANTICS, "Amounts and money").
public struct Invoice: Sendable {
    public let currency: String
    public let lines: [QuoteLine]
    /// The sum of the lines; below zero when more is credited than charged.
    public let subTotal: Amount
    public let discounts: [Discount.Taken]
    public let totalExcludingTax: Amount
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

    /// `discounts` that are not in force at `instant` take nothing. `paid` are the terms on which the time was paid for
    /// that the lines credit.
    ///
    /// `waiting` are lines that were put off until this invoice: their percentages were taken when they came about, so
    /// that no discount applies to them again. `credit` is what the account has.
    public init(
        _ lines: [QuoteLine], in currency: String, discounts: [Discount] = [], at instant: Timestamp,
        paid: PaidTerms = PaidTerms(), waiting: [QuoteLine] = [], credit: Amount = .zero, tax terms: Tax? = nil
    ) throws(PricingError) {
        let digits = MinorUnits.digits(of: currency)
        var sum = Amount.zero
        for line in lines { sum += line.amount }
        let putOff = waiting.reduce(Amount.zero) { $0 + $1.amount }
        guard sum.isWithinBound, (sum + putOff).isWithinBound else { throw .tooLarge("the sum of all lines") }
        let inForce = discounts.filter { $0.isInForce(at: instant) && $0.figure(in: currency) != nil }
        let credited = lines.filter { $0.kind == .credit }.reduce(Amount.zero) { $0 + $1.amount }
        let taken = Discount.take(inForce, off: sum - credited, credited: credited, paid: paid, in: currency)
        let discounted = taken.reduce(sum) { $0 - $1.amount } + putOff
        let taxed = terms?.amount(on: discounted, digits: digits) ?? .zero
        let net = terms?.isInclusive == true ? discounted - taxed : discounted
        let gross = net + taxed
        self.currency = currency
        self.lines = lines + waiting
        subTotal = sum + putOff
        self.discounts = taken
        taxTerms = terms
        // A credit is no negative invoice: it is kept, with the tax that was paid on it.
        totalExcludingTax = max(net, .zero)
        tax = max(taxed, .zero)
        creditBefore = credit
        creditUsed = min(max(gross, .zero), max(credit, .zero))
        total = max(gross, .zero) - creditUsed
        surplus = max(-gross, .zero)
    }
}
