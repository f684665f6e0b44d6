import TidemillCore
import TidemillOperations

/// An overage price brings the entitlement whose excess it charges, and makes its limit a soft one (stigg.md B.5):
/// usage that is charged for is not refused.
enum OverageEntitlements {
    static func merged(
        into entitlements: [PackageEntitlementInput], _ pricing: PackagePricing?
    ) -> [PackageEntitlementInput] {
        guard let pricing, !pricing.overagePricingModels.isEmpty else { return entitlements }
        var result = entitlements
        for model in pricing.overagePricingModels {
            if let feature = model.featureID ?? model.entitlement?.featureID {
                include(feature, model.entitlement, in: &result)
            } else if let currency = model.currencyID ?? model.creditEntitlement?.customCurrencyID {
                include(currency, model.creditEntitlement, in: &result)
            }
        }
        return result
    }

    private static func include(
        _ feature: FeatureID, _ included: OverageEntitlement?, in entitlements: inout [PackageEntitlementInput]
    ) {
        let place = entitlements.firstIndex { $0.feature?.id == feature }
        var entitlement = place.flatMap { entitlements[$0].feature } ?? FeatureEntitlementInput(id: feature)
        guard place != nil || included != nil else { return }
        if let included {
            entitlement.usageLimit = included.usageLimit ?? entitlement.usageLimit
            entitlement.hasUnlimitedUsage = included.hasUnlimitedUsage ?? entitlement.hasUnlimitedUsage
            if included.resetPeriod != nil {
                entitlement.resetPeriod = included.resetPeriod
                entitlement.yearlyResetPeriodConfiguration = included.yearlyResetPeriodConfiguration
                entitlement.monthlyResetPeriodConfiguration = included.monthlyResetPeriodConfiguration
                entitlement.weeklyResetPeriodConfiguration = included.weeklyResetPeriodConfiguration
            }
        }
        entitlement.hasSoftLimit = true
        put(.feature(entitlement), at: place, in: &entitlements)
    }

    private static func include(
        _ currency: String, _ included: OverageCreditEntitlement?, in entitlements: inout [PackageEntitlementInput]
    ) {
        let place = entitlements.firstIndex { $0.credit?.id == currency }
        var entitlement =
            place.flatMap { entitlements[$0].credit } ?? CreditEntitlementInput(id: currency, amount: nil)
        guard place != nil || included != nil else { return }
        if let included {
            entitlement.amount = included.amount
            entitlement.cadence = included.cadence
        }
        entitlement.hasSoftLimit = true
        put(.credit(entitlement), at: place, in: &entitlements)
    }

    private static func put(
        _ entitlement: PackageEntitlementInput, at place: Int?, in entitlements: inout [PackageEntitlementInput]
    ) {
        if let place { entitlements[place] = entitlement } else { entitlements.append(entitlement) }
    }
}

extension EitherEntitlement {
    var feature: Feature? { if case .feature(let feature) = self { feature } else { nil } }
    var credit: Credit? { if case .credit(let credit) = self { credit } else { nil } }
}
