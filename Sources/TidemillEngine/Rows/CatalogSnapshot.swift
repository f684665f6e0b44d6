import TidemillCore
import TidemillOperations
import TidemillStore

/// All of the catalog that subscriptions, entitlements and prices need, read in one pass; it never changes.
final class CatalogSnapshot: Sendable {
    let generation: String
    /// Features whose usage some version, on sale or not, charges in credits.
    let creditRatedFeatures: Set<FeatureID>
    /// Features that some version, on sale or not, charges by what is used.
    private let usageRatedFeatures: Set<FeatureID>
    private let products: [String: Product]
    private let cutoffs: [String: UsageResetCutoffRule.Behavior]
    private let features: [FeatureID: Feature]
    private let packages: [PackageKind: [String: Versions]]
    /// Credit currencies, coupons and promotion codes.
    let offers: CatalogOffers

    /// The published versions of a plan or add-on. A draft is not in the catalog until it is published.
    private struct Versions {
        let productID: String
        /// Of the package, not of the version: what orders lists.
        let createdAt: Timestamp
        let isArchived: Bool
        let latest: Int64?
        var versions: [Int64: PackageVersion] = [:]

        var newest: PackageVersion? { latest.flatMap { versions[$0] } }
    }

    init(generation: String, on connection: any SQLConnection) throws {
        self.generation = generation
        var products: [String: Product] = [:]
        var cutoffs: [String: UsageResetCutoffRule.Behavior] = [:]
        try connection.query("SELECT body, usage_reset_cutoff_rule FROM products", []) { row in
            let product = try StoredBody.decode(Product.self, row.text(0))
            products[product.id] = product
            cutoffs[product.id] = row.optionalText(1).flatMap(UsageResetCutoffRule.Behavior.init(rawValue:))
        }
        self.products = products
        self.cutoffs = cutoffs
        let features = try connection.rows("SELECT body FROM features") {
            try StoredBody.decode(Feature.self, $0.text(0))
        }
        self.features = Dictionary(uniqueKeysWithValues: features.map { ($0.id, $0) })
        offers = try CatalogOffers(on: connection)
        packages = try Self.packages(on: connection)
        let versions = packages.values.flatMap(\.values).flatMap(\.versions.values)
        creditRatedFeatures = Set(
            versions.flatMap(\.charges).compactMap { $0.creditRate == nil ? nil : $0.featureID })
        usageRatedFeatures = Set(versions.flatMap(\.usageRatedFeatures))
    }

    private static func packages(on connection: any SQLConnection) throws -> [PackageKind: [String: Versions]] {
        var packages: [PackageKind: [String: Versions]] = [.plan: [:], .addon: [:]]
        try connection.query(
            "SELECT kind, id, product_id, created_at, archived_at, published_version FROM packages", []
        ) { row in
            packages[try kind(row.text(0)), default: [:]][row.text(1)] = Versions(
                productID: row.text(2), createdAt: Timestamp(microseconds: row.integer(3)),
                isArchived: !row.isNull(4), latest: row.optionalInteger(5))
        }
        try connection.query(
            "SELECT kind, id, version, body FROM package_versions WHERE published_at IS NOT NULL", []
        ) { row in
            let (kind, id, number) = (try kind(row.text(0)), row.text(1), row.integer(2))
            guard let package = packages[kind]?[id] else { return }
            let body = try StoredBody.decode(PackageBody.self, row.text(3))
            packages[kind]?[id]?.versions[number] = PackageVersion(
                kind, id, number, body, status: package.isArchived ? .archived : .published,
                isLatest: number == package.latest)
        }
        return packages
    }

    private static func kind(_ text: String) throws -> PackageKind {
        guard let kind = PackageKind(rawValue: text) else {
            throw StoreError(.corrupt, "the stored catalog has a \"\(text)\"; restore a backup")
        }
        return kind
    }
}

extension CatalogSnapshot {
    func product(_ id: String) -> Product? { products[id] }

    /// Products that new customers begin with by themselves, by id.
    var productsWithStart: [Product] {
        products.values.filter {
            $0.status == .published && ($0.productSettings?.subscriptionStartSetup ?? .planSelection) != .planSelection
        }.sorted { $0.id < $1.id }
    }

    /// Of the products that are sold, oldest first.
    var productIDs: [String] {
        products.values.filter { $0.status == .published }.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
            .map(\.id)
    }

    /// Whether a change of plan begins usage anew; ALWAYS_RESET where the product does not say (stigg.md E.25).
    func usageResetCutoff(ofProduct id: String) -> UsageResetCutoffRule.Behavior { cutoffs[id] ?? .alwaysReset }

    func feature(_ id: FeatureID) -> Feature? { features[id] }

    /// Whether anything that is or was sold charges for its usage.
    func isPriced(_ feature: FeatureID) -> Bool { usageRatedFeatures.contains(feature) }

    /// The newest published version; its status is ARCHIVED when the plan is not sold any more. Nil for a plan that was
    /// never published.
    func plan(_ id: String) -> PackageVersion? { package(.plan, id) }
    func plan(_ id: String, version: Int64) -> PackageVersion? { package(.plan, id, version: version) }
    func addon(_ id: String) -> PackageVersion? { package(.addon, id) }
    func addon(_ id: String, version: Int64) -> PackageVersion? { package(.addon, id, version: version) }

    func package(_ kind: PackageKind, _ id: String) -> PackageVersion? { packages[kind]?[id]?.newest }
    func package(_ kind: PackageKind, _ id: String, version: Int64) -> PackageVersion? {
        packages[kind]?[id]?.versions[version]
    }

    /// The plan or add-on that a misspelt id most likely means: ` (did you mean "plan-pro"?)`.
    func hint(_ kind: PackageKind, _ id: String) -> String {
        Suggestion.hint(for: id, in: (packages[kind] ?? [:]).keys.sorted())
    }

    /// Whether there is such a plan or add-on that was never published.
    func isUnpublished(_ kind: PackageKind, _ id: String) -> Bool {
        packages[kind]?[id].map { $0.latest == nil } ?? false
    }

    /// The version itself, its parent, the parent's parent: each parent in the version that `parents` gives it, else in
    /// its newest published one.
    func chain(of version: PackageVersion, parents: TextMap<Int64> = [:]) -> [PackageVersion] {
        var chain = [version]
        while let parentID = chain[chain.count - 1].parentPlanID, !chain.contains(where: { $0.id == parentID }),
            let parent = parents[parentID].flatMap({ plan(parentID, version: $0) }) ?? plan(parentID)
        {
            chain.append(parent)
        }
        return chain
    }

    /// The plan of a subscription with its parents, as they were sold to it. Empty where the catalog has no such
    /// version: a store that was put together by hand.
    func chain(of record: SubscriptionRecord) -> [PackageVersion] {
        plan(record.planID, version: record.planVersion).map { chain(of: $0, parents: record.parentVersions) } ?? []
    }

    /// The parents of a plan in their newest published versions: what a new subscriber begins with.
    func parentVersions(of plan: PackageVersion) -> TextMap<Int64> {
        TextMap(chain(of: plan).dropFirst().map { ($0.id, $0.version) }, uniquingKeysWith: { first, _ in first })
    }

    /// What can be bought of the product, oldest first: the newest version of each plan that is not archived.
    func plans(ofProduct id: String) -> [PackageVersion] { onSale(.plan, id) }
    func addons(ofProduct id: String) -> [PackageVersion] { onSale(.addon, id) }

    /// The add-ons on sale that go with the plan: those that it names, or all of its product where it names none.
    func addons(compatibleWith plan: PackageVersion) -> [PackageVersion] {
        let all = addons(ofProduct: plan.productID)
        guard let named = plan.compatibleAddonIDs else { return all }
        return all.filter { named.contains($0.id) }
    }

    /// All plans and add-ons on sale, in their newest versions, plans first, by id.
    var packagesOnSale: [PackageVersion] {
        PackageKind.allCases.flatMap { kind in
            (packages[kind] ?? [:]).filter { !$0.value.isArchived }.sorted { $0.key < $1.key }
                .compactMap(\.value.newest)
        }
    }

    private func onSale(_ kind: PackageKind, _ productID: String) -> [PackageVersion] {
        let sold = (packages[kind] ?? [:]).filter { $0.value.productID == productID && !$0.value.isArchived }
        return sold.sorted { ($0.value.createdAt, $0.key) < ($1.value.createdAt, $1.key) }.compactMap(\.value.newest)
    }
}

extension PackageVersion {
    init(
        _ kind: PackageKind, _ id: String, _ version: Int64, _ body: PackageBody, status: PackageStatus, isLatest: Bool
    ) {
        self.init(
            kind: kind, id: id, version: version, productID: body.productID, displayName: body.displayName,
            description: body.description, status: status, pricingType: body.pricingType,
            parentPlanID: body.parentPlanID, compatibleAddonIDs: body.compatibleAddonIDs,
            dependencies: body.dependencies, maxQuantity: body.maxQuantity,
            defaultTrialConfig: body.defaultTrialConfig, metadata: body.metadata, entitlements: body.entitlements,
            charges: body.charges, overageCharges: body.overageCharges,
            minimumSpend: body.pricing?.allMinimumSpends ?? [],
            overageBillingPeriod: body.pricing?.overageBillingPeriod, hiddenFromWidgets: body.hiddenFromWidgets,
            billingID: body.billingID, createdAt: body.createdAt, updatedAt: body.updatedAt, isLatest: isLatest)
    }
}

extension PackageVersion {
    fileprivate var usageRatedFeatures: [FeatureID] {
        charges.filter { $0.billingModel == .usageBased }.compactMap(\.featureID)
            + overageCharges.compactMap(\.featureID)
    }

    /// Whether it charges for usage of the feature.
    func bills(_ feature: FeatureID) -> Bool { usageRatedFeatures.contains(feature) }
}
