public import TidemillCore
import TidemillOperations

/// Lines that wait for a later invoice: what a change within a period comes to with CREATE_PRORATIONS, and usage that was
/// cut off by an end.
public enum PutOff {
    /// The lines with a line for every percentage that applies to them now, so that it makes no difference which
    /// discounts are in force when they are billed. Fixed amounts are taken from that invoice, once.
    public static func lines(
        _ lines: [QuoteLine], in currency: String, discounts: [Discount], at instant: Timestamp
    ) throws(PricingError) -> [QuoteLine] {
        guard !lines.isEmpty else { return [] }
        let percentages = discounts.filter(\.isPercentage)
        let invoice = try Invoice(lines, in: currency, discounts: percentages, at: instant)
        let taken = invoice.discounts.filter { $0.amount != .zero }.map { taken in
            QuoteLine(
                kind: .discount, description: "\(taken.discount.name), on what was put off", quantity: Amount(1),
                unitPrice: -taken.amount, amount: -taken.amount)
        }
        return lines.filter { $0.amount != .zero } + taken
    }
}

extension Discount {
    var isPercentage: Bool {
        if case .percent = value { return true }
        return false
    }
}
