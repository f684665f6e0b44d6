public import TidemillCore
import TidemillOperations

/// What was charged in advance for the running period of a subscription, price by price: what unused time is worth, and
/// what more of the same costs until the period ends, whatever becomes of prices, coupons and taxes meanwhile.
public struct PaidPeriod: Sendable, Hashable {
    public let charges: [PaidCharge]
    /// What fixed amounts took off in this period, less what was given back: they are good for a period once.
    public let used: [Discount.Taken]
    /// What was charged for the minimum spend of the plan, since the period or the plan began, less what was given back:
    /// it pays for usage. Nil where an older Tidemill did not keep it.
    public let prepaid: Amount?

    public init(_ charges: [PaidCharge] = [], used: [Discount.Taken] = [], prepaid: Amount? = .zero) {
        self.charges = charges
        self.used = used
        self.prepaid = prepaid
    }

    /// A whole period of everything that is paid in advance.
    public init(of prices: SelectedPrices, terms: PaidTerms, used: [Discount.Taken] = []) {
        charges = prices.advances.map { advance in
            var charge = advance.charge
            charge.grow(to: advance.size, terms)
            return charge
        }
        self.used = used
        prepaid = prices.minimumSpend?.rounded(toDigits: prices.digits) ?? .zero
    }

    /// The same of which nothing pays for usage any more.
    var withoutPrepaid: PaidPeriod { PaidPeriod(charges, used: used) }

    /// The unused time of everything: a cancellation, or a change that begins a new period.
    public func unusedTime(
        in period: BillingRange, at instant: Timestamp, digits: Int
    ) throws(PricingError) -> [QuoteLine] {
        let share = PeriodShare(leftAt: instant, start: period.start, end: period.end)
        guard !share.isNothing else { return [] }
        var lines: [QuoteLine] = []
        for var charge in charges {
            for part in try charge.shrink(to: .none) where part.exact != .zero {
                lines.append(QuoteLine(taken: part, share, digits: digits))
            }
        }
        return lines
    }
}
