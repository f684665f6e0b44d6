public import TidemillCore

/// Changes some fields of an add-on's draft.
public enum UpdateAddon: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var billingID: Change<String>
        public var charges: PackagePricing?
        public var dependencies: Change<[String]>
        public var description: Change<String>
        public var displayName: String?
        public var hiddenFromWidgets: [Widget]?
        public var maxQuantity: Change<Int64>
        public var metadata: TextMap<String>?
        public var status: PackageStatus?

        public init(
            id: String, billingID: Change<String> = .keep, charges: PackagePricing? = nil,
            dependencies: Change<[String]> = .keep, description: Change<String> = .keep, displayName: String? = nil,
            hiddenFromWidgets: [Widget]? = nil, maxQuantity: Change<Int64> = .keep, metadata: TextMap<String>? = nil,
            status: PackageStatus? = nil
        ) {
            self.id = id
            self.billingID = billingID
            self.charges = charges
            self.dependencies = dependencies
            self.description = description
            self.displayName = displayName
            self.hiddenFromWidgets = hiddenFromWidgets
            self.maxQuantity = maxQuantity
            self.metadata = metadata
            self.status = status
        }

        public static let shape = Shape(
            required("id", \.id, .addonID, "The add-on.", aliases: ["addonId"]),
            clearable("billingId", \.billingID, .text(1...255), "Its id at the biller."),
            changeable(
                "charges", \.charges, .object("pricing"),
                "All of its prices: replaces the draft's whole pricing, so that what is left out is gone."),
            clearable(
                "dependencies", \.dependencies, .addonIDs, "The add-ons that a subscription must have before this one."),
            clearable("description", \.description, .text(max: 4096), "What it is."),
            changeable("displayName", \.displayName, .text(1...255), "What people read."),
            changeable("hiddenFromWidgets", \.hiddenFromWidgets, .widgets, "Where it is not shown."),
            clearable(
                "maxQuantity", \.maxQuantity, .integer(1...1_000_000_000), "The most that a subscription may have."),
            changeable("metadata", \.metadata, .metadata, "Your own notes, replaced as a whole; {} empties them."),
            changeable(
                "status", \.status, .choice,
                "PUBLISHED publishes the draft for new customers, ARCHIVED archives the add-on; DRAFT changes nothing."),
            make: Self.init)
    }

    public typealias Output = Addon

    public static let row = OperationRow(
        .updateAddon, of: Self.self,
        summary: "Changes some fields of an add-on's draft: what is left out stays.",
        effect: .write, subject: .nobody,
        route: .patch("/api/v1/addons/{id}"),
        errors: [
            .addonNotFound, .editAllowedOnDraftPackageOnly, .entityIsArchived, .featureNotFound,
            .customCurrencyNotFound, .invalidArgument, .invalidEntitlementResetPeriod, .meteringNotAvailable,
            .idempotencyConflict,
        ],
        example: OperationRow.Example(
            ["id": "addon-tokens", "displayName": "Many more tokens", "maxQuantity": .null],
            after: CatalogExample.draft(.addon)))
}
