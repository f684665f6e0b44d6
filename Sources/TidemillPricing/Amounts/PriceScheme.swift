public import TidemillCore

/// How a number of units becomes money.
public enum PriceScheme: Sendable, Hashable {
    /// Each unit, and each part of one, at the same price.
    case unit(Amount)
    /// A block of units at a price; a started block is whole.
    case blocks(price: Amount, size: Amount)
    /// Each unit at the price of the tier that it falls in; the flat price of each tier that is entered is added.
    case graduated([PriceTier])
    /// All units at the price of the tier that the total falls in, and that tier's flat price. With flat prices alone
    /// it is a stair step.
    case volume([PriceTier])

    /// What so many units cost. Nothing costs nothing: no tier is entered. Beyond the last tier its price goes on.
    public func amount(of units: Amount, named what: String) throws(PricingError) -> ExactAmount {
        guard units > .zero else { return .zero }
        switch self {
        case .unit(let price):
            return try ExactAmount(price, times: units, of: what)
        case .blocks(let price, let size):
            return try ExactAmount(price, times: Self.blocks(in: units, of: size), of: what)
        case .graduated(let tiers):
            var sum = ExactAmount.zero
            var below = Amount.zero
            for (index, tier) in tiers.enumerated() {
                let isLast = index == tiers.count - 1
                let reached = isLast ? units : min(units, tier.upTo ?? units)
                sum = try sum.adding(tier.amount(of: reached - below, named: what), of: what)
                // A boundary belongs to the lower tier.
                guard reached < units else { break }
                below = reached
            }
            return sum
        case .volume(let tiers):
            guard let tier = tiers.first(where: { $0.holds(units) }) ?? tiers.last else { return .zero }
            return try tier.amount(of: units, named: what)
        }
    }

    /// Started blocks, as a whole number.
    static func blocks(in units: Amount, of size: Amount) -> Amount {
        guard size > .zero, units > .zero else { return .zero }
        let (whole, rest) = units.nanos.quotientAndRemainder(dividingBy: size.nanos)
        let count = rest == 0 ? whole : whole + 1
        let (nanos, overflow) = count.multipliedReportingOverflow(by: Amount.nanosPerUnit)
        // What overflows here is refused by the product with the price.
        return overflow ? Amount(nanos: .max) : Amount(nanos: nanos)
    }

    /// The most units that the tiers name; nil where they go on without end.
    public var lastUnit: Amount? {
        switch self {
        case .unit, .blocks: nil
        case .graduated(let tiers), .volume(let tiers): tiers.last?.upTo
        }
    }

    /// Whether nothing is ever due.
    public var isFree: Bool {
        switch self {
        case .unit(let price), .blocks(let price, _): price == .zero
        case .graduated(let tiers), .volume(let tiers):
            tiers.allSatisfy { ($0.unitPrice ?? .zero) == .zero && ($0.flatPrice ?? .zero) == .zero }
        }
    }

    /// What a line shows: how many of what at which price. Tiers show the units and their average price.
    func shown(_ units: Amount, costing amount: ExactAmount) -> (quantity: Amount, unitPrice: Amount) {
        switch self {
        case .unit(let price): (units, price)
        case .blocks(let price, let size): (Self.blocks(in: units, of: size), price)
        case .graduated, .volume:
            (units, units > .zero ? amount.rounded(toDigits: 9).divided(by: units) ?? .zero : .zero)
        }
    }
}

/// A row of a tiered price.
public struct PriceTier: Sendable, Hashable {
    /// The last unit that belongs to it; nil for all that follow.
    public let upTo: Amount?
    public let unitPrice: Amount?
    public let flatPrice: Amount?

    public init(upTo: Amount?, unitPrice: Amount? = nil, flatPrice: Amount? = nil) {
        self.upTo = upTo
        self.unitPrice = unitPrice
        self.flatPrice = flatPrice
    }

    func holds(_ units: Amount) -> Bool { upTo.map { units <= $0 } ?? true }

    func amount(of units: Amount, named what: String) throws(PricingError) -> ExactAmount {
        guard units > .zero else { return .zero }
        return try ExactAmount(unitPrice ?? .zero, times: units, of: what)
            .adding(ExactAmount(flatPrice ?? .zero), of: what)
    }
}
