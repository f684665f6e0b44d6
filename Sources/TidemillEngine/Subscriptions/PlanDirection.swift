import TidemillCore
import TidemillOperations

/// Whether a change is an upgrade, which takes effect at once, or a downgrade, which the product may hold back (notes
/// B.9, "Downgrade classification").
enum PlanDirection: Hashable {
    case upgrade
    case downgrade
    /// Nothing that is paid for changes.
    case level

    /// Compares what a subscription is with what it would become:
    /// 1. a plan that inherits from the other is above it;
    /// 2. a custom plan is above any other, because its price is not known;
    /// 3. the same plan by the year is above the same by the month;
    /// 4. otherwise the recurring price of a year decides; prices of two currencies do not compare, and a tie between
    ///    two plans counts as an upgrade: nothing is lost by letting it happen at once.
    static func of(
        _ old: SubscriptionRecord, to new: SubscriptionRecord, _ selection: PackageSelection
    ) throws -> PlanDirection {
        let oldPlan = try selection.plan(of: old)
        let newPlan = try selection.plan(of: new)
        if oldPlan.id != newPlan.id {
            if selection.catalog.chain(of: newPlan).dropFirst().contains(where: { $0.id == oldPlan.id }) {
                return .upgrade
            }
            if selection.catalog.chain(of: oldPlan).dropFirst().contains(where: { $0.id == newPlan.id }) {
                return .downgrade
            }
            if newPlan.pricingType == .custom { return .upgrade }
            if oldPlan.pricingType == .custom { return .downgrade }
        } else if let before = old.billingPeriod, let after = new.billingPeriod, before != after {
            return after == .annually ? .upgrade : .downgrade
        }
        let before = try RecurringPrice.ofYear(old, selection)
        let after = try RecurringPrice.ofYear(new, selection)
        guard before.currency == after.currency || before.amount == .zero || after.amount == .zero else {
            return .upgrade
        }
        if after.amount < before.amount { return .downgrade }
        if after.amount > before.amount || oldPlan.id != newPlan.id { return .upgrade }
        return .level
    }
}
