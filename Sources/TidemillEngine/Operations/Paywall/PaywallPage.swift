import TidemillCore
import TidemillOperations
import TidemillPricing

/// Writes plans and add-ons as a pricing page shows them.
struct PaywallPage {
    let catalog: CatalogSnapshot
    let context: Widget
    let country: String?
    /// The customer's.
    let currency: String?
    let allCountries: Bool

    func prices(of package: PackageVersion) -> ListedPrices {
        ListedPrices(package, country: country, currency: currency, allCountries: allCountries)
    }

    /// Nil where the product is gone.
    func plan(_ plan: PackageVersion) -> PaywallPlan? {
        guard let product = catalog.product(plan.productID) else { return nil }
        let prices = prices(of: plan)
        let own = visible(plan.entitlements)
        let inherited = visible(inherited(by: plan))
        return PaywallPlan(
            refID: plan.id, displayName: plan.displayName, description: plan.description, billingID: plan.billingID,
            versionNumber: plan.version, additionalMetaData: plan.metadata, hiddenFromWidgets: plan.hiddenFromWidgets,
            pricingType: plan.pricingType,
            product: PaywallProduct(
                refID: product.id, displayName: product.displayName, description: product.description,
                additionalMetaData: product.metadata, multipleSubscriptions: product.multipleSubscriptions),
            basePlan: plan.parentPlanID.flatMap { catalog.plan($0) }.map {
                BasePlan(refID: $0.id, displayName: $0.displayName)
            },
            entitlements: features(own), inheritedEntitlements: features(inherited), packageEntitlements: own,
            inheritedPackageEntitlements: inherited,
            compatibleAddons: catalog.addons(compatibleWith: plan).filter {
                !$0.hiddenFromWidgets.contains(context)
            }.map(addon),
            compatiblePackageGroups: [], prices: prices.charges.map(price), overagePrices: prices.overages.map(price),
            minimumSpend: plan.minimumSpend, defaultTrialConfig: plan.defaultTrialConfig,
            awsMarketplacePlanDimension: nil)
    }

    private func addon(_ addon: PackageVersion) -> PaywallAddon {
        let prices = prices(of: addon)
        let own = visible(addon.entitlements)
        return PaywallAddon(
            refID: addon.id, displayName: addon.displayName, description: addon.description,
            billingID: addon.billingID, versionNumber: addon.version, additionalMetaData: addon.metadata,
            pricingType: addon.pricingType, maxQuantity: addon.maxQuantity, dependencies: addon.dependencies,
            entitlements: features(own), packageEntitlements: own, prices: prices.charges.map(price),
            overagePrices: prices.overages.map(price))
    }

    /// What the parents give and the plan does not say anew: the nearest parent's word counts (stigg.md B.6).
    private func inherited(by plan: PackageVersion) -> [PackageEntitlement] {
        var seen = Set(plan.entitlements.map(\.subject))
        var inherited: [PackageEntitlement] = []
        for parent in catalog.chain(of: plan).dropFirst() {
            inherited += parent.entitlements.filter { seen.insert($0.subject).inserted }
        }
        return inherited
    }

    private func visible(_ entitlements: [PackageEntitlement]) -> [PackageEntitlement] {
        entitlements.filter { entitlement in
            switch entitlement {
            case .feature(let feature): !feature.hiddenFromWidgets.contains(context)
            case .credit(let credit): !credit.hiddenFromWidgets.contains(context)
            }
        }
    }

    private func features(_ entitlements: [PackageEntitlement]) -> [PaywallEntitlement] {
        entitlements.compactMap { entitlement in
            guard case .feature(let feature) = entitlement else { return nil }
            return PaywallEntitlement(feature, feature: catalog.feature(feature.id).map { PaywallFeature($0) })
        }
    }

    private func price(_ charge: Charge) -> PaywallPrice {
        PaywallPrice(
            charge, feature: charge.featureID.flatMap { catalog.feature($0) }.map { PaywallFeature($0) })
    }

    func pricePoints(of plan: PackageVersion) -> [PricePoint] {
        let countries: [String?] =
            allCountries ? [nil] + ListedPrices.countries(of: plan).map(Optional.some) : [country]
        return countries.flatMap { country in
            StartingPrice.all(of: plan, country: country, currency: allCountries ? nil : currency).map { price in
                PricePoint(
                    planID: plan.id, billingPeriod: price.billingPeriod, amount: price.amount,
                    currency: price.currency, billingCountryCode: country,
                    additionalChargesMayApply: price.mayCostMore,
                    feature: price.units.map { units in
                        PricePointFeature(
                            featureID: units.feature,
                            displayName: catalog.feature(units.feature)?.displayName ?? units.feature.text,
                            unitQuantity: units.quantity)
                    })
            }
        }
    }
}

extension EitherEntitlement where Feature == FeatureEntitlement, Credit == CreditEntitlement {
    /// What it is to.
    fileprivate var subject: EntitlementReference {
        switch self {
        case .feature(let feature): EntitlementReference(id: feature.id.text, type: .feature)
        case .credit(let credit): EntitlementReference(id: credit.id, type: .credit)
        }
    }
}

/// The signs of the currencies that have one; others are written by their code.
enum CurrencySymbol {
    static func of(_ currency: String) -> String { symbols[currency] ?? currency.uppercased() }

    private static let symbols: [String: String] = [
        "aud": "A$", "brl": "R$", "cad": "CA$", "chf": "CHF", "cny": "CN¥", "czk": "Kč", "dkk": "kr", "eur": "€",
        "gbp": "£", "hkd": "HK$", "huf": "Ft", "ils": "₪", "inr": "₹", "jpy": "¥", "krw": "₩", "mxn": "MX$",
        "nok": "kr", "nzd": "NZ$", "php": "₱", "pln": "zł", "sek": "kr", "sgd": "S$", "thb": "฿", "try": "₺",
        "twd": "NT$", "uah": "₴", "usd": "$", "vnd": "₫",
    ]
}
