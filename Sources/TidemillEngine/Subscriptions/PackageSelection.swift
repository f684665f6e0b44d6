import TidemillCore
import TidemillOperations
import TidemillStore

/// Finds what is sold in the catalog, and checks that a plan, its add-ons and the amounts bought fit together.
struct PackageSelection {
    let catalog: CatalogSnapshot
    let operation: OperationID

    // MARK: - Plans

    /// The newest published version of a plan that can be sold.
    func plan(_ id: String) throws -> PackageVersion {
        guard let plan = catalog.plan(id) else {
            guard catalog.isUnpublished(.plan, id) else {
                throw PackageKind.plan.missing(id, hint: catalog.hint(.plan, id), for: operation)
            }
            throw failure(.unPublishedPackage, "the plan \"\(id)\" is a draft; publish it with publishPlan")
        }
        guard plan.status != .archived else {
            throw failure(.entityIsArchived, "the plan \"\(id)\" is archived and no longer sold; choose another one")
        }
        guard let product = catalog.product(plan.productID), product.status == .published else {
            throw failure(
                .productNotPublished,
                "the product \"\(plan.productID)\" of plan \"\(id)\" is archived; bring it back with unarchiveProduct")
        }
        return plan
    }

    /// The version of the plan that a subscription holds, archived or not.
    func plan(of record: SubscriptionRecord) throws -> PackageVersion {
        try held(catalog.plan(record.planID, version: record.planVersion), record.planID, record.planVersion)
    }

    func addon(_ addon: SubscribedAddon) throws -> PackageVersion {
        try held(catalog.addon(addon.id, version: addon.version), addon.id, addon.version)
    }

    private func held(_ package: PackageVersion?, _ id: String, _ version: Int64) throws -> PackageVersion {
        guard let package else {
            throw StoreError(.corrupt, "a subscription holds version \(version) of \"\(id)\", which is gone")
        }
        return package
    }

    // MARK: - Add-ons

    /// The add-ons that were asked for; those that are held already stay in their version.
    func addons(
        _ wanted: [AddonQuantity], with plan: PackageVersion, held: [SubscribedAddon]
    ) throws -> [SubscribedAddon] {
        let ids = wanted.map(\.id)
        guard Set(ids).count == ids.count else {
            throw failure(.badUserInput, "'addons' must hold different add-ons, got one twice; give it a quantity")
        }
        return try wanted.map { wish in
            let old = held.first { $0.id == wish.id }
            let package = try old.map { try addon($0) } ?? sellable(wish.id)
            try check(package, quantity: wish.quantity, with: plan, among: ids)
            return SubscribedAddon(id: wish.id, version: package.version, quantity: wish.quantity)
        }
    }

    /// Those add-ons that go with the plan too: what is kept when the plan changes and none are named.
    func compatible(_ held: [SubscribedAddon], with plan: PackageVersion) -> [SubscribedAddon] {
        held.filter { addon in
            isCompatible(addon.id, with: plan) && catalog.addon(addon.id)?.productID == plan.productID
        }
    }

    private func sellable(_ id: String) throws -> PackageVersion {
        guard let addon = catalog.addon(id) else {
            guard catalog.isUnpublished(.addon, id) else {
                throw PackageKind.addon.missing(id, hint: catalog.hint(.addon, id), for: operation)
            }
            throw failure(.unPublishedPackage, "the add-on \"\(id)\" is a draft; publish it with publishAddon")
        }
        guard addon.status != .archived else {
            throw failure(.entityIsArchived, "the add-on \"\(id)\" is archived and no longer sold; leave it out")
        }
        return addon
    }

    private func check(
        _ addon: PackageVersion, quantity: Int64, with plan: PackageVersion, among ids: [String]
    ) throws {
        guard addon.productID == plan.productID, isCompatible(addon.id, with: plan) else {
            throw failure(
                .incompatibleSubscriptionAddon,
                "the add-on \"\(addon.id)\" does not go with the plan \"\(plan.id)\"; name it in the plan's 'compatibleAddonIds'"
            )
        }
        guard quantity >= 1 else {
            throw failure(.invalidQuantity, "'quantity' of add-on \"\(addon.id)\" must be 1 or more, got \(quantity)")
        }
        if let most = addon.maxQuantity, quantity > most {
            throw failure(
                .addonQuantityExceedsLimit,
                "'quantity' of add-on \"\(addon.id)\" must be at most \(most), got \(quantity)")
        }
        for needed in addon.dependencies where !ids.contains(needed) {
            throw failure(
                .addonDependencyMissing, "the add-on \"\(addon.id)\" needs the add-on \"\(needed)\"; add it too")
        }
    }

    /// A plan goes with the add-ons that it names; with all of its product where it names none.
    private func isCompatible(_ addon: String, with plan: PackageVersion) -> Bool {
        plan.compatibleAddonIDs?.contains(addon) ?? true
    }

    // MARK: - Billing period

    /// Usage is billed by the month whatever the period (stigg.md B.8), so it says nothing, unless there is nothing
    /// else.
    static func periods(of plan: PackageVersion) -> Set<BillingPeriod> {
        let fixed = plan.charges.filter { $0.billingModel != .usageBased && $0.topUpCustomCurrencyID == nil }
        return Set((fixed.isEmpty ? plan.charges : fixed).map(\.billingPeriod))
    }

    func failure(_ code: OperationError.Code, _ message: String) -> OperationError {
        OperationError(code, "\(operation.rawValue): \(message)")
    }
}
