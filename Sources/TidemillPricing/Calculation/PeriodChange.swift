import TidemillCore
import TidemillOperations

/// What a change within a period takes of what was charged for it, and what it adds; what stays is in neither.
///
/// - Units that are taken away are worth what was charged for them. Those that came last go first.
/// - Units that are added cost the period's own price: that at which the charge was held when the period began, or when
///   the charge was first added.
/// - A charge that gets another price by the change itself (another plan, an override) is taken away whole, and added
///   whole.
/// - A charge that leaves is remembered: it costs the same when it comes back within the period.
/// - A minimum spend is the period's own likewise. More or less of it is the difference.
struct PeriodChange {
    var taken: [PaidCharge.Part] = []
    var added: [PaidCharge.Part] = []
    private var kept: [PaidCharge] = []
    /// The country that it ends in, and whether it began in another one.
    private let country: String?
    private let isMoved: Bool

    /// How many of those that left are remembered: more than anybody comes back to in a period.
    static let rememberedMax = 200
    /// What is charged now, in the order of the prices.
    private var grown: [(charge: PaidCharge, size: PaidCharge.Size, isLowered: Bool)] = []

    init(from old: SelectedPrices, to new: SelectedPrices, paid: PaidPeriod) throws(PricingError) {
        country = new.countryCode
        isMoved = old.isElsewhere(than: new)
        let held = Dictionary(old.advances.map { ($0.charge.key, $0) }) { first, _ in first }
        let wanted = new.advances
        let keys = Set(wanted.map(\.charge.key))
        let leaving = old.packages.subtracting(new.packages)
        var known: [String: PaidCharge] = [:]
        for var charge in paid.charges {
            if keys.contains(charge.key) {
                known[charge.key] = charge
                continue
            }
            // Else a new version does not have it any more, or it was left without prorations: it is paid for.
            if held[charge.key] != nil || leaving.contains(charge.packageID) {
                if let held = held[charge.key] { charge = try charge.completed(by: held) }
                taken += try charge.shrink(to: .none)
            }
            kept.append(charge)
        }
        var forgotten = kept.count { $0.layers.isEmpty } - Self.rememberedMax
        kept.removeAll { charge in
            guard charge.layers.isEmpty, forgotten > 0 else { return false }
            forgotten -= 1
            return true
        }
        for advance in wanted { try settle(advance, held: held[advance.charge.key], known[advance.charge.key]) }
    }

    private mutating func settle(
        _ new: Advance, held old: Advance?, _ paid: PaidCharge?
    ) throws(PricingError) {
        let held = old?.reckoned(by: paid)
        let isOtherMinimum = old.map { $0.charge.listedMinimum != new.charge.listedMinimum } ?? false
        let wanted = new.reckoned(by: held?.charge ?? paid, changed: isOtherMinimum ? new.charge.listedMinimum : nil)
        guard let held else {
            guard var charge = paid, !(charge.isWithoutScheme && charge.layers.isEmpty) else {
                return try grow(wanted.charge, to: wanted.size)
            }
            // At the period's own price. What was left without prorations is paid for until the period's end.
            let ruled = charge.ruled(by: wanted.charge, from: nil, in: country, isMoved: isMoved)
            guard ruled.scheme != charge.scheme else { return try grow(ruled, to: wanted.size) }
            taken += try charge.shrink(to: .none)
            return try grow(ruled.emptied, to: wanted.size)
        }
        var charge = try paid?.completed(by: held) ?? held.charge
        let ruled = charge.ruled(by: wanted.charge, from: held.charge, in: country, isMoved: isMoved)
        // Another scheme by which the same comes to the same makes no difference before the next period.
        let (was, will) = (try charge.cost(of: held.size), try ruled.cost(of: held.size))
        let isSame = held.size == wanted.size && was == will
        let isOther = held.charge.price.differs(from: wanted.charge.price, isMoved: isMoved)
        if isOther, ruled.scheme != charge.scheme, !isSame {
            guard paid?.layers.isEmpty == false else { return try settle(ruled, from: held.size, to: wanted.size) }
            taken += try charge.shrink(to: .none)
            return try grow(ruled.emptied, to: wanted.size)
        }
        if try charge.cost(of: charge.size) == ruled.cost(of: charge.size) { charge = ruled }
        try settle(charge, from: held.size, to: wanted.size)
    }

    /// More or less of a charge at its own price.
    private mutating func settle(
        _ paid: PaidCharge, from held: PaidCharge.Size, to wanted: PaidCharge.Size
    ) throws(PricingError) {
        var charge = paid
        guard held != wanted else { return kept.append(charge) }
        if try !charge.reaches(charge.size, held) {
            // More is held than was ever charged: a new version or a change without prorations brought it.
            charge.grow(to: held, PaidTerms(), isCharged: false)
        }
        if try charge.reaches(wanted, held) { return try grow(charge, to: wanted) }
        // What was given up without prorations is not given back.
        _ = try charge.shrink(to: held)
        taken += try charge.shrink(to: wanted)
        kept.append(charge)
    }

    private mutating func grow(_ charge: PaidCharge, to size: PaidCharge.Size) throws(PricingError) {
        // What was paid for and given up without prorations can be had again.
        guard try !charge.reaches(charge.size, size) else { return kept.append(charge) }
        let part = try charge.part(from: charge.size, through: size)
        if part.exact != .zero { added.append(part) }
        grown.append((charge, size, part.exact < .zero))
    }

    /// What is paid for after it, where what is added is charged on these terms by `source`.
    func paid(
        on terms: PaidTerms, in currency: String, used: [Discount.Taken], prepaid: Amount?, _ source: ChargeSource
    ) -> PaidPeriod {
        let charged = grown.map { charge, size, isLowered in
            var charge = charge
            charge.grow(to: size, isLowered ? terms.ofPercentages : terms, source: source)
            return charge
        }
        return PaidPeriod(
            kept + charged, in: currency, used: used, prepaid: prepaid, last: source.charge)
    }
}
