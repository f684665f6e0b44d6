public import TidemillCore
import TidemillOperations

/// What a configuration costs again and again, comparable across billing periods.
public struct RecurringPrice: Sendable, Hashable {
    public let currency: String
    /// Twelve months in advance, so that nothing is divided.
    public let yearly: ExactAmount

    public init(_ prices: SelectedPrices) throws(PricingError) {
        currency = prices.currency
        var sum = ExactAmount.zero
        for item in prices.items where item.isInAdvance { sum = try sum.adding(item.exact, of: prices.planID) }
        sum = try sum.adding(ExactAmount(prices.minimumSpend ?? .zero), of: prices.planID)
        yearly = prices.billingPeriod == .monthly ? try sum.times(12, of: prices.planID) : sum
    }

    /// A twelfth of a year, rounded to 9 digits: for people, and for lists.
    public var monthly: Amount { yearly.rounded(toDigits: 9).divided(by: 12) }
}

/// Which of two plans is the higher (stigg.md B.9).
public enum PlanRanking {
    public enum Change: Sendable, Hashable {
        case upgrade
        case downgrade
        /// The same plan, or one at the same price.
        case sideways
    }

    /// By inheritance where one plan builds on the other; else a plan with a price of its own for each customer is above
    /// the rest; else by the recurring price. Prices in different currencies do not compare: such a change is an
    /// upgrade, and so takes effect at once. `oldChain` and `newChain` are the plans' ids, each with its parents.
    public static func change(
        from old: SelectedPrices, _ oldChain: [String], to new: SelectedPrices, _ newChain: [String]
    ) throws(PricingError) -> Change {
        guard old.planID != new.planID else { return .sideways }
        if oldChain.dropFirst().contains(new.planID) { return .downgrade }
        if newChain.dropFirst().contains(old.planID) { return .upgrade }
        if (old.pricingType == .custom) != (new.pricingType == .custom) {
            return new.pricingType == .custom ? .upgrade : .downgrade
        }
        let (before, after) = (try RecurringPrice(old), try RecurringPrice(new))
        if before.yearly == .zero || after.yearly == .zero || before.currency == after.currency {
            return after.yearly == before.yearly ? .sideways : after.yearly < before.yearly ? .downgrade : .upgrade
        }
        return .upgrade
    }
}
