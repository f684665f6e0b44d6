public import TidemillCore

/// Creates a plan.
public enum CreatePlan: ClientOperation {
    public struct Input: Shaped, Hashable {
        public var id: String
        public var displayName: String
        public var productID: String
        public var billingID: String?
        public var charges: PackagePricing?
        public var compatibleAddonIDs: [String]?
        public var defaultTrialConfig: TrialConfig?
        public var description: String?
        public var entitlements: [PackageEntitlementInput]
        public var hiddenFromWidgets: [Widget]
        public var metadata: TextMap<String>
        public var parentPlanID: String?
        public var pricingType: PricingType?
        public var status: PackageStatus

        public init(
            id: String, displayName: String, productID: String, billingID: String? = nil,
            charges: PackagePricing? = nil, compatibleAddonIDs: [String]? = nil,
            defaultTrialConfig: TrialConfig? = nil, description: String? = nil,
            entitlements: [PackageEntitlementInput] = [], hiddenFromWidgets: [Widget] = [],
            metadata: TextMap<String> = [:], parentPlanID: String? = nil, pricingType: PricingType? = nil,
            status: PackageStatus = .draft
        ) {
            self.id = id
            self.displayName = displayName
            self.productID = productID
            self.billingID = billingID
            self.charges = charges
            self.compatibleAddonIDs = compatibleAddonIDs
            self.defaultTrialConfig = defaultTrialConfig
            self.description = description
            self.entitlements = entitlements
            self.hiddenFromWidgets = hiddenFromWidgets
            self.metadata = metadata
            self.parentPlanID = parentPlanID
            self.pricingType = pricingType
            self.status = status
        }

        public static let shape = Shape(
            required("id", \.id, .newID("a plan id", such: "plan-pro"), "The plan's id."),
            required("displayName", \.displayName, .text(1...255), "What people read."),
            required("productId", \.productID, .productID, "The product that it belongs to."),
            optional("billingId", \.billingID, .text(1...255), "Its id at the biller."),
            optional("charges", \.charges, .object("pricing"), "All of its prices.", aliases: ["pricing"]),
            optional(
                "compatibleAddonIds", \.compatibleAddonIDs, .addonIDs,
                "The add-ons that go with it; all of its product when left out."),
            optional("defaultTrialConfig", \.defaultTrialConfig, .object("trial"), "The trial that it begins with."),
            optional("description", \.description, .text(max: 4096), "What it is."),
            defaulted("entitlements", \.entitlements, .entitlementInputs, to: [], "What it gives."),
            defaulted("hiddenFromWidgets", \.hiddenFromWidgets, .widgets, to: [], "Where it is not shown."),
            defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
            optional("parentPlanId", \.parentPlanID, .planID, "The plan whose entitlements it inherits."),
            optional("pricingType", \.pricingType, .choice, "Whether it is free, paid, or priced by agreement."),
            defaulted("status", \.status, .choice, to: .draft, "DRAFT when left out; PUBLISHED publishes at once."),
            make: Self.init,
            check: { (input, path) throws(InputProblem) in
                try PackageStatus.checkNew(input.status, path)
                try PackagePricing.check(input.pricingType, against: input.charges, path)
            })
    }

    public typealias Output = Plan

    public static let row = OperationRow(
        .createPlan, of: Self.self,
        summary: "Creates a plan as a draft, with prices and entitlements if given.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/plans"),
        errors: [
            .duplicatedEntity, .productNotFound, .entityIsArchived, .planNotFound, .addonNotFound, .featureNotFound,
            .customCurrencyNotFound, .invalidArgument, .invalidEntitlementResetPeriod, .meteringNotAvailable,
            .idempotencyConflict,
        ],
        example: OperationRow.Example(
            [
                "id": "plan-pro", "productId": "product-ai", "displayName": "Pro", "pricingType": "PAID",
                "charges": [
                    "pricingType": "PAID",
                    "pricingModels": [
                        [
                            "billingModel": "FLAT_FEE",
                            "pricePeriods": [
                                ["billingPeriod": "MONTHLY", "price": ["amount": 49, "currency": "usd"]],
                                ["billingPeriod": "ANNUALLY", "price": ["amount": 490, "currency": "usd"]],
                            ],
                        ]
                    ],
                ],
                "entitlements": [["id": "feature-tokens", "usageLimit": 1000, "resetPeriod": "MONTH"]],
            ],
            after: CatalogExample.parts))
}

extension PackageStatus {
    /// A new package is a draft, or is published at once.
    static func checkNew(_ status: PackageStatus, _ path: FieldPath) throws(InputProblem) {
        guard status != .archived else {
            throw .expected("DRAFT or PUBLISHED for something new", at: path.member("status"), got: "\"ARCHIVED\"")
        }
    }
}

extension PackagePricing {
    /// The pricing type may be given twice, but not two of them.
    static func check(
        _ type: PricingType?, against charges: PackagePricing?, _ path: FieldPath
    ) throws(InputProblem) {
        guard let type, let other = charges?.pricingType, type != other else { return }
        throw .expected(
            "the pricingType of 'charges', \(other.rawValue)", at: path.member("pricingType"),
            got: "\"\(type.rawValue)\"")
    }
}

extension FieldKind where Value == [String] {
    static var addonIDs: FieldKind { .list(of: .addonID, "add-on ids", 0...200) }
}
