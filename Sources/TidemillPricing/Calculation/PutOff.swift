public import TidemillCore
import TidemillOperations

/// Lines that wait for a later invoice: what a change within a period comes to with CREATE_PRORATIONS, and usage that was
/// cut off by an end.
public enum PutOff {
    /// The lines with a line for every percentage that applies to them now, so that it makes no difference which
    /// discounts are in force when they are billed. Fixed amounts are taken from that invoice, once. The tax is
    /// `tax`, that of now, whichever is in force then: so what is charged and given back of the same has the same. What is
    /// given back of time that was charged with another one has that. Lines of one cause have one origin.
    public static func lines(
        _ lines: [QuoteLine], in currency: String, discounts: [Discount], at instant: Timestamp, tax: Tax?
    ) throws(PricingError) -> [QuoteLine] {
        let percentages = discounts.filter(\.isPercentage)
        var groups: [(tax: Tax?, lines: [QuoteLine])] = []
        for line in lines {
            let own = if let terms = line.terms { terms.tax } else { tax }
            if let index = groups.firstIndex(where: { $0.tax == own }) {
                groups[index].lines.append(line)
            } else {
                groups.append((own, [line]))
            }
        }
        var result: [QuoteLine] = []
        for (tax, lines) in groups {
            let invoice = try Invoice(lines, in: currency, discounts: percentages, at: instant)
            let taken = invoice.discounts.filter { $0.amount != .zero }.map { taken in
                QuoteLine(
                    kind: .discount, description: "\(taken.discount.name), on what was put off", quantity: Amount(1),
                    unitPrice: -taken.amount, amount: -taken.amount)
            }
            result += (lines.filter { $0.amount != .zero } + taken).map { line in
                line.putOff(with: tax).of(lines.first?.origin)
            }
        }
        return result
    }
}

extension QuoteLine {
    /// Its discounts are lines of their own now.
    fileprivate func putOff(with tax: Tax?) -> QuoteLine {
        QuoteLine(
            kind: kind, description: description, packageID: packageID, featureID: featureID, quantity: quantity,
            unitPrice: unitPrice, amount: amount, isMinimumSpend: isMinimumSpend,
            terms: PaidTerms(tax: tax), window: window)
    }
}

extension Discount {
    public var isPercentage: Bool {
        if case .percent = value { return true }
        return false
    }
}
