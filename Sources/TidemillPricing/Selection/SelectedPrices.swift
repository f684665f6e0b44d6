public import TidemillCore
public import TidemillOperations

/// The prices that a configuration comes to: a snapshot. Subscriptions keep what it is made from, and so their prices
/// when the catalog or the country changes (stigg.md B.8).
public struct SelectedPrices: Sendable {
    public let planID: String
    public let planName: String
    public let pricingType: PricingType
    public let billingPeriod: BillingPeriod
    /// Of all items.
    public let currency: String
    /// Whose prices they are; nil for those of everybody.
    public let countryCode: String?
    public let items: [PricedItem]
    /// Charges for usage beyond what is included, of the plan and its add-ons.
    public let overages: [PricedItem]
    /// The floor under what usage costs in a period: the subscription's own, and the plan's.
    public let ownMinimum: Amount?
    public let listedMinimum: Amount?
    public let overageBillingPeriod: OverageBillingPeriod
    /// Add-ons that cost nothing.
    public let freeItems: [AddonQuantity]
    /// Quantities and credits that no charge asked for.
    public let unusedQuantities: [String]

    /// The quantities bought in advance, checked and with defaults: what a subscription stores.
    public var units: [FeatureID: Amount] {
        var units: [FeatureID: Amount] = [:]
        for item in items where item.charge.billingModel == .perUnit {
            if let feature = item.charge.featureID { units[feature] = max(units[feature] ?? .zero, item.units) }
        }
        return units
    }

    /// Whether usage or overage that both bill has another price there.
    public func bills(otherwiseThan other: SelectedPrices) -> Bool {
        func isOther(_ items: [PricedItem], _ others: [PricedItem]) -> Bool {
            items.contains { item in
                others.contains {
                    $0.packageID == item.packageID && $0.charge.featureID == item.charge.featureID
                        && $0.pricer != item.pricer
                }
            }
        }
        return isOther(items.filter(\.isUsage), other.items.filter(\.isUsage)) || isOther(overages, other.overages)
    }

    /// Whether the others are of another country.
    func isElsewhere(than other: SelectedPrices) -> Bool {
        countryCode?.lowercased() != other.countryCode?.lowercased()
    }

    public var digits: Int { MinorUnits.digits(of: currency) }

    /// The floor that holds.
    public var minimumSpend: Amount? { ownMinimum ?? listedMinimum }

    /// Whether anything has a price at all.
    public var isPriced: Bool { !items.isEmpty || !overages.isEmpty || minimumSpend != nil }

    /// What is paid for in advance each period, a minimum spend too: also while none of it is held, or the first units
    /// of it are free.
    public var packagesInAdvance: Set<String> {
        let floor = (minimumSpend ?? .zero) > .zero ? [planID] : []
        return Set(items.filter { $0.isInAdvance && !$0.pricer.scheme.isFree }.map(\.packageID) + floor)
    }

    /// Whether there is a price in advance, of the list too where an own one of nothing stands over it.
    var knowsAdvance: Bool {
        !packagesInAdvance.isEmpty || (listedMinimum ?? .zero) > .zero
            || items.contains { $0.isInAdvance && !$0.price.isFree }
    }
}

/// A charge of the plan or of an add-on, with how many units of it are bought.
public struct PricedItem: Sendable, Hashable {
    public let kind: PackageKind
    public let packageID: String
    public let packageName: String
    /// How many of the add-on; 1 for the plan.
    public let packageQuantity: Int64
    /// With what the subscription overrides.
    public let charge: Charge
    public let pricer: ChargePricer
    /// Bought in advance; 1 for a base charge, 0 for usage.
    public let units: Amount
    /// What a whole period costs in advance, or the charge that is due once; 0 for usage.
    public let exact: ExactAmount
    public let featureName: String?
    public let transformation: UnitTransformation?
    /// With what the list says, where the subscription has a price of its own for it.
    public let price: PeriodPrice

    /// Paid at the start of each period.
    public var isInAdvance: Bool { charge.billingCadence == .recurring && charge.billingModel != .usageBased }
    public var isUsage: Bool { charge.billingModel == .usageBased }
    public var isOneOff: Bool { charge.billingCadence == .oneOff && !isUsage }

    /// What people read on a line.
    public var title: String {
        let package = packageQuantity == 1 ? packageName : "\(packageName) × \(packageQuantity)"
        return featureName.map { "\(package): \($0)" } ?? package
    }
}
