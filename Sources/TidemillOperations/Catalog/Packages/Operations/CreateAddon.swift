public import TidemillCore

/// Creates an add-on.
public enum CreateAddon: ClientOperation {
    public struct Input: Shaped, Hashable {
        public var id: String
        public var displayName: String
        public var productID: String
        public var billingID: String?
        public var charges: PackagePricing?
        public var dependencies: [String]
        public var description: String?
        public var entitlements: [PackageEntitlementInput]
        public var hiddenFromWidgets: [Widget]
        public var maxQuantity: Int64?
        public var metadata: TextMap<String>
        public var pricingType: PricingType?
        public var status: PackageStatus

        public init(
            id: String, displayName: String, productID: String, billingID: String? = nil,
            charges: PackagePricing? = nil, dependencies: [String] = [], description: String? = nil,
            entitlements: [PackageEntitlementInput] = [], hiddenFromWidgets: [Widget] = [], maxQuantity: Int64? = nil,
            metadata: TextMap<String> = [:], pricingType: PricingType? = nil, status: PackageStatus = .draft
        ) {
            self.id = id
            self.displayName = displayName
            self.productID = productID
            self.billingID = billingID
            self.charges = charges
            self.dependencies = dependencies
            self.description = description
            self.entitlements = entitlements
            self.hiddenFromWidgets = hiddenFromWidgets
            self.maxQuantity = maxQuantity
            self.metadata = metadata
            self.pricingType = pricingType
            self.status = status
        }

        public static let shape = Shape(
            required("id", \.id, .newID("an add-on id", such: "addon-tokens"), "The add-on's id."),
            required("displayName", \.displayName, .text(1...255), "What people read."),
            required("productId", \.productID, .productID, "The product that it belongs to."),
            optional("billingId", \.billingID, .text(1...255), "Its id at the biller."),
            optional("charges", \.charges, .object("pricing"), "All of its prices.", aliases: ["pricing"]),
            defaulted(
                "dependencies", \.dependencies, .addonIDs, to: [],
                "The add-ons that a subscription must have before this one."),
            optional("description", \.description, .text(max: 4096), "What it is."),
            defaulted("entitlements", \.entitlements, .entitlementInputs, to: [], "What it gives."),
            defaulted("hiddenFromWidgets", \.hiddenFromWidgets, .widgets, to: [], "Where it is not shown."),
            optional(
                "maxQuantity", \.maxQuantity, .integer(1...1_000_000_000), "The most that a subscription may have."),
            defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
            optional("pricingType", \.pricingType, .choice, "Whether it is free, paid, or priced by agreement."),
            defaulted("status", \.status, .choice, to: .draft, "DRAFT when left out; PUBLISHED publishes at once."),
            make: Self.init,
            check: { (input, path) throws(InputProblem) in
                try PackageStatus.checkNew(input.status, path)
                try PackagePricing.check(input.pricingType, against: input.charges, path)
            })
    }

    public typealias Output = Addon

    public static let row = OperationRow(
        .createAddon, of: Self.self,
        summary: "Creates an add-on as a draft, with prices and entitlements if given.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/addons"),
        errors: [
            .duplicatedEntity, .productNotFound, .entityIsArchived, .addonNotFound, .featureNotFound,
            .customCurrencyNotFound, .invalidArgument, .invalidEntitlementResetPeriod, .meteringNotAvailable,
            .idempotencyConflict,
        ],
        example: OperationRow.Example(
            [
                "id": "addon-tokens", "productId": "product-ai", "displayName": "More tokens", "maxQuantity": 10,
                "charges": [
                    "pricingModels": [
                        [
                            "billingModel": "FLAT_FEE",
                            "pricePeriods": [
                                ["billingPeriod": "MONTHLY", "price": ["amount": 10, "currency": "usd"]]
                            ],
                        ]
                    ]
                ],
                "entitlements": [["id": "feature-tokens", "usageLimit": 500, "behavior": "Increment"]],
            ],
            after: CatalogExample.parts))
}
