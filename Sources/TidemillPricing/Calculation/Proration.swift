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
        let share = PeriodShare(leftAt: instant, start: period.start, end: period.end)
        guard !share.isNothing else {
            self.init(date: instant)
            return
        }
        let credits = paid.left(by: (old, new)).map { QuoteLine($0, share, digits: old.digits) }
        var debits: [QuoteLine] = []
        for item in Self.added(from: old, to: new) { debits.append(try QuoteLine(item, share, digits: new.digits)) }
        if PaidPeriod.changesFloor(from: old, to: new), let line = QuoteLine(floorOf: new, share, kind: .debit) {
            debits.append(line)
        }
        self.init(date: instant, creditLines: credits, debitLines: debits)
    }

    /// What a change charges in advance that was not held so before.
    static func added(from old: SelectedPrices, to new: SelectedPrices) -> [PricedItem] {
        new.items.filter { item in
            item.isPaidInAdvance && !old.items.contains { $0.isPaidInAdvance && $0.isUnchanged(item) }
        }
    }
}
