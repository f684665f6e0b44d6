extension Amount {
    /// `self × factor` to 9 decimals. Nil beyond what 128 bits hold: the caller names what grew too large.
    public func times(_ factor: Amount, rounding: Rounding = .halfAwayFromZero) -> Amount? {
        scaled(by: factor.nanos, over: Self.nanosPerUnit, rounding: rounding)
    }

    public func times(_ factor: Int64) -> Amount? {
        let (product, overflow) = nanos.multipliedReportingOverflow(by: Int128(factor))
        return overflow ? nil : Amount(nanos: product)
    }

    /// `self ÷ divisor` to 9 decimals. `divisor` is not zero. Nil beyond what 128 bits hold.
    public func divided(by divisor: Amount, rounding: Rounding = .halfAwayFromZero) -> Amount? {
        scaled(by: Self.nanosPerUnit, over: divisor.nanos, rounding: rounding)
    }

    /// `self × numerator ÷ denominator`, rounded once: a share of an amount, such as a part of a period by seconds.
    /// `denominator` is not zero. The product is taken in 256 bits. Nil where the result does not fit.
    public func scaled(by numerator: Int128, over denominator: Int128, rounding: Rounding = .halfAwayFromZero)
        -> Amount?
    {
        precondition(denominator != 0, "a share of nothing")
        let divisor = denominator.magnitude
        let product = nanos.magnitude.multipliedFullWidth(by: numerator.magnitude)
        guard product.high < divisor else { return nil }
        var (quotient, remainder) = divisor.dividingFullWidth(product)
        let roundsAway =
            switch rounding {
            case .down: false
            case .up: remainder != 0
            case .halfAwayFromZero: remainder >= divisor - remainder && remainder != 0
            }
        if roundsAway { quotient += 1 }
        guard quotient <= Int128.max.magnitude else { return nil }
        let isNegative = (nanos < 0) != ((numerator < 0) != (denominator < 0))
        return Amount(nanos: isNegative ? -Int128(quotient) : Int128(quotient))
    }

    /// Rounded to this many decimals, 0 to 9: a line of an invoice to its currency's minor unit.
    public func rounded(toDigits digits: Int, rounding: Rounding = .halfAwayFromZero) -> Amount {
        var step: Int128 = 1
        for _ in 0..<max(0, 9 - digits) { step *= 10 }
        return Amount(nanos: Self.divide(nanos, by: step, rounding: rounding) * step)
    }
}
