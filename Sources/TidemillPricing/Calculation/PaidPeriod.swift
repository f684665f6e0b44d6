public import TidemillCore
import TidemillOperations

/// What was charged in advance for the running period of a subscription, price by price: what unused time is worth, and
/// what more of the same costs until the period ends, whatever becomes of prices, coupons and taxes meanwhile.
public struct PaidPeriod: Sendable, Hashable {
    public private(set) var charges: [PaidCharge]
    /// Of all charges; nil without any, and where an older Tidemill did not keep it.
    public let currency: String?
    /// What fixed amounts took off in this period, less what was given back: they are good for a period once.
    public let used: [Discount.Taken]
    /// What was charged for the minimum spend of the plan, since the period or the plan began, less what was given back:
    /// it pays for usage. Nil where an older Tidemill did not keep it.
    public private(set) var prepaid: Amount?
    /// What is due once and was part of it in this period, with the most that there was: that is not due again, and more
    /// of it costs what it did then.
    public internal(set) var once: [Once]
    /// The newest charge; 0 where none was kept.
    public let last: Int64
    /// What was given back of charges, of earlier periods too, with discounts and tax.
    public private(set) var given: [Int64: Amount] = [:]

    /// A charge that is due once.
    public struct Once: Sendable, Hashable {
        public let key: String
        public private(set) var size: PaidCharge.Size
        /// Nil where an older Tidemill did not keep it.
        public private(set) var price: PeriodPrice?

        public init(key: String, size: PaidCharge.Size, price: PeriodPrice? = nil) {
            self.key = key
            self.size = size
            self.price = price
        }

        /// The same after a change from `held` to `wanted`, to a country that may be another one.
        mutating func note(_ wanted: Once, from held: Once?, in country: String?, isMoved: Bool) {
            size = PaidCharge.Size(
                units: max(size.units, wanted.size.units), packages: max(size.packages, wanted.size.packages))
            price =
                wanted.price.map { wanted in
                    price?.ruled(by: wanted, from: held?.price, in: country, isMoved: isMoved) ?? wanted
                } ?? price
        }
    }

    /// Charges of which it is known what was given back.
    private static let givenMax = 100

    public init(
        _ charges: [PaidCharge] = [], in currency: String? = nil, used: [Discount.Taken] = [],
        prepaid: Amount? = .zero, once: [Once] = [], last: Int64 = 0, given: [Int64: Amount] = [:]
    ) {
        self.given = given
        self.charges = charges
        self.currency = charges.isEmpty ? nil : currency
        self.used = used
        self.prepaid = prepaid
        self.once = once
        self.last = last
    }

    /// A whole period of everything that is paid in advance.
    public init(
        of prices: SelectedPrices, terms: PaidTerms, used: [Discount.Taken] = [], _ source: ChargeSource? = nil
    ) {
        charges = prices.advances.map { advance in
            var charge = advance.charge
            if !advance.isNoMinimum { charge.grow(to: advance.size, terms, source: source) }
            return charge
        }
        currency = charges.isEmpty ? nil : prices.currency
        self.used = used
        once = prices.oneOffs
        last = source?.charge ?? 0
        prepaid = prices.minimumSpend?.rounded(toDigits: prices.digits) ?? .zero
    }

    /// The same of which so much pays for usage.
    public func prepaying(_ amount: Amount) -> PaidPeriod {
        var period = self
        period.prepaid = amount
        return period
    }

    /// The same when `plan` gives way to `next`, for whose minimum spend so much is `charged`. What is `left` of the plan's
    /// own waits for it to come back, and pays for no other plan's usage.
    func leaving(_ plan: String, left: Amount, for next: String, charged: Amount) -> PaidPeriod {
        var period = self
        var waiting = Amount.zero
        for index in period.charges.indices where period.charges[index].isMinimumSpend {
            switch period.charges[index].packageID {
            case plan: period.charges[index].left = max(left, .zero)
            case next: (waiting, period.charges[index].left) = (period.charges[index].left, .zero)
            default: break
            }
        }
        period.prepaid = waiting + charged
        return period
    }

    /// What the period knows a price in advance of, also where it left.
    public var packagesInAdvance: Set<String> { Set(charges.filter(\.isSold).map(\.packageID)) }

    /// Whether it knows any price in advance, of the list too where an own one of nothing stood over it.
    var knowsAdvance: Bool { charges.contains(where: \.isPriced) }

    /// Packages of which all that is held was charged, and nothing was given back since.
    public func packagesPaid(
        holding prices: SelectedPrices, in period: BillingRange
    ) throws(PricingError) -> Set<String> {
        var unpaid = Set(charges.filter { $0.isGivenBack }.map(\.packageID))
        for charge in charges {
            for layer in charge.layers where !layer.isPaid {
                if try charge.cost(of: layer.size) != .zero { unpaid.insert(charge.packageID) }
            }
        }
        for advance in prices.advances {
            let charge = charges.first { $0.key == advance.charge.key }
            let held = advance.reckoned(by: charge)
            guard try held.charge.cost(of: held.size) != .zero else { continue }
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

    /// By which number the next charge is known.
    func next(at instant: Timestamp) -> Int64 { max(instant.microseconds, last + 1) }

    /// The invoice of these charges was waived. A minimum spend goes on paying for usage: it is not owed either.
    /// What was given back of them was given for nothing, and is noted no more.
    public func waiving(_ gone: Set<Int64>) -> PaidPeriod {
        let charges = charges.map { charge in
            var charge = charge
            for number in gone { charge.waive(number) }
            return charge
        }
        return PaidPeriod(
            charges, in: currency, used: used, prepaid: prepaid, once: once, last: last,
            given: given.filter { !gone.contains($0.key) })
    }

    /// So much more was given back.
    public func giving(_ more: [Int64: Amount]) -> PaidPeriod {
        var period = self
        period.given.merge(more) { $0 + $1 }
        for old in period.given.keys.sorted().dropLast(Self.givenMax) { period.given[old] = nil }
        return period
    }

    /// Fixed amounts have taken off so much more; `anew`: so much in all.
    public func using(_ taken: [Discount.Taken], anew: Bool = false) -> PaidPeriod {
        var used = anew ? [] : used
        for taken in taken where !taken.discount.isPercentage && taken.amount != .zero {
            let same = used.firstIndex { $0.discount.isSameOffer(as: taken.discount) }
            let before = same.map { used.remove(at: $0).amount } ?? .zero
            used.append(Discount.Taken(discount: taken.discount, amount: taken.amount + before))
        }
        return PaidPeriod(
            charges, in: currency, used: used, prepaid: prepaid, once: once, last: last, given: given)
    }

    /// The unused time of everything: a cancellation, or a change that begins a new period.
    public func unusedTime(
        in period: BillingRange, at instant: Timestamp, digits: Int
    ) throws(PricingError) -> [QuoteLine] {
        let share = PeriodShare(leftAt: instant, start: period.start, end: period.end)
        guard !share.isNothing else { return [] }
        var lines: [QuoteLine] = []
        for var charge in charges {
            for part in try charge.shrink(to: .none) { lines.append(QuoteLine(taken: part, share, digits: digits)) }
        }
        return lines
    }
}
