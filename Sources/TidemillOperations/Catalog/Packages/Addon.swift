public import TidemillCore

/// An add-on in one of its versions, as calls answer it.
public struct Addon: Package {
    public var id: String
    public var billingID: String?
    public var createdAt: Timestamp
    public var dependencies: [String]?
    public var description: String?
    public var displayName: String
    public var entitlements: [EntitlementReference]
    public var isLatest: Bool?
    public var maxQuantity: Int64?
    public var metadata: TextMap<String>
    public var pricingType: PricingType?
    public var productID: String
    public var status: PackageStatus
    public var updatedAt: Timestamp
    public var versionNumber: Int64

    public init(
        id: String, billingID: String?, createdAt: Timestamp, dependencies: [String]?, description: String?,
        displayName: String, entitlements: [EntitlementReference], isLatest: Bool?, maxQuantity: Int64?,
        metadata: TextMap<String>, pricingType: PricingType?, productID: String, status: PackageStatus,
        updatedAt: Timestamp, versionNumber: Int64
    ) {
        self.id = id
        self.billingID = billingID
        self.createdAt = createdAt
        self.dependencies = dependencies
        self.description = description
        self.displayName = displayName
        self.entitlements = entitlements
        self.isLatest = isLatest
        self.maxQuantity = maxQuantity
        self.metadata = metadata
        self.pricingType = pricingType
        self.productID = productID
        self.status = status
        self.updatedAt = updatedAt
        self.versionNumber = versionNumber
    }

    public init(_ version: PackageVersion) {
        self.init(
            id: version.id, billingID: version.billingID, createdAt: version.createdAt,
            dependencies: version.dependencies, description: version.description, displayName: version.displayName,
            entitlements: version.entitlements.map(\.reference), isLatest: version.isLatest,
            maxQuantity: version.maxQuantity, metadata: version.metadata, pricingType: version.pricingType,
            productID: version.productID, status: version.status, updatedAt: version.updatedAt,
            versionNumber: version.version)
    }

    public static let kind = PackageKind.addon
    public static let singular = "add-on"
    public static let plural = "add-ons"

    public static let operations = PackageOperations(
        create: .createAddon, get: .getAddon, list: .listAddons, update: .updateAddon, archive: .archiveAddon,
        unarchive: .unarchiveAddon, createDraft: .createAddonDraft, removeDraft: .removeAddonDraft,
        publish: .publishAddon, createEntitlements: .createAddonEntitlements, listEntitlements: .listAddonEntitlements,
        updateEntitlement: .updateAddonEntitlement, deleteEntitlement: .deleteAddonEntitlement,
        listCharges: .listAddonCharges, listOverageCharges: .listAddonOverageCharges)

    public static let shape = Shape(
        required("id", \.id, .addonID, "The add-on's id."),
        optional("billingId", \.billingID, .text(1...255), "Its id at the biller."),
        required("createdAt", \.createdAt, .timestamp, "When it was created."),
        optional(
            "dependencies", \.dependencies, .list(of: .addonID, "add-on ids", 0...100),
            "The add-ons that must be there before this one."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        required("entitlements", \.entitlements, .entitlementReferences, "What it gives, by id."),
        optional("isLatest", \.isLatest, .boolean, "Whether new customers get this version."),
        optional("maxQuantity", \.maxQuantity, .integer(1...1_000_000_000), "The most that a subscription may have."),
        defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
        optional("pricingType", \.pricingType, .choice, "Whether it is free, paid, or priced by agreement."),
        required("productId", \.productID, .productID, "The product that it belongs to."),
        required("status", \.status, .choice, "Whether it can be sold."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was last changed."),
        required("versionNumber", \.versionNumber, .integer(1 ... .max), "Its version, counted from 1."),
        make: Self.init)
}

/// An add-on of a subscription, and how many.
public struct AddonQuantity: Shaped, Hashable {
    public var id: String
    public var quantity: Int64

    public init(
        id: String, quantity: Int64 = 1
    ) {
        self.id = id
        self.quantity = quantity
    }

    public static let shape = Shape(
        required("id", \.id, .addonID, "The add-on.", aliases: ["addonId"]),
        defaulted("quantity", \.quantity, .integer(0...1_000_000_000), to: 1, "How many; 1 when left out."),
        make: Self.init)
}
