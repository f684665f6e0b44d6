public import TidemillCore

/// What a change within a period comes to: unused time of the old prices is credited, time at the new prices charged,
/// by the second of the actual period. Each line is rounded once (semantics.md, "Amounts and money").
public struct Proration: Sendable {
    /// When the change takes effect.
    public let date: Timestamp
    public let creditLines: [QuoteLine]
    public let debitLines: [QuoteLine]

    public init(date: Timestamp, creditLines: [QuoteLine] = [], debitLines: [QuoteLine] = []) {
        self.date = date
        self.creditLines = creditLines
        self.debitLines = debitLines
    }

    /// Not below zero.
    public var credit: Amount { creditLines.reduce(.zero) { $0 - $1.amount } }
    public var debit: Amount { debitLines.reduce(.zero) { $0 + $1.amount } }
    public var netAmount: Amount { debit - credit }
    public var hasProrations: Bool { !(creditLines.isEmpty && debitLines.isEmpty) }

    /// A change within the running period, of which `paid` was charged. Charges that stay as they are appear on neither
    /// side; usage and what is due once are not prorated.
    public init(
        from old: SelectedPrices, to new: SelectedPrices, paid: PaidPeriod, in period: BillingRange,
        at instant: Timestamp
    ) throws(PricingError) {
        let change = try PeriodChange(from: old, to: new, paid: paid)
        self.init(change, in: period, at: instant, digits: new.digits, on: PaidTerms())
    }

    /// `terms`: with which discounts and tax something is charged now.
    init(_ change: PeriodChange, in period: BillingRange, at instant: Timestamp, digits: Int, on terms: PaidTerms) {
        let share = PeriodShare(leftAt: instant, start: period.start, end: period.end)
        guard !share.isNothing else {
            self.init(date: instant)
            return
        }
        let lines =
            change.taken.map { QuoteLine(taken: $0, share, digits: digits) }
            + change.added.map { QuoteLine(added: $0, share, digits: digits, on: terms) }
        self.init(
            date: instant, creditLines: lines.filter { $0.kind == .credit },
            debitLines: lines.filter { $0.kind != .credit })
    }
}
