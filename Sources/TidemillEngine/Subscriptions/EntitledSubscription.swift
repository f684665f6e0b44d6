import TidemillCore
import TidemillOperations

/// A live subscription, as far as it gives access: its plan with what that inherits, its add-ons, and what it sets for
/// itself.
struct EntitledSubscription: Sendable {
    struct Addon: Sendable {
        let version: PackageVersion
        let quantity: Int64
    }

    var id: String
    /// The plan, its parent, the parent's parent.
    var chain: [PackageVersion]
    var addons: [Addon] = []
    var overrides: [EntitlementOverride] = []
    /// What was bought of features that are charged by the unit.
    var quantities: [FeatureID: Amount] = [:]
    var startDate: Timestamp
    /// What SubscriptionStart means.
    var usageAnchor: Timestamp
    /// Usage before it does not count: the change of plan that began usage anew.
    var usageResetAt: Timestamp
    /// The same of usage with a reset period, where it is later: the end of a trial.
    var periodsResetAt: Timestamp?
    var updatedAt: Timestamp
    /// A hard budget that is used up: what is paid as it is used is denied.
    var isBudgetSpent = false

    /// What it gives of the feature, by stigg.md B.6; nil for nothing. Terms that are not granted mean that the plan
    /// revokes the feature.
    func terms(of feature: FeatureID) -> EntitlementTerms? {
        var terms = chain.lazy.compactMap { $0.entitlement(to: feature) }.first.map { EntitlementTerms($0) }
        if let override = overrides.first(where: { $0.featureID == feature }) {
            terms = override.applied(to: terms, updatedAt: updatedAt)
        }
        if let bought = quantities[feature], chain.contains(where: { $0.sellsUnits(of: feature) }) {
            // A commitment made in advance is the limit (stigg.md B.5).
            terms = terms ?? EntitlementTerms(updatedAt: updatedAt)
            terms?.isGranted = true
            terms?.limit = bought
            terms?.isUnlimited = false
        }
        terms = Self.adding(addons, of: feature, to: terms)
        if chain.contains(where: { $0.overageCharges.contains { $0.featureID == feature } }) {
            // What goes beyond the limit is charged for: it is not refused (stigg.md B.5).
            terms?.isSoft = true
        }
        return terms
    }

    /// Since when usage counts by these terms.
    func countedFrom(by terms: EntitlementTerms) -> Timestamp {
        terms.resetPeriod == nil ? usageResetAt : max(usageResetAt, periodsResetAt ?? usageResetAt)
    }

    /// Increments add to the plan; overrides take its place, and the greatest of them wins alone (stigg.md E.14).
    private static func adding(
        _ addons: [Addon], of feature: FeatureID, to plan: EntitlementTerms?
    ) -> EntitlementTerms? {
        let given = addons.compactMap { addon -> (terms: EntitlementTerms, isOverride: Bool)? in
            guard let entitlement = addon.version.entitlement(to: feature), entitlement.isGranted, addon.quantity > 0
            else { return nil }
            var terms = EntitlementTerms(entitlement)
            terms.limit = terms.limit.map { $0.times(addon.quantity).map { min($0, .bound) } ?? .bound }
            return (terms, entitlement.behavior == .override)
        }
        let overriding = given.filter(\.isOverride).map(\.terms)
        if var best = overriding.max(by: {
            ($0.isUnlimited ? .bound : $0.limit ?? .zero)
                < ($1.isUnlimited ? .bound : $1.limit ?? .zero)
        }) {
            best.isUnlimited = overriding.contains(where: \.isUnlimited)
            best.isSoft = overriding.contains(where: \.isSoft)
            best.enumValues = overriding.reduce([]) { union($0, $1.enumValues) }
            return best
        }
        return given.map(\.terms).reduce(plan) { sum, addon in
            guard var sum, sum.isGranted else { return addon }
            sum.limit = min((sum.limit ?? .zero) + (addon.limit ?? .zero), .bound)
            sum.isUnlimited = sum.isUnlimited || addon.isUnlimited
            sum.isSoft = sum.isSoft || addon.isSoft
            sum.enumValues = union(sum.enumValues, addon.enumValues)
            sum.updatedAt = max(sum.updatedAt, addon.updatedAt)
            return sum
        }
    }

    static func union(_ left: [String], _ right: [String]) -> [String] {
        left + right.filter { !left.contains($0) }
    }

    /// Every feature that the subscription says something about.
    var features: Set<FeatureID> {
        var features = Set(overrides.map(\.featureID))
        for version in chain + addons.map(\.version) {
            for case .feature(let entitlement) in version.entitlements { features.insert(entitlement.id) }
        }
        features.formUnion(quantities.keys.filter { id in chain.contains { $0.sellsUnits(of: id) } })
        return features
    }

    /// Every credit currency that is granted again and again.
    var currencies: Set<String> {
        var currencies: Set<String> = []
        for version in chain + addons.map(\.version) {
            for case .credit(let entitlement) in version.entitlements where entitlement.isGranted {
                currencies.insert(entitlement.id)
            }
        }
        return currencies
    }

    /// Whether an amount is included, and only more is paid for.
    func paysBeyondLimitOnly(for feature: FeatureID) -> Bool {
        !(chain + addons.map(\.version)).contains { version in
            version.charges.contains { $0.featureID == feature && $0.billingModel == .usageBased }
        }
    }

    /// Whether the feature is paid for as it is used: what a spent budget stops.
    func paysByUse(for feature: FeatureID) -> Bool {
        (chain + addons.map(\.version)).contains { version in
            version.overageCharges.contains { $0.featureID == feature }
                || version.charges.contains { $0.featureID == feature && $0.billingModel == .usageBased }
        }
    }
}

extension PackageVersion {
    fileprivate func sellsUnits(of feature: FeatureID) -> Bool {
        charges.contains { $0.featureID == feature && $0.billingModel == .perUnit }
    }
}
