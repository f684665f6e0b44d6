import TidemillCore
import TidemillOperations

/// Plans and add-ons. Each entitlement is a field of its own, `entitlements.feature-tokens`, so that a difference names
/// it; lists whose order means nothing are sorted.
extension CatalogItem {
    static let entitlementPrefix = "entitlements."

    init(_ plan: CreatePlan.Input) {
        self.init(.plan, plan.id, .plan(plan), [:])
        fields = Self.packageFields(
            Self.fields(of: plan, without: ["entitlements", "charges", "pricingType"]), plan.charges, plan.pricingType,
            plan.entitlements)
        references = Self.references(
            productID: plan.productID, plan.charges, plan.entitlements,
            [plan.parentPlanID.map { Reference(field: "parentPlanId", key: Key(kind: .plan, id: $0)) }]
                .compactMap { $0 } + Self.references("compatibleAddonIds", .addon, plan.compatibleAddonIDs ?? []))
    }

    init(_ addon: CreateAddon.Input) {
        self.init(.addon, addon.id, .addon(addon), [:])
        fields = Self.packageFields(
            Self.fields(of: addon, without: ["entitlements", "charges", "pricingType"]), addon.charges,
            addon.pricingType, addon.entitlements)
        references = Self.references(
            productID: addon.productID, addon.charges, addon.entitlements,
            Self.references("dependencies", .addon, addon.dependencies))
    }

    /// What is on sale, or the draft of what never was.
    init(_ kind: PackageKind, _ id: String, stored body: PackageBody, status: PackageStatus) {
        switch kind {
        case .plan:
            self.init(
                CreatePlan.Input(
                    id: id, displayName: body.displayName, productID: body.productID, billingID: body.billingID,
                    charges: body.pricing, compatibleAddonIDs: body.compatibleAddonIDs,
                    defaultTrialConfig: body.defaultTrialConfig, description: body.description,
                    hiddenFromWidgets: body.hiddenFromWidgets, metadata: body.metadata,
                    parentPlanID: body.parentPlanID, pricingType: body.pricingType))
        case .addon:
            self.init(
                CreateAddon.Input(
                    id: id, displayName: body.displayName, productID: body.productID, billingID: body.billingID,
                    charges: body.pricing, dependencies: body.dependencies, description: body.description,
                    hiddenFromWidgets: body.hiddenFromWidgets, maxQuantity: body.maxQuantity,
                    metadata: body.metadata, pricingType: body.pricingType))
        }
        for entitlement in body.entitlements {
            fields[Self.entitlementPrefix + entitlement.id] = Self.comparable(
                PackageEntitlement.shape.encode(entitlement, nulls: .omitted))
        }
        fields["status"] = .string(status.rawValue)
    }

    private static func packageFields(
        _ plain: TextMap<Payload>, _ charges: PackagePricing?, _ type: PricingType?,
        _ entitlements: [PackageEntitlementInput]
    ) -> TextMap<Payload> {
        var fields = plain
        for list in ["compatibleAddonIds", "dependencies", "hiddenFromWidgets"] {
            guard let items = fields[list]?.items else { continue }
            let sorted = Set(items.compactMap(\.text)).sorted()
            // A plan without compatible add-ons is another thing than one that names none; the rest is empty either way.
            fields[list] = sorted.isEmpty && list != "compatibleAddonIds" ? nil : .array(sorted.map { .string($0) })
        }
        var pricing = charges
        pricing?.pricingType = nil
        if let pricing, pricing != PackagePricing() {
            fields["charges"] = PackagePricing.shape.encode(pricing, nulls: .omitted)
        }
        fields["pricingType"] = (type ?? charges?.pricingType).map { .string($0.rawValue) }
        for entitlement in entitlements {
            fields[entitlementPrefix + entitlement.id] = comparable(
                PackageEntitlementInput.shape.encode(entitlement, nulls: .omitted))
        }
        fields["status"] = .string(PackageStatus.published.rawValue)
        return fields
    }

    /// An entitlement as declared and one as stored, in one form: with the reset's configuration under one name, and
    /// without what nobody declares.
    private static func comparable(_ entitlement: Payload) -> Payload {
        guard case .object(var members) = entitlement else { return entitlement }
        for name in ["id", "createdAt", "updatedAt"] { members[name] = nil }
        for period in ["yearly", "monthly", "weekly"] {
            if let configuration = members.removeValue(forKey: period + "ResetPeriodConfiguration") {
                members["resetPeriodConfiguration"] = configuration
            }
        }
        let start = ResetConfiguration(accordingTo: .subscriptionStart)
        if members["resetPeriodConfiguration"] == ResetConfiguration.shape.encode(start) {
            members["resetPeriodConfiguration"] = nil
        }
        // Left out, each of these means the same as false or none.
        for name in ["hasSoftLimit", "hasUnlimitedUsage", "isCustom"] where members[name] == false {
            members[name] = nil
        }
        for name in ["hiddenFromWidgets", "enumValues"] where members[name] == .array([]) { members[name] = nil }
        return .object(members)
    }

    // MARK: - What a package names

    private static func references(
        productID: String, _ charges: PackagePricing?, _ entitlements: [PackageEntitlementInput],
        _ others: [Reference]
    ) -> [Reference] {
        var found = [Reference(field: "productId", key: Key(kind: .product, id: productID))] + others
        func add(_ field: String, _ kind: Kind, _ id: String?) {
            if let id { found.append(Reference(field: field, key: Key(kind: kind, id: id))) }
        }
        for (index, entitlement) in entitlements.enumerated() {
            let place = "entitlements[\(index + 1)]"
            switch entitlement {
            case .feature(let feature): add("\(place).id", .feature, feature.id.text)
            case .credit(let credit):
                add("\(place).id", .currency, credit.id)
                add("\(place).dependencyFeatureId", .feature, credit.dependencyFeatureID?.text)
            }
        }
        for (index, model) in (charges?.pricingModels ?? []).enumerated() {
            let place = "charges.pricingModels[\(index + 1)]"
            add("\(place).featureId", .feature, model.featureID?.text)
            add("\(place).topUpCustomCurrencyId", .currency, model.topUpCustomCurrencyID)
            for (number, period) in model.pricePeriods.enumerated() {
                add(
                    "\(place).pricePeriods[\(number + 1)].creditRate.currencyId", .currency,
                    period.creditRate?.currencyID)
            }
        }
        for (index, model) in (charges?.overagePricingModels ?? []).enumerated() {
            let place = "charges.overagePricingModels[\(index + 1)]"
            add("\(place).featureId", .feature, model.featureID?.text)
            add("\(place).currencyId", .currency, model.currencyID)
        }
        return found
    }

    private static func references(_ field: String, _ kind: Kind, _ ids: [String]) -> [Reference] {
        ids.enumerated().map { Reference(field: "\(field)[\($0.offset + 1)]", key: Key(kind: kind, id: $0.element)) }
    }
}

extension EitherEntitlement where Feature == FeatureEntitlementInput, Credit == CreditEntitlementInput {
    /// The id of the feature or the credit currency.
    var id: String {
        switch self {
        case .feature(let entitlement): entitlement.id.text
        case .credit(let entitlement): entitlement.id
        }
    }
}
