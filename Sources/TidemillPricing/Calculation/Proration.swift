public import TidemillCore

/// What a change within a period comes to: unused time of the old prices is credited, time at the new prices charged,
/// by the second of the actual period. Each line is rounded once (SEMANTICS, "Amounts and money").
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

    /// A change within the running period. Charges that stay as they are appear on neither side; usage and what is due
    /// once are not prorated.
    public init(
        from old: SelectedPrices, to new: SelectedPrices, in period: BillingRange, at instant: Timestamp
    ) throws(PricingError) {
        let share = PeriodShare(leftAt: instant, start: period.start, end: period.end)
        guard !share.isNothing else {
            self.init(date: instant)
            return
        }
        let sameCurrency = old.currency == new.currency
        let before = old.items.filter { $0.isInAdvance && $0.exact != .zero }
        let after = new.items.filter { $0.isInAdvance && $0.exact != .zero }
        var credits: [QuoteLine] = []
        var debits: [QuoteLine] = []
        for item in before where !(sameCurrency && after.contains { $0.isUnchanged(item) }) {
            credits.append(try QuoteLine(item, share, isCredit: true, digits: old.digits))
        }
        for item in after where !(sameCurrency && before.contains { $0.isUnchanged(item) }) {
            debits.append(try QuoteLine(item, share, isCredit: false, digits: new.digits))
        }
        if !(sameCurrency && old.planID == new.planID && old.minimumSpend == new.minimumSpend) {
            if let line = QuoteLine(floorOf: old, share, kind: .credit) { credits.append(line) }
            if let line = QuoteLine(floorOf: new, share, kind: .debit) { debits.append(line) }
        }
        self.init(date: instant, creditLines: credits, debitLines: debits)
    }

    /// The unused time of everything that was paid in advance: a cancellation, or a change that begins a new period.
    public static func unusedTime(
        of prices: SelectedPrices, in period: BillingRange, at instant: Timestamp
    ) throws(PricingError) -> [QuoteLine] {
        let share = PeriodShare(leftAt: instant, start: period.start, end: period.end)
        guard !share.isNothing else { return [] }
        var lines: [QuoteLine] = []
        for item in prices.items where item.isInAdvance && item.exact != .zero {
            lines.append(try QuoteLine(item, share, isCredit: true, digits: prices.digits))
        }
        if let line = QuoteLine(floorOf: prices, share, kind: .credit) { lines.append(line) }
        return lines
    }
}
