public import TidemillCore
import TidemillOperations

/// Lines that wait for a later invoice: what a change within a period comes to with CREATE_PRORATIONS, and usage that was
/// cut off by an end.
public enum PutOff {
    /// The lines with a line for every percentage that applies to them now, so that it makes no difference which
    /// discounts are in force when they are billed. Fixed amounts are taken from that invoice, once. Tax is added there;
    /// what is given back of time that was charged with another tax than `tax` keeps that one, and `keepsTax`, all keep
    /// `tax`. Lines of one cause have one origin.
    public static func lines(
        _ lines: [QuoteLine], in currency: String, discounts: [Discount], at instant: Timestamp, tax: Tax?,
        keepsTax: Bool = false
    ) throws(PricingError) -> [QuoteLine] {
        let percentages = discounts.filter(\.isPercentage)
        var groups: [(tax: PaidTax?, lines: [QuoteLine])] = []
        for line in lines {
            let other = line.terms.flatMap { $0.tax == tax ? nil : PaidTax(tax: $0.tax) }
            let own = other ?? (keepsTax ? PaidTax(tax: tax) : nil)
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

/// With which tax something was charged, none included.
struct PaidTax: Hashable {
    let tax: Tax?
}

extension QuoteLine {
    /// Its discounts are lines of their own now.
    fileprivate func putOff(with tax: PaidTax?) -> QuoteLine {
        QuoteLine(
            kind: kind, description: description, packageID: packageID, featureID: featureID, quantity: quantity,
            unitPrice: unitPrice, amount: amount, isMinimumSpend: isMinimumSpend,
            terms: tax.map { PaidTerms(tax: $0.tax) }, window: window)
    }
}

extension Discount {
    public var isPercentage: Bool {
        if case .percent = value { return true }
        return false
    }
}
