public import TidemillCore

/// With which discounts a running period was paid for: what its unused time is worth.
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

    public init(_ parts: [Part] = []) {
        self.parts = parts
    }

    /// What was charged in advance at `instant`: `charged`, of which fixed amounts may take `net`. They are taken off what
    /// is paid in advance before what was used.
    public init(
        _ discounts: [Discount], at instant: Timestamp, of charged: Amount, net: Amount? = nil, in currency: String
    ) {
        let inForce = discounts.filter { $0.isInForce(at: instant) && $0.figure(in: currency) != nil }
        let taken = Discount.take(inForce, off: max(net ?? charged, .zero), in: currency)
        parts = zip(inForce, inForce.map { discount in taken.first { $0.discount == discount }?.amount ?? .zero })
            .compactMap { discount, amount in
                guard case .fixed = discount.value else { return Part(discount) }
                return amount == .zero ? nil : Part(discount, taken: amount, of: charged)
            }
    }

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

    /// Of two terms, those under which less was paid: where something stays as it was paid and something is new, no more
    /// is given back than was paid.
    public static func lesser(_ left: PaidTerms, _ right: PaidTerms) -> PaidTerms {
        left.worth <= right.worth ? left : right
    }

    /// What was paid of a million.
    private var worth: Amount {
        let price = Amount(1_000_000)
        var rest = parts.reduce(price) { $0 - Self.fixed($1, of: price, digits: 9) }
        for discount in percentages {
            guard case .percent(let percent) = discount.value else { continue }
            rest -= Discount.percentage(percent, of: rest, digits: 9)
        }
        return rest
    }
}
