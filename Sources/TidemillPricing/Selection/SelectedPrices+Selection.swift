import TidemillCore
public import TidemillOperations

extension SelectedPrices {
    /// Selects the price of every charge. Throws PriceNotFound, BillingPeriodMissingError or InvalidQuantity.
    public init(_ configuration: Configuration) throws(PricingError) {
        let plan = configuration.plan
        let planList = PriceList(package: plan, charges: plan.charges)
        let type = plan.pricingType ?? (plan.charges.isEmpty && plan.overageCharges.isEmpty ? .free : .paid)
        let period = try Self.period(of: planList, asked: configuration.billingPeriod, type)
        let currency = Self.currency(of: configuration, planList, period)
        var selection = Selection(configuration: configuration, period: period, currency: currency)
        try selection.add(plan, quantity: 1)
        for addon in configuration.addons where addon.quantity > 0 {
            try selection.add(addon.version, quantity: addon.quantity)
        }
        try selection.addNewBaseCharges()
        planID = plan.id
        planName = plan.displayName
        pricingType = type
        billingPeriod = period
        self.currency = currency
        countryCode = configuration.countryCode
        items = selection.items
        overages = selection.overages
        ownMinimum = try Self.ownMinimum(configuration, currency)
        listedMinimum =
            plan.minimumSpend.first { $0.billingPeriod == period && $0.minimum.currency == currency }?.minimum.amount
        overageBillingPeriod = plan.overageBillingPeriod ?? .onSubscriptionRenewal
        freeItems = selection.freeItems
        unusedQuantities = selection.unusedQuantities
    }

    /// Refuses packages whose prices in a country are in other currencies only than the subscription's: it would be charged
    /// what everybody pays, and nobody would be told.
    /// - Parameter isRunning: whether the subscription has its currency already.
    public static func check(
        _ packages: [PackageVersion], in country: String, keeping currency: String, isRunning: Bool,
        for period: BillingPeriod
    ) throws(PricingError) {
        for package in packages {
            let list = PriceList(package: package, charges: package.charges + package.overageCharges)
            let sold = list.currencies(of: country, for: period)
            guard !sold.isEmpty, !sold.contains(currency) else { continue }
            let code = country.uppercased()
            let kept = isRunning ? "charged in \(currency) as long as it lasts" : "charged in \(currency), as its plan"
            let otherwise =
                isRunning
                ? "or cancel it and provision one with this 'billingCountryCode'"
                : "or leave it out of the subscription"
            throw PricingError(
                .priceNotFound,
                "\(list.name) is sold in \(sold.sorted().joined(separator: ", ")) in \(code), and the subscription is "
                    + "\(kept); add a price in \(currency) for \(code), \(otherwise)")
        }
    }

    /// The period asked for, else the only one that the plan is sold for.
    private static func period(
        of list: PriceList, asked: BillingPeriod?, _ type: PricingType
    ) throws(PricingError) -> BillingPeriod {
        if let asked {
            if type == .paid { try list.check(asked) }
            return asked
        }
        let sold = list.periods
        guard sold.count > 1 else { return sold.first ?? .monthly }
        throw PricingError(
            .billingPeriodMissing,
            "\(list.name) is sold by the month and by the year: name the 'billingPeriod', MONTHLY or ANNUALLY")
    }

    private static func currency(of configuration: Configuration, _ list: PriceList, _ period: BillingPeriod) -> String
    {
        if let currency = configuration.currency { return currency }
        let country = configuration.countryCode
        let lists =
            [list, PriceList(package: list.package, charges: configuration.plan.overageCharges)]
            + configuration.addons.map { PriceList(package: $0.version, charges: $0.version.charges) }
        for list in lists {
            if let found = list.currency(for: period, country: country) { return found }
        }
        return configuration.overrides.lazy.compactMap(\.currency).first
            ?? configuration.minimumSpend?.currency ?? "usd"
    }

    private static func ownMinimum(
        _ configuration: Configuration, _ currency: String
    ) throws(PricingError) -> Amount? {
        guard let own = configuration.minimumSpend else { return nil }
        guard own.currency == currency else {
            throw PricingError(
                .invalidArgument,
                "'minimumSpend' is in \(own.currency), but the subscription is charged in \(currency)")
        }
        return own.amount
    }
}

/// The items as they are found.
private struct Selection {
    let configuration: Configuration
    let period: BillingPeriod
    let currency: String
    var items: [PricedItem] = []
    var overages: [PricedItem] = []
    var freeItems: [AddonQuantity] = []
    private var usedFeatures: Set<FeatureID> = []
    private var usedCredits: Set<String> = []

    init(configuration: Configuration, period: BillingPeriod, currency: String) {
        self.configuration = configuration
        self.period = period
        self.currency = currency
    }

    mutating func add(_ package: PackageVersion, quantity: Int64) throws(PricingError) {
        let list = PriceList(package: package, charges: package.charges)
        if package.pricingType == .paid { try list.check(period) }
        var isFree = true
        let country = configuration.countryCode
        for (charge, countries) in try list.selected(for: period, country: country, currency: currency) {
            guard let item = try item(charge, of: package, quantity: quantity, countries) else { continue }
            if !item.pricer.scheme.isFree { isFree = false }
            items.append(item)
        }
        if package.kind == .addon, isFree { freeItems.append(AddonQuantity(id: package.id, quantity: quantity)) }
        let beyond = PriceList(package: package, charges: package.overageCharges)
        // Overage is billed by its own period, on plans of every period.
        for (charge, _) in try beyond.selectedOverages(for: period, country: country, currency: currency) {
            if let item = try item(charge, of: package, quantity: quantity, isOverage: true) { overages.append(item) }
        }
    }

    /// A base price that only the subscription has: plans of type CUSTOM are sold so.
    mutating func addNewBaseCharges() throws(PricingError) {
        for override in configuration.overrides {
            guard let addon = override.addonID else {
                try addBaseCharge(override, to: configuration.plan, quantity: 1)
                continue
            }
            guard let item = configuration.addons.first(where: { $0.version.id == addon }) else {
                throw PricingError(
                    .priceNotFound, "'priceOverrides' names the add-on \"\(addon)\", which is not part of it")
            }
            try addBaseCharge(override, to: item.version, quantity: item.quantity)
        }
    }

    private mutating func addBaseCharge(
        _ override: OverriddenPrice, to package: PackageVersion, quantity: Int64
    ) throws(PricingError) {
        let charges = package.charges + package.overageCharges
        guard !charges.contains(where: { override.concerns($0, of: package) }) else { return }
        guard override.featureID == nil, override.currencyID == nil, let amount = override.amount else {
            let what = override.featureID?.text ?? override.currencyID ?? "base price"
            throw PricingError(
                .priceNotFound,
                "'priceOverrides' names \"\(what)\" of \"\(package.id)\", which has no such price to override")
        }
        let charge = Charge(
            id: "\(package.id):override", billingModel: .flatFee, billingPeriod: period,
            createdAt: package.createdAt, price: Money(amount, currency))
        if let item = try item(charge, of: package, quantity: quantity, isOwnBase: true) { items.append(item) }
    }

    private mutating func item(
        _ charge: Charge, of package: PackageVersion, quantity: Int64, _ countries: [String: PriceScheme] = [:],
        isOverage: Bool = false, isOwnBase: Bool = false
    ) throws(PricingError) -> PricedItem? {
        let listed = charge
        var charge = charge
        var isOverridden = isOwnBase
        for override in configuration.overrides where override.concerns(charge, of: package) {
            if let named = override.currency, named != currency {
                throw PricingError(
                    .invalidArgument,
                    "'priceOverrides' has a price in \(named), but the subscription is charged in \(currency)")
            }
            charge = override.applied(to: charge, in: currency)
            isOverridden = true
        }
        if charge.billingModel == .perUnit, package.kind == .plan, let price = configuration.unitPrice {
            (charge.price, charge.tiers, isOverridden) = (Money(price, currency), nil, true)
        }
        guard let pricer = ChargePricer(charge) else {
            if let feature = charge.featureID { usedFeatures.insert(feature) }
            return nil
        }
        let price = PeriodPrice(
            pricer.scheme, isOverridden: isOverridden, listed: isOwnBase ? nil : PriceScheme(listed),
            countries: countries)
        let feature = charge.featureID.flatMap { configuration.feature($0) }
        guard !isOverage, let units = try units(of: pricer) else {
            // Usage: counted when it is billed.
            guard isOverage || charge.billingModel == .usageBased else { return nil }
            return PricedItem(
                kind: package.kind, packageID: package.id, packageName: package.displayName,
                packageQuantity: quantity, charge: charge, pricer: pricer, units: .zero, exact: .zero,
                featureName: feature?.displayName ?? charge.featureID?.text ?? charge.currencyID,
                transformation: feature?.unitTransformation, price: price)
        }
        let exact = try pricer.cost(of: units).exact.times(quantity, of: pricer.name)
        return PricedItem(
            kind: package.kind, packageID: package.id, packageName: package.displayName, packageQuantity: quantity,
            charge: charge, pricer: pricer, units: units, exact: exact,
            featureName: feature?.displayName ?? charge.featureID?.text ?? charge.topUpCustomCurrencyID,
            transformation: feature?.unitTransformation, price: price)
    }

    /// How many units are bought in advance; nil for usage, and for credits that nobody asked for.
    private mutating func units(of pricer: ChargePricer) throws(PricingError) -> Amount? {
        let charge = pricer.charge
        switch charge.billingModel {
        case .flatFee, .minimumSpend: return Amount(1)
        case .usageBased: return nil
        case .perUnit:
            guard let feature = charge.featureID else {
                return try pricer.checkedUnits(
                    configuration.unitQuantity, defaultsToOne: configuration.defaultsToOneUnit)
            }
            usedFeatures.insert(feature)
            return try pricer.checkedUnits(
                configuration.units[feature] ?? configuration.unitQuantity,
                defaultsToOne: configuration.defaultsToOneUnit)
        case .creditBased:
            guard let credit = charge.topUpCustomCurrencyID ?? charge.creditRate?.currencyID,
                let asked = configuration.credits[credit]
            else { return nil }
            usedCredits.insert(credit)
            return try pricer.checkedUnits(asked)
        }
    }

    var unusedQuantities: [String] {
        let features = configuration.units.keys.filter { !usedFeatures.contains($0) }.map(\.text)
        return (features + configuration.credits.keys.filter { !usedCredits.contains($0) }).sorted()
    }
}

extension PriceList {
    /// Overage charges of the period, else of the only period that has them.
    func selectedOverages(
        for period: BillingPeriod, country: String?, currency: String
    ) throws(PricingError) -> [Selected] {
        guard !charges.isEmpty else { return [] }
        let own = charges.contains { $0.billingPeriod == period } ? period : charges[0].billingPeriod
        return try selected(for: own, country: country, currency: currency)
    }
}
