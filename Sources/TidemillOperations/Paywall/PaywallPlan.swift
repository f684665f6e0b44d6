public import TidemillCore

/// A plan on a pricing page, by the names of the API's Plan.
public struct PaywallPlan: Shaped {
    public var refID: String
    public var displayName: String
    public var description: String?
    public var billingID: String?
    public var versionNumber: Int64
    public var additionalMetaData: TextMap<String>
    public var hiddenFromWidgets: [Widget]
    public var pricingType: PricingType?
    public var product: PaywallProduct
    public var basePlan: BasePlan?
    public var entitlements: [PaywallEntitlement]
    public var inheritedEntitlements: [PaywallEntitlement]
    public var packageEntitlements: [PackageEntitlement]
    public var inheritedPackageEntitlements: [PackageEntitlement]
    public var compatibleAddons: [PaywallAddon]
    public var compatiblePackageGroups: [TextMap<Payload>]
    public var prices: [PaywallPrice]
    public var overagePrices: [PaywallPrice]
    public var minimumSpend: [MinimumSpend]
    public var defaultTrialConfig: TrialConfig?
    public var awsMarketplacePlanDimension: String?

    public init(
        refID: String, displayName: String, description: String?, billingID: String?, versionNumber: Int64,
        additionalMetaData: TextMap<String>, hiddenFromWidgets: [Widget], pricingType: PricingType?,
        product: PaywallProduct, basePlan: BasePlan?, entitlements: [PaywallEntitlement],
        inheritedEntitlements: [PaywallEntitlement], packageEntitlements: [PackageEntitlement],
        inheritedPackageEntitlements: [PackageEntitlement], compatibleAddons: [PaywallAddon],
        compatiblePackageGroups: [TextMap<Payload>], prices: [PaywallPrice], overagePrices: [PaywallPrice],
        minimumSpend: [MinimumSpend], defaultTrialConfig: TrialConfig?, awsMarketplacePlanDimension: String?
    ) {
        self.refID = refID
        self.displayName = displayName
        self.description = description
        self.billingID = billingID
        self.versionNumber = versionNumber
        self.additionalMetaData = additionalMetaData
        self.hiddenFromWidgets = hiddenFromWidgets
        self.pricingType = pricingType
        self.product = product
        self.basePlan = basePlan
        self.entitlements = entitlements
        self.inheritedEntitlements = inheritedEntitlements
        self.packageEntitlements = packageEntitlements
        self.inheritedPackageEntitlements = inheritedPackageEntitlements
        self.compatibleAddons = compatibleAddons
        self.compatiblePackageGroups = compatiblePackageGroups
        self.prices = prices
        self.overagePrices = overagePrices
        self.minimumSpend = minimumSpend
        self.defaultTrialConfig = defaultTrialConfig
        self.awsMarketplacePlanDimension = awsMarketplacePlanDimension
    }

    public static let shape = Shape(
        required("refId", \.refID, .planID, "The plan's id.", aliases: ["id"]),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        optional("billingId", \.billingID, .text(max: 255), "Its id at the biller."),
        required("versionNumber", \.versionNumber, .integer(1 ... .max), "The version that new customers get."),
        required("additionalMetaData", \.additionalMetaData, .metadata, "Your own notes."),
        required("hiddenFromWidgets", \.hiddenFromWidgets, .widgets, "Where it is not shown."),
        optional("pricingType", \.pricingType, .choice, "Whether it is free, paid, or priced by agreement."),
        required("product", \.product, .object("product"), "What it belongs to."),
        optional("basePlan", \.basePlan, .object("plan"), "The plan whose entitlements it inherits."),
        required("entitlements", \.entitlements, .paywallEntitlements, "Features of its own."),
        required("inheritedEntitlements", \.inheritedEntitlements, .paywallEntitlements, "Features that it inherits."),
        required("packageEntitlements", \.packageEntitlements, .packageEntitlements, "Its features and credits."),
        required(
            "inheritedPackageEntitlements", \.inheritedPackageEntitlements, .packageEntitlements,
            "The features and credits that it inherits."),
        required(
            "compatibleAddons", \.compatibleAddons, .list(of: .object("add-on"), "add-ons", 0...10_000),
            "Add-ons that go with it."),
        required(
            "compatiblePackageGroups", \.compatiblePackageGroups, .list(of: .anyObject, "groups", 0...0),
            "None: add-ons are not grouped."),
        required("prices", \.prices, .paywallPrices, "Its prices."),
        required("overagePrices", \.overagePrices, .paywallPrices, "Prices of usage beyond what is included."),
        required("minimumSpend", \.minimumSpend, .list(of: .object("minimum"), "minimums", 0...100), "Its floors."),
        optional("defaultTrialConfig", \.defaultTrialConfig, .object("trial"), "The trial that it begins with."),
        optional(
            "awsMarketplacePlanDimension", \.awsMarketplacePlanDimension, .text(max: 255), "None: there is no link."),
        make: Self.init)
}

public struct PaywallProduct: Shaped, Hashable {
    public var refID: String
    public var displayName: String
    public var description: String?
    public var additionalMetaData: TextMap<String>
    public var multipleSubscriptions: Bool

    public init(
        refID: String, displayName: String, description: String?, additionalMetaData: TextMap<String>,
        multipleSubscriptions: Bool
    ) {
        self.refID = refID
        self.displayName = displayName
        self.description = description
        self.additionalMetaData = additionalMetaData
        self.multipleSubscriptions = multipleSubscriptions
    }

    public static let shape = Shape(
        required("refId", \.refID, .productID, "The product's id.", aliases: ["id"]),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        required("additionalMetaData", \.additionalMetaData, .metadata, "Your own notes."),
        required(
            "multipleSubscriptions", \.multipleSubscriptions, .boolean, "Whether a customer may have several at once."),
        make: Self.init)
}

public struct BasePlan: Shaped, Hashable {
    public var refID: String
    public var displayName: String

    public init(refID: String, displayName: String) {
        self.refID = refID
        self.displayName = displayName
    }

    public static let shape = Shape(
        required("refId", \.refID, .planID, "The plan's id.", aliases: ["id"]),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        make: Self.init)
}

/// An add-on on a pricing page.
public struct PaywallAddon: Shaped {
    public var refID: String
    public var displayName: String
    public var description: String?
    public var billingID: String?
    public var versionNumber: Int64
    public var additionalMetaData: TextMap<String>
    public var pricingType: PricingType?
    public var maxQuantity: Int64?
    public var dependencies: [String]
    public var entitlements: [PaywallEntitlement]
    public var packageEntitlements: [PackageEntitlement]
    public var prices: [PaywallPrice]
    public var overagePrices: [PaywallPrice]

    public init(
        refID: String, displayName: String, description: String?, billingID: String?, versionNumber: Int64,
        additionalMetaData: TextMap<String>, pricingType: PricingType?, maxQuantity: Int64?, dependencies: [String],
        entitlements: [PaywallEntitlement], packageEntitlements: [PackageEntitlement], prices: [PaywallPrice],
        overagePrices: [PaywallPrice]
    ) {
        self.refID = refID
        self.displayName = displayName
        self.description = description
        self.billingID = billingID
        self.versionNumber = versionNumber
        self.additionalMetaData = additionalMetaData
        self.pricingType = pricingType
        self.maxQuantity = maxQuantity
        self.dependencies = dependencies
        self.entitlements = entitlements
        self.packageEntitlements = packageEntitlements
        self.prices = prices
        self.overagePrices = overagePrices
    }

    public static let shape = Shape(
        required("refId", \.refID, .addonID, "The add-on's id.", aliases: ["id"]),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        optional("billingId", \.billingID, .text(max: 255), "Its id at the biller."),
        required("versionNumber", \.versionNumber, .integer(1 ... .max), "The version that new customers get."),
        required("additionalMetaData", \.additionalMetaData, .metadata, "Your own notes."),
        optional("pricingType", \.pricingType, .choice, "Whether it is free, paid, or priced by agreement."),
        optional("maxQuantity", \.maxQuantity, .integer(1...1_000_000_000), "The most that a subscription may have."),
        required("dependencies", \.dependencies, .list(of: .addonID, "add-on ids", 0...100), "What must come with it."),
        required("entitlements", \.entitlements, .paywallEntitlements, "Its features."),
        required("packageEntitlements", \.packageEntitlements, .packageEntitlements, "Its features and credits."),
        required("prices", \.prices, .paywallPrices, "Its prices."),
        required("overagePrices", \.overagePrices, .paywallPrices, "Prices of usage beyond what is included."),
        make: Self.init)
}

extension FieldKind where Value == [PackageEntitlement] {
    static var packageEntitlements: FieldKind { .list(of: .object("entitlement"), "entitlements", 0...10_000) }
}
