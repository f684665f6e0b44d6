public import TidemillCore

/// A sum of money before it is rounded: the product of a price and a quantity, each of 9 decimals, has 18. A line of an
/// invoice is taken here, and rounded once (semantics.md, "Amounts and money").
public struct ExactAmount: Sendable, Hashable, Comparable {
    /// The value in 10⁻¹⁸ units.
    public let attos: Int128

    public static let zero = ExactAmount(attos: 0)
    private static let attosPerNano: Int128 = 1_000_000_000
    /// 18 digits before the point: what an amount may have.
    private static let bound = Amount.bound.nanos * attosPerNano

    public init(attos: Int128) {
        self.attos = attos
    }

    /// `amount` is within the bound of amounts.
    public init(_ amount: Amount) {
        attos = amount.nanos * Self.attosPerNano
    }

    /// `price × quantity`. `what` names it when it is too large for an amount.
    public init(_ price: Amount, times quantity: Amount, of what: @autoclosure () -> String) throws(PricingError) {
        let (product, overflow) = price.nanos.multipliedReportingOverflow(by: quantity.nanos)
        guard !overflow, product.magnitude <= Self.bound.magnitude else { throw .tooLarge(what()) }
        attos = product
    }

    public func adding(_ other: ExactAmount, of what: @autoclosure () -> String) throws(PricingError) -> ExactAmount {
        let (sum, overflow) = attos.addingReportingOverflow(other.attos)
        guard !overflow, sum.magnitude <= Self.bound.magnitude else { throw .tooLarge(what()) }
        return ExactAmount(attos: sum)
    }

    public func times(_ factor: Int64, of what: @autoclosure () -> String) throws(PricingError) -> ExactAmount {
        let (product, overflow) = attos.multipliedReportingOverflow(by: Int128(factor))
        guard !overflow, product.magnitude <= Self.bound.magnitude else { throw .tooLarge(what()) }
        return ExactAmount(attos: product)
    }

    /// Half away from zero, to a currency's minor unit.
    public func rounded(toDigits digits: Int) -> Amount { share(.whole, toDigits: digits) }

    /// A part of the period's price, rounded once and half away from zero.
    public func share(_ share: PeriodShare, toDigits digits: Int) -> Amount {
        // digits ≤ 9, so a step is at least one nano, and the quotient fits: the share is not above 1.
        let step = Self.power(18 - digits)
        let product = attos.magnitude.multipliedFullWidth(by: Int128(share.part).magnitude)
        let divisor = (Int128(share.whole) * step).magnitude
        var (quotient, remainder) = divisor.dividingFullWidth(product)
        if remainder >= divisor - remainder { quotient += 1 }
        let nanos = Int128(quotient) * Self.power(9 - digits)
        return Amount(nanos: attos < 0 ? -nanos : nanos)
    }

    /// The part `part` of `whole` of it, which is not above 1.
    func scaled(by part: Amount, over whole: Amount) -> ExactAmount {
        guard whole > .zero, part < whole else { return self }
        let product = attos.magnitude.multipliedFullWidth(by: part.nanos.magnitude)
        let scaled = Int128(whole.nanos.magnitude.dividingFullWidth(product).quotient)
        return ExactAmount(attos: attos < 0 ? -scaled : scaled)
    }

    public static func < (left: ExactAmount, right: ExactAmount) -> Bool { left.attos < right.attos }
    public static prefix func - (amount: ExactAmount) -> ExactAmount { ExactAmount(attos: -amount.attos) }

    private static func power(_ exponent: Int) -> Int128 {
        var power: Int128 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }
}

/// A part of a period by the second: 14 of 30 days are 1,209,600 of 2,592,000 seconds.
public struct PeriodShare: Sendable, Hashable {
    public let part: Int64
    /// Positive, and not below `part`.
    public let whole: Int64

    public static let whole = PeriodShare(part: 1, whole: 1)

    public init(part: Int64, whole: Int64) {
        precondition(whole > 0 && part >= 0 && part <= whole, "a share is between nothing and all")
        self.part = part
        self.whole = whole
    }

    /// What is left of the period `start ..< end` at `instant`. The second that has begun counts as left, so that a
    /// change in the same second as the period's start credits all of it.
    public init(leftAt instant: Timestamp, start: Timestamp, end: Timestamp) {
        let whole = max(1, (end.microseconds - start.microseconds) / 1_000_000)
        let used = (instant.microseconds - start.microseconds).flooredDivision(by: 1_000_000)
        self.init(part: min(max(0, whole - used), whole), whole: whole)
    }

    public var isNothing: Bool { part == 0 }
}
