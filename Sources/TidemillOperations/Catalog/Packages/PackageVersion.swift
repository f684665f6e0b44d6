public import TidemillCore

/// One version of a plan or add-on as it is sold: subscriptions keep the version that they were made with.
public struct PackageVersion: Sendable, Hashable {
    public static let entitlementsMax = 500

    public var kind: PackageKind
    public var id: String
    public var version: Int64
    public var productID: String
    public var displayName: String
    public var description: String?
    public var status: PackageStatus
    public var pricingType: PricingType?
    /// Plans only.
    public var parentPlanID: String?
    /// Plans only; nil lets every add-on of the product go with the plan.
    public var compatibleAddonIDs: [String]?
    /// Add-ons only: those that must be there before this one.
    public var dependencies: [String]
    /// Add-ons only.
    public var maxQuantity: Int64?
    /// Plans only.
    public var defaultTrialConfig: TrialConfig?
    public var metadata: TextMap<String>
    public var entitlements: [PackageEntitlement]
    public var charges: [Charge]
    public var overageCharges: [Charge]
    public var minimumSpend: [MinimumSpend]
    public var overageBillingPeriod: OverageBillingPeriod?
    public var hiddenFromWidgets: [Widget]
    public var billingID: String?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    /// Whether new customers get this version.
    public var isLatest: Bool

    public init(
        kind: PackageKind, id: String, version: Int64, productID: String, displayName: String,
        description: String? = nil, status: PackageStatus, pricingType: PricingType? = nil,
        parentPlanID: String? = nil, compatibleAddonIDs: [String]? = nil, dependencies: [String] = [],
        maxQuantity: Int64? = nil, defaultTrialConfig: TrialConfig? = nil, metadata: TextMap<String> = [:],
        entitlements: [PackageEntitlement] = [], charges: [Charge] = [], overageCharges: [Charge] = [],
        minimumSpend: [MinimumSpend] = [], overageBillingPeriod: OverageBillingPeriod? = nil,
        hiddenFromWidgets: [Widget] = [], billingID: String? = nil, createdAt: Timestamp, updatedAt: Timestamp,
        isLatest: Bool = true
    ) {
        self.kind = kind
        self.id = id
        self.version = version
        self.productID = productID
        self.displayName = displayName
        self.description = description
        self.status = status
        self.pricingType = pricingType
        self.parentPlanID = parentPlanID
        self.compatibleAddonIDs = compatibleAddonIDs
        self.dependencies = dependencies
        self.maxQuantity = maxQuantity
        self.defaultTrialConfig = defaultTrialConfig
        self.metadata = metadata
        self.entitlements = entitlements
        self.charges = charges
        self.overageCharges = overageCharges
        self.minimumSpend = minimumSpend
        self.overageBillingPeriod = overageBillingPeriod
        self.hiddenFromWidgets = hiddenFromWidgets
        self.billingID = billingID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.isLatest = isLatest
    }

    public func entitlement(to feature: FeatureID) -> FeatureEntitlement? {
        for case .feature(let entitlement) in entitlements where entitlement.id == feature { return entitlement }
        return nil
    }
}
