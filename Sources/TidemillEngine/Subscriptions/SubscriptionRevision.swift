import TidemillCore
import TidemillOperations
import TidemillPricing

/// A subscription as a change would make it, with what it would cost.
struct RevisedSubscription {
    var record: SubscriptionRecord
    let prices: SelectedPrices
}

extension PackageSelection {
    /// What a change makes of a subscription, checked against the catalog. Nothing is stored, and neither the billing
    /// cycle nor usage is touched. `isLenient`: where nobody can be asked how many units it shall be, it is one.
    func revise(
        _ old: SubscriptionRecord, by change: SubscriptionChange, customer: Customer, isLenient: Bool = false
    ) throws -> RevisedSubscription {
        var new = old
        var plan = try plan(of: old)
        if let id = change.planID, id != old.planID {
            plan = try self.plan(id)
        } else if change.migrates {
            plan = catalog.plan(plan.id) ?? plan
        }
        guard plan.productID == old.productID else {
            throw failure(
                .invalidArgument,
                "the plan \"\(plan.id)\" is of the product \"\(plan.productID)\", the subscription of \"\(old.productID)\""
            )
        }
        new.planID = plan.id
        new.planVersion = plan.version
        if plan.id != old.planID || change.migrates { new.parentVersions = catalog.parentVersions(of: plan) }
        new.pricingType = plan.kindOfPrice
        new.addons = try addons(change, plan: plan, held: old.addons, isNewPlan: plan.id != old.planID)
        new.billingCountryCode = change.billingCountryCode ?? old.billingCountryCode
        new.priceOverrides = change.priceOverrides ?? old.priceOverrides.filter { $0.isKept(by: new, from: old) }
        new.entitlements = change.entitlements ?? old.entitlements
        new.minimumSpend = change.clearsMinimumSpend ? nil : change.minimumSpend ?? old.minimumSpend
        new.coupon = change.clearsCoupon ? nil : change.coupon ?? old.coupon
        new.billingInformation =
            change.billingInformation?.filled(from: old.billingInformation) ?? old.billingInformation
        new.metadata = change.metadata ?? old.metadata
        try checkEntitlements(new)

        let prices = try price(&new, of: plan, change, customer: customer, held: old, isLenient: isLenient)
        return RevisedSubscription(record: new, prices: prices)
    }

    /// What a subscription costs as it stands.
    func prices(of record: SubscriptionRecord) throws -> SelectedPrices {
        var configuration = try configuration(of: record, try plan(of: record))
        configuration.units = record.quantities
        configuration.credits = record.creditQuantities
        configuration.defaultsToOneUnit = true
        // One that costs nothing any more may have been paid for in this period.
        configuration.currency = record.currency ?? record.paid?.currency
        return try selected(configuration)
    }

    /// Selects the prices, and takes over what follows from them: period, currency, quantities.
    private func price(
        _ new: inout SubscriptionRecord, of plan: PackageVersion, _ change: SubscriptionChange, customer: Customer,
        held old: SubscriptionRecord, isLenient: Bool
    ) throws -> SelectedPrices {
        var configuration = try configuration(of: new, plan)
        let sold = Self.periods(of: plan)
        let heldPeriod = old.billingPeriod.flatMap { sold.isEmpty || sold.contains($0) ? $0 : nil }
        configuration.billingPeriod = change.billingPeriod ?? heldPeriod
        configuration.currency = old.currency ?? customer.billingCurrency
        configuration.defaultsToOneUnit = isLenient
        if change.unitQuantity != nil, change.charges?.isEmpty == false {
            throw failure(
                .badUserInput,
                "'unitQuantity' and 'billableFeatures' or 'charges' exclude each other; give one of them")
        }
        let asked = try askedQuantities(change)
        let packages = [plan] + configuration.addons.map(\.version)
        configuration.units = old.quantities.filter { packages.sellUnits(of: $0.key) }
            .merging(asked.units) { $1 }
        configuration.credits = old.creditQuantities.merging(asked.credits) { $1 }
        configuration.unitQuantity = change.unitQuantity
        if change.unitQuantity != nil { configuration.units = asked.units }

        let prices = try selected(configuration)
        if !isLenient, change != .nothing {
            try checkCountry(of: new, prices, configuration, from: old, customer)
        }
        if change.unitQuantity != nil, !prices.items.contains(where: { $0.charge.billingModel == .perUnit }) {
            throw failure(
                .badUserInput,
                "'unitQuantity' is for a charge per unit, and the plan \"\(plan.id)\" has none; leave it out")
        }
        let unused = prices.unusedQuantities.filter { id in
            asked.units[FeatureID(id)] != nil || asked.credits[id] != nil
        }
        if let id = unused.first {
            throw failure(
                .badUserInput,
                "'charges' or 'billableFeatures' names \"\(id)\", which is not sold by the unit here; leave it out")
        }
        let hasMoney = !prices.items.isEmpty || !prices.overages.isEmpty
        // One that is running keeps its currency, also when the customer's changes.
        if hasMoney, prices.currency != old.currency, let own = customer.billingCurrency, own != prices.currency {
            throw failure(
                .priceNotFound,
                "the plan \"\(plan.id)\" is sold here in \(prices.currency), and the customer's 'billingCurrency' is \(own); add prices in \(own), or change the customer's currency"
            )
        }
        new.currency = hasMoney ? prices.currency : nil
        new.billingPeriod = sold.isEmpty ? configuration.billingPeriod : prices.billingPeriod
        new.quantities = prices.units
        new.creditQuantities = configuration.credits.filter { !prices.unusedQuantities.contains($0.key) }
        return prices
    }

    /// Prices of the country in other currencies only are refused where a change chooses them: another country, plan or
    /// billing period, or an add-on that is new. Whoever named the currency gets what everybody pays in it, from the start
    /// and after a move.
    private func checkCountry(
        of new: SubscriptionRecord, _ prices: SelectedPrices, _ configuration: Configuration,
        from old: SubscriptionRecord, _ customer: Customer
    ) throws {
        guard let country = new.billingCountryCode, customer.billingCurrency != prices.currency else { return }
        let isMoved = country.lowercased() != old.billingCountryCode?.lowercased()
        let isNew = old.currency == nil || new.planID != old.planID || prices.billingPeriod != old.billingPeriod
        let held = isMoved || isNew ? [] : Set(old.addons.map(\.id) + [old.planID])
        let packages = ([configuration.plan] + configuration.addons.map(\.version)).filter { !held.contains($0.id) }
        try priced {
            () throws(PricingError) in
            try SelectedPrices.check(
                packages, in: country, keeping: prices.currency, isRunning: old.currency != nil,
                for: prices.billingPeriod)
        }
    }

    private func selected(_ configuration: Configuration) throws -> SelectedPrices {
        try priced { () throws(PricingError) in try SelectedPrices(configuration) }
    }

    private func priced<T>(_ body: () throws(PricingError) -> T) throws -> T {
        do throws(PricingError) {
            return try body()
        } catch {
            throw error.error(in: operation)
        }
    }

    private func configuration(of record: SubscriptionRecord, _ plan: PackageVersion) throws -> Configuration {
        let catalog = catalog
        return Configuration(
            plan: plan,
            addons: try record.addons.map { Configuration.AddonItem(try addon($0), quantity: $0.quantity) },
            billingPeriod: record.billingPeriod, countryCode: record.billingCountryCode, currency: record.currency,
            overrides: record.priceOverrides.map { OverriddenPrice($0) }, minimumSpend: record.minimumSpend,
            feature: { catalog.feature($0) })
    }

    private func askedQuantities(
        _ change: SubscriptionChange
    ) throws -> (units: [FeatureID: Amount], credits: TextMap<Amount>) {
        var units: [FeatureID: Amount] = [:]
        var credits: TextMap<Amount> = [:]
        for charge in change.charges ?? [] {
            let old =
                switch charge.type {
                case .feature: units.updateValue(charge.quantity, forKey: FeatureID(charge.id))
                case .credit: credits.updateValue(charge.quantity, forKey: charge.id)
                }
            guard old == nil else {
                throw failure(
                    .badUserInput, "'charges' and 'billableFeatures' name \"\(charge.id)\" twice; give it once")
            }
        }
        return (units, credits)
    }

    private func addons(
        _ change: SubscriptionChange, plan: PackageVersion, held: [SubscribedAddon], isNewPlan: Bool
    ) throws -> [SubscribedAddon] {
        let current = change.migrates ? held.map(newest) : held
        guard let wanted = change.addons else { return isNewPlan ? compatible(current, with: plan) : current }
        return try addons(wanted.filter { $0.quantity > 0 }, with: plan, held: current)
    }

    private func newest(_ addon: SubscribedAddon) -> SubscribedAddon {
        SubscribedAddon(
            id: addon.id, version: catalog.addon(addon.id)?.version ?? addon.version, quantity: addon.quantity)
    }

    private func checkEntitlements(_ record: SubscriptionRecord) throws {
        var seen: Set<EntitlementReference> = []
        for entitlement in record.entitlements {
            let reference = entitlement.reference
            guard seen.insert(reference).inserted else {
                throw failure(.badUserInput, "'entitlements' names \"\(reference.id)\" twice; give it once")
            }
            switch entitlement {
            case .feature(let feature):
                guard catalog.feature(feature.id) == nil else { continue }
                throw OperationError.missing(
                    .featureNotFound, "feature", "\(feature.id)", maker: .createFeature, for: operation
                ).located(at: "'entitlements'", in: operation)
            case .credit(let credit):
                guard catalog.currency(credit.id) == nil else { continue }
                throw OperationError.missing(
                    .customCurrencyNotFound, "credit currency", "\(credit.id)", maker: .createCustomCurrency,
                    for: operation
                ).located(at: "'entitlements'", in: operation)
            }
        }
    }
}

extension [PackageVersion] {
    fileprivate func sellUnits(of feature: FeatureID) -> Bool {
        contains { $0.charges.contains { $0.billingModel == .perUnit && $0.featureID == feature } }
    }
}

extension PriceOverride {
    /// Overrides that were made for a plan or an add-on go with it.
    fileprivate func isKept(by new: SubscriptionRecord, from old: SubscriptionRecord) -> Bool {
        if let addonID { return new.addons.contains { $0.id == addonID } }
        return new.planID == old.planID
    }
}

extension OverriddenPrice {
    init(_ override: PriceOverride) {
        self.init(
            addonID: override.addonID, featureID: override.featureID, currencyID: override.creditCurrencyID,
            amount: override.amount, currency: override.currency, blockSize: override.blockSize,
            tiers: override.tiers, creditRate: override.creditRate)
    }
}
