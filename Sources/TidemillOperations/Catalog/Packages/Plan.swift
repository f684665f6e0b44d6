public import TidemillCore

/// A plan in one of its versions, as calls answer it.
public struct Plan: Package {
    public var id: String
    public var billingID: String?
    public var compatibleAddonIDs: [String]?
    public var createdAt: Timestamp
    public var defaultTrialConfig: TrialConfig?
    public var description: String?
    public var displayName: String
    public var entitlements: [EntitlementReference]
    public var isLatest: Bool?
    public var metadata: TextMap<String>
    public var parentPlanID: String?
    public var pricingType: PricingType?
    public var productID: String
    public var status: PackageStatus
    public var updatedAt: Timestamp
    public var versionNumber: Int64

    public init(
        id: String, billingID: String?, compatibleAddonIDs: [String]?, createdAt: Timestamp,
        defaultTrialConfig: TrialConfig?, description: String?, displayName: String,
        entitlements: [EntitlementReference], isLatest: Bool?, metadata: TextMap<String>, parentPlanID: String?,
        pricingType: PricingType?, productID: String, status: PackageStatus, updatedAt: Timestamp,
        versionNumber: Int64
    ) {
        self.id = id
        self.billingID = billingID
        self.compatibleAddonIDs = compatibleAddonIDs
        self.createdAt = createdAt
        self.defaultTrialConfig = defaultTrialConfig
        self.description = description
        self.displayName = displayName
        self.entitlements = entitlements
        self.isLatest = isLatest
        self.metadata = metadata
        self.parentPlanID = parentPlanID
        self.pricingType = pricingType
        self.productID = productID
        self.status = status
        self.updatedAt = updatedAt
        self.versionNumber = versionNumber
    }

    public init(_ version: PackageVersion) {
        self.init(
            id: version.id, billingID: version.billingID, compatibleAddonIDs: version.compatibleAddonIDs,
            createdAt: version.createdAt, defaultTrialConfig: version.defaultTrialConfig,
            description: version.description, displayName: version.displayName,
            entitlements: version.entitlements.map(\.reference), isLatest: version.isLatest,
            metadata: version.metadata, parentPlanID: version.parentPlanID, pricingType: version.pricingType,
            productID: version.productID, status: version.status, updatedAt: version.updatedAt,
            versionNumber: version.version)
    }

    public static let kind = PackageKind.plan
    public static let singular = "plan"
    public static let plural = "plans"

    public static let operations = PackageOperations(
        create: .createPlan, get: .getPlan, list: .listPlans, update: .updatePlan, archive: .archivePlan,
        unarchive: .unarchivePlan, createDraft: .createPlanDraft, removeDraft: .removePlanDraft,
        publish: .publishPlan, createEntitlements: .createPlanEntitlements, listEntitlements: .listPlanEntitlements,
        updateEntitlement: .updatePlanEntitlement, deleteEntitlement: .deletePlanEntitlement,
        listCharges: .listPlanCharges, listOverageCharges: .listPlanOverageCharges)

    public static let shape = Shape(
        required("id", \.id, .planID, "The plan's id."),
        optional("billingId", \.billingID, .text(1...255), "Its id at the biller."),
        optional(
            "compatibleAddonIds", \.compatibleAddonIDs, .list(of: .addonID, "add-on ids", 0...200),
            "The add-ons that go with it; null for all of its product."),
        required("createdAt", \.createdAt, .timestamp, "When it was created."),
        optional("defaultTrialConfig", \.defaultTrialConfig, .object("trial"), "The trial that it begins with."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        required("entitlements", \.entitlements, .entitlementReferences, "What it gives, by id."),
        optional("isLatest", \.isLatest, .boolean, "Whether new customers get this version."),
        defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
        optional("parentPlanId", \.parentPlanID, .planID, "The plan whose entitlements it inherits."),
        optional("pricingType", \.pricingType, .choice, "Whether it is free, paid, or priced by agreement."),
        required("productId", \.productID, .productID, "The product that it belongs to."),
        required("status", \.status, .choice, "Whether it can be sold."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was last changed."),
        required("versionNumber", \.versionNumber, .integer(1 ... .max), "Its version, counted from 1."),
        make: Self.init)
}

/// An entitlement by the id of its feature or credit currency.
public struct EntitlementReference: Shaped, Hashable {
    public var id: String
    public var type: EntitlementType

    public init(
        id: String, type: EntitlementType
    ) {
        self.id = id
        self.type = type
    }

    public static let shape = Shape(
        required("id", \.id, .text(1...255), "The feature or credit currency."),
        required("type", \.type, .choice, "Which of the two it is."),
        make: Self.init)
}

extension FieldKind where Value == [EntitlementReference] {
    static var entitlementReferences: FieldKind {
        .list(of: .object("entitlement"), "entitlements", 0...PackageVersion.entitlementsMax)
    }
}
