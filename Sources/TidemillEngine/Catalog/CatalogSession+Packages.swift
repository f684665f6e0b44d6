import TidemillCore
import TidemillOperations
import TidemillStore

/// A changed plan or add-on is a new version: a draft of what is on sale, with the declared changes, which is published
/// for new customers, or for all where a person said so.
extension CatalogSession {
    func set(_ new: CreatePlan.Input, _ fields: Set<String>, _ scope: CallScope) throws {
        try publish(Plan.self, new.id, fields, new.entitlements, scope) { names in
            var input = UpdatePlan.Input(id: new.id)
            input.charges = Self.charges(new.charges, new.pricingType, names)
            if names.contains("billingId") { input.billingID = Self.change(new.billingID) }
            if names.contains("compatibleAddonIds") { input.compatibleAddonIDs = Self.change(new.compatibleAddonIDs) }
            if names.contains("defaultTrialConfig") { input.defaultTrialConfig = Self.change(new.defaultTrialConfig) }
            if names.contains("description") { input.description = Self.change(new.description) }
            if names.contains("displayName") { input.displayName = new.displayName }
            if names.contains("hiddenFromWidgets") { input.hiddenFromWidgets = new.hiddenFromWidgets }
            if names.contains("metadata") { input.metadata = new.metadata }
            if names.contains("parentPlanId") { input.parentPlanID = Self.change(new.parentPlanID) }
            _ = try UpdatePlan.perform(input, in: scope)
        }
    }

    func set(_ new: CreateAddon.Input, _ fields: Set<String>, _ scope: CallScope) throws {
        try publish(Addon.self, new.id, fields, new.entitlements, scope) { names in
            var input = UpdateAddon.Input(id: new.id)
            input.charges = Self.charges(new.charges, new.pricingType, names)
            if names.contains("billingId") { input.billingID = Self.change(new.billingID) }
            if names.contains("dependencies") { input.dependencies = .set(new.dependencies) }
            if names.contains("description") { input.description = Self.change(new.description) }
            if names.contains("displayName") { input.displayName = new.displayName }
            if names.contains("hiddenFromWidgets") { input.hiddenFromWidgets = new.hiddenFromWidgets }
            if names.contains("maxQuantity") { input.maxQuantity = Self.change(new.maxQuantity) }
            if names.contains("metadata") { input.metadata = new.metadata }
            _ = try UpdateAddon.perform(input, in: scope)
        }
    }

    private func publish<Kind: Package>(
        _ type: Kind.Type, _ id: String, _ fields: Set<String>, _ entitlements: [PackageEntitlementInput],
        _ scope: CallScope, _ update: (Set<String>) throws -> Void
    ) throws {
        let key: CatalogItem.Key = CatalogItem.Key(kind: Kind.kind == .plan ? .plan : .addon, id: id)
        let before = try stored(key)?.fields ?? [:]
        var names = fields
        if names.remove("status") != nil, before["status"] == .string(PackageStatus.archived.rawValue) {
            _ = try UnarchivePackage<Kind>.perform(PackageByID(id: id), in: scope)
        }
        let isDraft = before["status"] == .string(PackageStatus.draft.rawValue)
        guard isDraft || !names.isEmpty else { return }
        if !isDraft { _ = try CreatePackageDraft<Kind>.perform(PackageByID(id: id), in: scope) }
        let prefix = CatalogItem.entitlementPrefix
        let changed = Set(names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
        for entitlement in changed.sorted() where before[prefix + entitlement] != nil {
            _ = try DeletePackageEntitlement<Kind>.perform(
                DeletePackageEntitlement<Kind>.Input(packageID: id, id: entitlement), in: scope)
        }
        try update(names)
        let given = entitlements.filter { changed.contains($0.id) }
        if !given.isEmpty {
            _ = try CreatePackageEntitlements<Kind>.perform(
                CreatePackageEntitlements<Kind>.Input(packageID: id, entitlements: given), in: scope)
        }
        _ = try PublishPackage<Kind>.perform(
            PublishPackage<Kind>.Input(id: id, migrationType: migration), in: scope)
    }

    /// The whole pricing, where any of it changes: it is replaced at once.
    private static func charges(
        _ charges: PackagePricing?, _ type: PricingType?, _ names: Set<String>
    ) -> PackagePricing? {
        guard names.contains("charges") || names.contains("pricingType") else { return nil }
        var pricing = charges ?? PackagePricing()
        pricing.pricingType = type ?? pricing.pricingType
        return pricing
    }

    private static func change<Value>(_ value: Value?) -> Change<Value> { value.map { .set($0) } ?? .clear }
}
