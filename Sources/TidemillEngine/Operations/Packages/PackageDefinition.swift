import TidemillCore
import TidemillOperations

/// All that can be said about a plan or add-on: what `createPlan` and `createAddon` take, and the catalog declares.
struct PackageDefinition {
    let kind: PackageKind
    let id: String
    let productID: String
    var displayName: String
    var description: String?
    var billingID: String?
    var compatibleAddonIDs: [String]?
    var defaultTrialConfig: TrialConfig?
    var dependencies: [String] = []
    var entitlements: [PackageEntitlementInput]
    var hiddenFromWidgets: [Widget]
    var maxQuantity: Int64?
    var metadata: TextMap<String>
    var parentPlanID: String?
    var pricing: PackagePricing?
    var pricingType: PricingType?

    init(_ input: CreatePlan.Input) {
        kind = .plan
        id = input.id
        productID = input.productID
        displayName = input.displayName
        description = input.description
        billingID = input.billingID
        compatibleAddonIDs = input.compatibleAddonIDs
        defaultTrialConfig = input.defaultTrialConfig
        entitlements = input.entitlements
        hiddenFromWidgets = input.hiddenFromWidgets
        metadata = input.metadata
        parentPlanID = input.parentPlanID
        pricing = input.charges
        pricingType = input.pricingType
    }

    init(_ input: CreateAddon.Input) {
        kind = .addon
        id = input.id
        productID = input.productID
        displayName = input.displayName
        description = input.description
        billingID = input.billingID
        dependencies = input.dependencies
        entitlements = input.entitlements
        hiddenFromWidgets = input.hiddenFromWidgets
        maxQuantity = input.maxQuantity
        metadata = input.metadata
        pricing = input.charges
        pricingType = input.pricingType
    }
}

extension CreatePlan.Input {
    /// What would have to be said to get the plan as it is stored: for comparing a declaration with it.
    init(stored body: PackageBody, id: String) {
        self.init(
            id: id, displayName: body.displayName, productID: body.productID, billingID: body.billingID,
            charges: body.pricing, compatibleAddonIDs: body.compatibleAddonIDs,
            defaultTrialConfig: body.defaultTrialConfig, description: body.description,
            entitlements: body.entitlements.map(\.input), hiddenFromWidgets: body.hiddenFromWidgets,
            metadata: body.metadata, parentPlanID: body.parentPlanID, pricingType: body.pricingType,
            status: .published)
    }

    /// The same plan said in one way: with the entitlements that overage prices bring, and the pricing type once.
    var plain: Self {
        var plain = self
        plain.entitlements = OverageEntitlements.merged(into: entitlements, charges)
        plain.pricingType = pricingType ?? charges?.resolvedType
        plain.charges?.pricingType = plain.pricingType
        plain.status = .published
        return plain
    }
}

extension CreateAddon.Input {
    /// What would have to be said to get the add-on as it is stored.
    init(stored body: PackageBody, id: String) {
        self.init(
            id: id, displayName: body.displayName, productID: body.productID, billingID: body.billingID,
            charges: body.pricing, dependencies: body.dependencies, description: body.description,
            entitlements: body.entitlements.map(\.input), hiddenFromWidgets: body.hiddenFromWidgets,
            maxQuantity: body.maxQuantity, metadata: body.metadata, pricingType: body.pricingType,
            status: .published)
    }

    var plain: Self {
        var plain = self
        plain.entitlements = OverageEntitlements.merged(into: entitlements, charges)
        plain.pricingType = pricingType ?? charges?.resolvedType
        plain.charges?.pricingType = plain.pricingType
        plain.status = .published
        return plain
    }
}

extension PackagePricing {
    /// PAID where something is to be paid and nothing is said.
    var resolvedType: PricingType? {
        if let pricingType { return pricingType }
        let isPaid =
            !minimumSpend.isEmpty || !overagePricingModels.isEmpty
            || pricingModels.contains { $0.pricePeriods.contains { $0.creditRate == nil } }
        return isPaid ? .paid : nil
    }

    /// Those that are given by themselves, and those given as a pricing model.
    var allMinimumSpends: [MinimumSpend] {
        minimumSpend
            + pricingModels.filter { $0.billingModel == .minimumSpend }.flatMap(\.pricePeriods).compactMap { period in
                period.price.map { MinimumSpend(billingPeriod: period.billingPeriod, minimum: $0) }
            }
    }
}

extension EitherEntitlement where Feature == FeatureEntitlement, Credit == CreditEntitlement {
    /// What would have to be said to get this entitlement.
    var input: PackageEntitlementInput {
        switch self {
        case .feature(let entitlement): .feature(entitlement.input)
        case .credit(let entitlement): .credit(entitlement.input)
        }
    }
}

extension FeatureEntitlement {
    var input: FeatureEntitlementInput {
        // The standard anchor goes without saying: so a declaration that leaves it out is the same.
        let configuration =
            resetPeriodConfiguration == .standard(for: resetPeriod) ? nil : resetPeriodConfiguration
        return FeatureEntitlementInput(
            id: id, behavior: behavior, description: description, displayNameOverride: displayNameOverride,
            enumValues: enumValues, hasSoftLimit: hasSoftLimit, hasUnlimitedUsage: hasUnlimitedUsage,
            hiddenFromWidgets: hiddenFromWidgets, isCustom: isCustom, isGranted: isGranted,
            monthlyResetPeriodConfiguration: resetPeriod == .month ? configuration : nil, order: order,
            resetPeriod: resetPeriod, usageLimit: usageLimit,
            weeklyResetPeriodConfiguration: resetPeriod == .week ? configuration : nil,
            yearlyResetPeriodConfiguration: resetPeriod == .year ? configuration : nil)
    }
}

extension CreditEntitlement {
    var input: CreditEntitlementInput {
        CreditEntitlementInput(
            id: id, amount: amount, cadence: cadence ?? .month, behavior: behavior,
            dependencyFeatureID: dependencyFeatureID, description: description,
            displayNameOverride: displayNameOverride, hasSoftLimit: hasSoftLimit,
            hiddenFromWidgets: hiddenFromWidgets, isCustom: isCustom, isGranted: isGranted, order: order)
    }
}
