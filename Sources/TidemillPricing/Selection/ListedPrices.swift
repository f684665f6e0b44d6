public import TidemillOperations
public import TidemillCore

/// The prices of a plan or add-on as a price list shows them: for every billing period, of one country and currency.
public struct ListedPrices: Sendable {
    public let charges: [Charge]
    public let overages: [Charge]
    /// Nil for what has no price in money.
    public let currency: String?

    /// `currency` is that of the customer; where there is no price in it, that of the nearest country. `allCountries`
    /// lists every price that there is.
    public init(_ package: PackageVersion, country: String?, currency: String?, allCountries: Bool = false) {
        let sold = Set((package.charges + package.overageCharges).compactMap(\.moneyCurrency))
        let own = currency.flatMap { sold.contains($0) ? $0 : nil }
        let nearest = Self.nearest(package.charges, country) ?? Self.nearest(package.overageCharges, country)
        let chosen = own ?? nearest
        self.currency = chosen
        guard !allCountries else {
            charges = package.charges
            overages = package.overageCharges
            return
        }
        charges = Self.listed(package.charges, country, chosen)
        overages = Self.listed(package.overageCharges, country, chosen)
    }

    /// The countries that a package has prices of its own for, as they are written.
    public static func countries(of package: PackageVersion) -> [String] {
        Set((package.charges + package.overageCharges).compactMap(\.billingCountryCode)).sorted()
    }

    private static func nearest(_ charges: [Charge], _ country: String?) -> String? {
        Country.keys(of: country).lazy.compactMap { key in
            charges.lazy.filter { $0.billingCountryCode?.lowercased() == key }.compactMap(\.moneyCurrency).first
        }.first
    }

    private static func listed(_ charges: [Charge], _ country: String?, _ currency: String?) -> [Charge] {
        struct Slot: Hashable {
            let key: PriceList.Key
            let period: BillingPeriod
        }
        let keys = Country.keys(of: country)
        var chosen: [Slot: Charge] = [:]
        var order: [Slot] = []
        func rank(_ charge: Charge) -> Int? { keys.firstIndex(of: charge.billingCountryCode?.lowercased()) }
        for charge in charges where (charge.moneyCurrency ?? currency) == currency {
            guard let place = rank(charge) else { continue }
            let slot = Slot(key: PriceList.Key(charge), period: charge.billingPeriod)
            if let other = chosen[slot] {
                if let old = rank(other), place < old { chosen[slot] = charge }
            } else {
                order.append(slot)
                chosen[slot] = charge
            }
        }
        return order.compactMap { chosen[$0] }
    }
}

/// What a plan costs a billing period at least: what a price list shows in large.
public struct StartingPrice: Sendable {
    public let billingPeriod: BillingPeriod
    public let currency: String
    public let amount: Amount
    /// Whether usage, units, credits or what is due once may cost more.
    public let mayCostMore: Bool
    /// The only thing that the price is for, where that is units of a feature.
    public let units: (feature: FeatureID, quantity: Amount)?

    /// One for each period that the plan is sold for. Plans without prices have none.
    public static func all(of plan: PackageVersion, country: String?, currency: String?) -> [StartingPrice] {
        let list = PriceList(package: plan, charges: plan.charges)
        guard plan.pricingType != .free, plan.pricingType != .custom else { return [] }
        let listed = ListedPrices(plan, country: country, currency: currency)
        return [BillingPeriod.monthly, .annually].filter { list.periods.contains($0) }.compactMap { period in
            // A period without a price in this currency is not listed.
            guard
                let prices = try? SelectedPrices(
                    Configuration(
                        plan: plan, billingPeriod: period, countryCode: country, currency: listed.currency,
                        defaultsToOneUnit: true))
            else { return nil }
            return StartingPrice(prices)
        }
    }

    private init(_ prices: SelectedPrices) {
        let inAdvance = prices.items.filter(\.isInAdvance)
        billingPeriod = prices.billingPeriod
        currency = prices.currency
        amount = inAdvance.reduce(.zero) { $0 + $1.exact.rounded(toDigits: prices.digits) }
        let perUnit = inAdvance.filter { $0.charge.billingModel == .perUnit }
        mayCostMore =
            prices.items.contains { !$0.isInAdvance } || !prices.overages.isEmpty || prices.minimumSpend != nil
            || (!perUnit.isEmpty && inAdvance.count > 1)
        units =
            inAdvance.count == 1
            ? perUnit.first.flatMap { item in item.charge.featureID.map { ($0, item.units) } } : nil
    }
}
