import TidemillCore
import TidemillOperations

/// What is stored of one version: all that calls and prices need, and the pricing as it was given.
struct PackageBody: Shaped {
    var productID: String
    var displayName: String
    var description: String?
    var pricingType: PricingType?
    var parentPlanID: String?
    var compatibleAddonIDs: [String]?
    var dependencies: [String] = []
    var maxQuantity: Int64?
    var defaultTrialConfig: TrialConfig?
    var metadata: TextMap<String> = [:]
    var entitlements: [PackageEntitlement] = []
    /// The pricing that `charges` and `overageCharges` were made of; nil while none was given.
    var pricing: PackagePricing?
    var charges: [Charge] = []
    var overageCharges: [Charge] = []
    var hiddenFromWidgets: [Widget] = []
    var billingID: String?
    var createdAt: Timestamp
    var updatedAt: Timestamp

    static let shape = Shape(
        required("productId", \.productID, .text(1...255), "The product."),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        optional("pricingType", \.pricingType, .choice, "Free, paid or custom."),
        optional("parentPlanId", \.parentPlanID, .text(1...255), "The plan that it inherits from."),
        optional("compatibleAddonIds", \.compatibleAddonIDs, .ids, "The add-ons that go with it."),
        defaulted("dependencies", \.dependencies, .ids, to: [], "The add-ons that it needs."),
        optional("maxQuantity", \.maxQuantity, .integer(1 ... .max), "The most of it."),
        optional("defaultTrialConfig", \.defaultTrialConfig, .object("trial"), "Its trial."),
        defaulted("metadata", \.metadata, .metadata, to: [:], "Notes."),
        defaulted(
            "entitlements", \.entitlements,
            .list(of: .object("entitlement"), "entitlements", 0...PackageVersion.entitlementsMax), to: [],
            "What it gives."),
        optional("pricing", \.pricing, .object("pricing"), "The pricing as given."),
        defaulted("charges", \.charges, .charges, to: [], "What it costs."),
        defaulted("overageCharges", \.overageCharges, .charges, to: [], "What more costs."),
        defaulted("hiddenFromWidgets", \.hiddenFromWidgets, .widgets, to: [], "Where it is not shown."),
        optional("billingId", \.billingID, .text(1...255), "Its id at the biller."),
        required("createdAt", \.createdAt, .timestamp, "When it was created."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was changed."),
        make: Self.init)
}

extension FieldKind where Value == [String] {
    fileprivate static var ids: FieldKind { .list(of: .text(1...255), "ids", 0...1000) }
}

extension FieldKind where Value == [Charge] {
    fileprivate static var charges: FieldKind { .list(of: .object("charge"), "charges", 0...100_000) }
}
