import TidemillCore
import TidemillOperations
import TidemillPricing

/// Whether a change is an upgrade, which takes effect at once, or a downgrade, which the product may hold back
/// (stigg.md B.9, "Downgrade classification").
enum PlanDirection: Hashable {
    case upgrade
    case downgrade
    /// Nothing that is paid for changes, or another plan at the same price: nothing is lost by doing it at once.
    case level

    /// Another plan is ranked by `PlanRanking`. The same plan by the year is above the same by the month; else the
    /// recurring price of a year decides, which counts add-ons and quantities.
    static func of(
        _ old: SubscriptionRecord, to new: RevisedSubscription, _ selection: PackageSelection
    ) throws -> PlanDirection {
        let before = try selection.prices(of: old)
        let oldChain = selection.catalog.chain(of: old).map(\.id)
        let newChain = selection.catalog.chain(of: new.record).map(\.id)
        do throws(PricingError) {
            if old.planID != new.record.planID {
                switch try PlanRanking.change(from: before, oldChain, to: new.prices, newChain) {
                case .upgrade: return .upgrade
                case .downgrade: return .downgrade
                case .sideways: return .level
                }
            }
            if let period = old.billingPeriod, let next = new.record.billingPeriod, period != next {
                return next == .annually ? .upgrade : .downgrade
            }
            let (was, will) = (try RecurringPrice(before), try RecurringPrice(new.prices))
            guard was.currency == will.currency || was.yearly == .zero || will.yearly == .zero else { return .upgrade }
            return will.yearly == was.yearly ? .level : will.yearly < was.yearly ? .downgrade : .upgrade
        } catch {
            throw error.error(in: selection.operation)
        }
    }
}
