public import TidemillCore

/// The tax on an invoice, as a percentage of its discounted sum.
public struct Tax: Sendable, Hashable {
    /// 20 is 20 %.
    public let percentage: Amount
    /// Whether prices contain it.
    public let isInclusive: Bool
    public let displayName: String

    public init(percentage: Amount, isInclusive: Bool = false, displayName: String = "Tax") {
        self.percentage = percentage
        self.isInclusive = isInclusive
        self.displayName = displayName
    }

    /// The tax on a sum, rounded once: on top of it, or the part of it that is tax.
    func amount(on sum: Amount, digits: Int) -> Amount {
        var step: Int128 = 1
        for _ in 0..<(9 - digits) { step *= 10 }
        let hundred = 100 * Amount.nanosPerUnit
        let base = isInclusive ? hundred + percentage.nanos : hundred
        // Not above the sum, or the percentage of it: it fits.
        let minor = sum.scaled(by: percentage.nanos, over: base * step) ?? .zero
        return Amount(nanos: minor.nanos * step)
    }
}
