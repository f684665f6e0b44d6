public import TidemillCore
import TidemillOperations

/// What was charged in advance for the running period of a subscription, price by price: what unused time is worth, and
/// what more of the same costs until the period ends, whatever becomes of prices, coupons and taxes meanwhile.
public struct PaidPeriod: Sendable, Hashable {
    public let charges: [PaidCharge]
    /// Of all charges; nil without any, and where an older Tidemill did not keep it.
    public let currency: String?
    /// What fixed amounts took off in this period, less what was given back: they are good for a period once.
    public let used: [Discount.Taken]
    /// What was charged for the minimum spend of the plan, since the period or the plan began, less what was given back:
    /// it pays for usage. Nil where an older Tidemill did not keep it.
    public let prepaid: Amount?
    /// What is due once and left in this period, with how much there was of it: it is not due again when it comes back.
    public internal(set) var once: [Once]

    /// A charge that is due once.
    public struct Once: Sendable, Hashable {
        public let key: String
        public let size: PaidCharge.Size

        public init(key: String, size: PaidCharge.Size) {
            self.key = key
            self.size = size
        }
    }

    public init(
        _ charges: [PaidCharge] = [], in currency: String? = nil, used: [Discount.Taken] = [],
        prepaid: Amount? = .zero, once: [Once] = []
    ) {
        self.charges = charges
        self.currency = charges.isEmpty ? nil : currency
        self.used = used
        self.prepaid = prepaid
        self.once = once
    }

    /// A whole period of everything that is paid in advance.
    public init(of prices: SelectedPrices, terms: PaidTerms, used: [Discount.Taken] = []) {
        charges = prices.advances.map { advance in
            var charge = advance.charge
            charge.grow(to: advance.size, terms)
            return charge
        }
        currency = charges.isEmpty ? nil : prices.currency
        self.used = used
        once = []
        prepaid = prices.minimumSpend?.rounded(toDigits: prices.digits) ?? .zero
    }

    /// The same of which nothing pays for usage any more.
    var withoutPrepaid: PaidPeriod { PaidPeriod(charges, in: currency, used: used, once: once) }

    /// What the period knows a price in advance of, also where it left.
    public var packagesInAdvance: Set<String> { Set(charges.filter(\.isSold).map(\.packageID)) }

    /// Packages of which all that is held was charged, and nothing was given back since.
    public func packagesPaid(
        holding prices: SelectedPrices, in period: BillingRange
    ) throws(PricingError) -> Set<String> {
        var unpaid = Set(charges.filter { $0.isGivenBack }.map(\.packageID))
        for charge in charges {
            for layer in charge.layers where !layer.isCharged {
                if try charge.cost(of: layer.size) != .zero { unpaid.insert(charge.packageID) }
            }
        }
        for held in prices.advances where try held.charge.cost(of: held.size) != .zero {
            let charge = charges.first { $0.key == held.charge.key }
            if try charge.map({ (charge) throws(PricingError) in try charge.reaches(charge.size, held.size) }) != true {
                unpaid.insert(held.charge.packageID)
            }
        }
        let lines = try unusedTime(in: period, at: period.start, digits: prices.digits)
        let credits = lines.map { PaidTerms.Credit(amount: $0.amount, terms: $0.terms ?? PaidTerms()) }
        let worth = Discount.settle([], off: .zero, credits: credits, in: prices.currency).credits
        let paid = zip(lines, worth).filter { $1.amount < .zero }.compactMap(\.0.packageID)
        return Set(paid).subtracting(unpaid)
    }

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
