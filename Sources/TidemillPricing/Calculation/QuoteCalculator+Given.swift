public import TidemillCore

extension QuoteCalculator {
    /// What a change gives back, with discounts and tax, against what it charges for time: how much of the charge that
    /// pays, and what of it is left.
    func balance(
        _ credits: [QuoteLine], _ charges: [QuoteLine], in currency: String, at instant: Timestamp,
        used: [Discount.Taken], onlyPercentages: Bool = false
    ) throws(PricingError) -> (kept: ChargeSource.Share?, excess: Amount) {
        let discounts = onlyPercentages ? discounts.filter(\.isPercentage) : discounts
        func sum(_ lines: [QuoteLine]) throws(PricingError) -> Amount {
            let invoice = try Invoice(lines, in: currency, discounts: discounts, at: instant, used: used, tax: tax)
            return invoice.total - invoice.surplus
        }
        let given = -(try sum(credits))
        guard given > .zero else { return (nil, .zero) }
        let charged = try sum(credits + charges) + given
        guard charged > .zero else { return (nil, given) }
        return (ChargeSource.Share(part: min(given, charged), whole: charged), max(given - charged, .zero))
    }

    /// What unused time gives back, with discounts and tax, by the charges that had charged it: what would have been given
    /// for nothing if they were waived.
    public func given(
        by lines: [QuoteLine], in currency: String, at instant: Timestamp
    ) throws(PricingError) -> [Int64: Amount] {
        var given: [Int64: Amount] = [:]
        for line in lines {
            guard let unused = line.unused, unused.whole != .zero else { continue }
            let invoice = try Invoice([line], in: currency, discounts: discounts, at: instant, tax: tax)
            let gross = invoice.surplus - invoice.total
            for (charge, part) in unused.sources where part != .zero {
                let amount = gross.scaled(by: part.attos, over: unused.whole.attos) ?? gross
                given[charge, default: .zero] += amount.rounded(toDigits: MinorUnits.digits(of: currency))
            }
        }
        return given
    }
}
