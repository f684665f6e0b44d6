import TidemillCore
import TidemillOperations

/// The charges in credits, and for credits, that a subscription has: of its plan first, then of its add-ons.
enum CreditCharges {
    static func packages(of record: SubscriptionRecord, _ catalog: CatalogSnapshot) -> [PackageVersion] {
        let plan = catalog.plan(record.planID, version: record.planVersion)
        let addons = record.addons.map { catalog.addon($0.id, version: $0.version) }
        return ([plan] + addons).compactMap(\.self)
    }

    /// The charge of a package that holds for the subscription, among those that stand in for each other: of its country
    /// before those of all, of its billing period before those of another. One of another country never holds.
    static func best(_ charges: [Charge], for record: SubscriptionRecord) -> Charge? {
        func rank(_ charge: Charge) -> Int? {
            let isPeriod = record.billingPeriod == nil || charge.billingPeriod == record.billingPeriod
            guard let country = charge.billingCountryCode else { return isPeriod ? 1 : 0 }
            guard country == record.billingCountryCode else { return nil }
            return isPeriod ? 3 : 2
        }
        var best: (charge: Charge, rank: Int)?
        for charge in charges {
            guard let rank = rank(charge), rank > best?.rank ?? -1 else { continue }
            best = (charge, rank)
        }
        return best?.charge
    }
}
