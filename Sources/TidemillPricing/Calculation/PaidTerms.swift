public import TidemillCore

/// With which discounts, and with which tax, something was charged: what it is worth when it is given back.
public struct PaidTerms: Sendable, Hashable {
    /// One discount. A fixed amount took `taken` off charges of `of`; both are zero for a percentage.
    public struct Part: Sendable, Hashable {
        public let discount: Discount
        public let taken: Amount
        public let of: Amount

        public init(_ discount: Discount, taken: Amount = .zero, of: Amount = .zero) {
            self.discount = discount
            self.taken = taken
            self.of = of
        }
    }

    public let parts: [Part]
    public let tax: Tax?

    public init(_ parts: [Part] = [], tax: Tax? = nil) {
        self.parts = parts
        self.tax = tax
    }

    /// The terms of `charges` that `discounts` reduced: `settled` with whatever else is on the invoice. Fixed amounts are
    /// taken off what is paid in advance before what was used.
    init(_ discounts: [Discount], _ settled: Discount.Settled, of charges: Amount, tax: Tax?) {
        parts = discounts.compactMap { discount in
            guard case .fixed = discount.value else { return Part(discount) }
            let taken = min(settled.fixed.first { $0.discount == discount }?.amount ?? .zero, charges)
            return taken == .zero ? nil : Part(discount, taken: taken, of: charges)
        }
        self.tax = tax
    }

    /// Something that is given back: zero or less, on the terms on which it was charged.
    struct Credit {
        var amount: Amount
        let terms: PaidTerms
    }

    /// Without fixed amounts.
    var ofPercentages: PaidTerms { PaidTerms(parts.filter { $0.discount.isPercentage }, tax: tax) }

    var percentages: [Discount] {
        parts.map(\.discount).filter { if case .percent = $0.value { true } else { false } }
    }

    /// What a fixed amount paid of `credited`, rounded once.
    static func fixed(_ part: Part, of credited: Amount, digits: Int) -> Amount {
        guard part.of > .zero else { return .zero }
        var step: Int128 = 1
        for _ in 0..<(9 - digits) { step *= 10 }
        // A part of what fits, fits.
        let minor = credited.scaled(by: part.taken.nanos, over: part.of.nanos * step) ?? .zero
        return Amount(nanos: minor.nanos * step)
    }
}
