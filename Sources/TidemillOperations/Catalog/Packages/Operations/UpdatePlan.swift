public import TidemillCore

/// Changes some fields of a plan's draft.
public enum UpdatePlan: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var billingID: Change<String>
        public var charges: PackagePricing?
        public var compatibleAddonIDs: Change<[String]>
        public var defaultTrialConfig: Change<TrialConfig>
        public var description: Change<String>
        public var displayName: String?
        public var hiddenFromWidgets: [Widget]?
        public var metadata: TextMap<String>?
        public var parentPlanID: Change<String>

        public init(
            id: String, billingID: Change<String> = .keep, charges: PackagePricing? = nil,
            compatibleAddonIDs: Change<[String]> = .keep, defaultTrialConfig: Change<TrialConfig> = .keep,
            description: Change<String> = .keep, displayName: String? = nil, hiddenFromWidgets: [Widget]? = nil,
            metadata: TextMap<String>? = nil, parentPlanID: Change<String> = .keep
        ) {
            self.id = id
            self.billingID = billingID
            self.charges = charges
            self.compatibleAddonIDs = compatibleAddonIDs
            self.defaultTrialConfig = defaultTrialConfig
            self.description = description
            self.displayName = displayName
            self.hiddenFromWidgets = hiddenFromWidgets
            self.metadata = metadata
            self.parentPlanID = parentPlanID
        }

        public static let shape = Shape(
            required("id", \.id, .planID, "The plan.", aliases: ["planId"]),
            clearable("billingId", \.billingID, .text(1...255), "Its id at the biller."),
            changeable(
                "charges", \.charges, .object("pricing"),
                "All of its prices: replaces the draft's whole pricing, so that what is left out is gone."),
            clearable(
                "compatibleAddonIds", \.compatibleAddonIDs, .addonIDs,
                "The add-ons that go with it; null for all of its product."),
            clearable("defaultTrialConfig", \.defaultTrialConfig, .object("trial"), "The trial that it begins with."),
            clearable("description", \.description, .text(max: 4096), "What it is."),
            changeable("displayName", \.displayName, .text(1...255), "What people read."),
            changeable("hiddenFromWidgets", \.hiddenFromWidgets, .widgets, "Where it is not shown."),
            changeable("metadata", \.metadata, .metadata, "Your own notes, replaced as a whole; {} empties them."),
            clearable("parentPlanId", \.parentPlanID, .planID, "The plan whose entitlements it inherits."),
            make: Self.init)
    }

    public typealias Output = Plan

    public static let row = OperationRow(
        .updatePlan, of: Self.self,
        summary: "Changes some fields of a plan's draft: what is left out stays.",
        effect: .write, subject: .nobody,
        route: .patch("/api/v1/plans/{id}"),
        errors: [
            .planNotFound, .editAllowedOnDraftPackageOnly, .entityIsArchived, .addonNotFound, .featureNotFound,
            .customCurrencyNotFound, .invalidArgument, .invalidEntitlementResetPeriod, .meteringNotAvailable,
            .idempotencyConflict,
        ],
        example: OperationRow.Example(
            [
                "id": "plan-pro", "displayName": "Professional", "description": .null,
                "charges": [
                    "pricingType": "PAID",
                    "pricingModels": [
                        [
                            "billingModel": "USAGE_BASED", "featureId": "feature-tokens", "tiersMode": "GRADUATED",
                            "pricePeriods": [
                                [
                                    "billingPeriod": "MONTHLY",
                                    "tiers": [
                                        ["upTo": 1000, "unitPrice": ["amount": 0, "currency": "usd"]],
                                        ["unitPrice": ["amount": .number("0.002"), "currency": "usd"]],
                                    ],
                                ]
                            ],
                        ]
                    ],
                ],
            ],
            after: CatalogExample.draft(.plan)))
}
