import TidemillCore
import TidemillOperations
import TidemillStore

/// Everything that changes plans and add-ons: for calls, and for the catalog that scripts declare. `operation` is what
/// errors name.
///
///     create ──> draft 1 ──publish──> version 1 ──createDraft──> draft 2 ──publish──> version 2 ...
///                   └─removeDraft──> gone            └─removeDraft──> version 1
///
/// A published version never changes. Archiving hides all versions from new customers, and keeps them.
struct PackageWriter {
    let scope: CallScope
    let operation: OperationID

    private var table: PackageTable { scope.packages }

    /// A new package with its first draft.
    func create(_ definition: PackageDefinition) throws -> PackageVersion {
        if let old = try table.find(definition.kind, definition.id) {
            let taken = OperationError(
                .duplicatedEntity,
                "\(operation.rawValue): the \(old.kind.name) \"\(old.id)\" exists already"
                    + (old.archivedAt == nil
                        ? "; change it with create\(old.kind.word)Draft and update\(old.kind.word)"
                        : " and is archived; bring it back with unarchive\(old.kind.word)"))
            throw old.archivedAt == nil ? try presenting(old, old.shownVersion, in: taken) : taken
        }
        let product = try scope.products.require(definition.productID, for: operation)
        guard product.status == .published else {
            throw OperationError(
                .entityIsArchived,
                "\(operation.rawValue): the product \"\(product.id)\" is archived; bring it back with unarchiveProduct")
        }
        let package = StoredPackage(
            kind: definition.kind, id: definition.id, productID: definition.productID, createdAt: scope.now,
            archivedAt: nil, publishedVersion: nil, draftVersion: 1)
        let body = try body(of: definition, in: package, before: nil)
        try table.insert(package)
        try table.write(body, package, 1)
        let version = table.version(package, 1, body)
        try scope.announce(version, "created")
        return version
    }

    /// Creates the package, or gives it a new version, and publishes it: what the catalog declares holds at once. A
    /// draft that was there is replaced.
    func put(_ definition: PackageDefinition, _ migration: MigrationType) throws -> PackageVersion {
        guard var package = try table.find(definition.kind, definition.id) else {
            _ = try create(definition)
            return try publish(definition.kind, definition.id, migration)
        }
        guard package.productID == definition.productID else {
            throw OperationError(
                .invalidArgument,
                "\(operation.rawValue): 'productId' of the \(package.kind.name) \"\(package.id)\" cannot change from \"\(package.productID)\" to \"\(definition.productID)\"; use another id"
            )
        }
        if package.archivedAt != nil {
            package.archivedAt = nil
            package.isArchivedWithProduct = false
        }
        let before = try table.body(package, package.shownVersion)
        package.draftVersion = package.draftVersion ?? (package.publishedVersion ?? 0) + 1
        let draft = package.draftVersion ?? 1
        let body = try body(of: definition, in: package, before: before)
        try table.update(package)
        try table.write(body, package, draft)
        return try publish(package.kind, package.id, migration)
    }

    /// Changes the draft.
    func edit(
        _ kind: PackageKind, _ id: String, _ change: (inout PackageBody) throws -> Void
    ) throws -> PackageVersion {
        let package = try requireDraft(kind, id)
        let draft = package.draftVersion ?? 1
        var body = try table.body(package, draft)
        try change(&body)
        body.updatedAt = scope.now
        try PackageReferences(scope: scope, operation: operation).check(body, of: kind, id)
        try table.write(body, package, draft)
        let version = table.version(package, draft, body)
        try scope.announce(version, "updated")
        return version
    }

    func createDraft(_ kind: PackageKind, _ id: String) throws -> PackageVersion {
        var package = try requireOnSale(kind, id)
        guard package.draftVersion == nil, let published = package.publishedVersion else {
            let refused = OperationError(
                .draftAlreadyExists,
                "\(operation.rawValue): the \(kind.name) \"\(id)\" has a draft already; edit it, publish it, or give it up with remove\(kind.word)Draft"
            )
            throw try isUntouched(package) ? presenting(package, package.draftVersion ?? 1, in: refused) : refused
        }
        var body = try table.body(package, published)
        body.updatedAt = scope.now
        let draft = published + 1
        package.draftVersion = draft
        try table.update(package)
        try table.write(body, package, draft)
        return table.version(package, draft, body)
    }

    /// Whether the draft is as the published version is: nobody has edited it.
    private func isUntouched(_ package: StoredPackage) throws -> Bool {
        guard let draft = package.draftVersion, let published = package.publishedVersion else { return false }
        var body = try table.body(package, draft)
        let original = try table.body(package, published)
        body.updatedAt = original.updatedAt
        return PackageBody.shape.encode(body) == PackageBody.shape.encode(original)
    }

    /// The error with the package as its calls answer it.
    private func presenting(
        _ package: StoredPackage, _ version: Int64, in error: OperationError
    ) throws -> OperationError {
        let shown = table.version(package, version, try table.body(package, version))
        return package.kind == .plan ? error.presenting(Plan(shown)) : error.presenting(Addon(shown))
    }

    func removeDraft(_ kind: PackageKind, _ id: String) throws {
        let package = try table.require(kind, id, for: operation)
        guard let draft = package.draftVersion else {
            throw OperationError(
                .packageAlreadyPublished,
                "\(operation.rawValue): the \(kind.name) \"\(id)\" has no draft; take it off sale with archive\(kind.word)"
            ).presenting(RemovePackageDraft<Plan>.Output(id: id))
        }
        let body = try table.body(package, draft)
        if package.publishedVersion == nil {
            try requireUnnamed(package)
            try scope.announce(table.version(package, draft, body), "deleted")
        }
        try table.deleteDraft(package, draft)
    }

    func publish(_ kind: PackageKind, _ id: String, _ migration: MigrationType) throws -> PackageVersion {
        var package = try requireOnSale(kind, id)
        guard let draft = package.draftVersion else {
            let refused = OperationError(
                .packageAlreadyPublished,
                "\(operation.rawValue): the \(kind.name) \"\(id)\" has no draft; begin one with create\(kind.word)Draft"
            )
            let isForAll = try SubscriptionMigration.isForAll(
                kind, id, package.publishedVersion ?? 0, on: scope.connection)
            throw isForAll == (migration == .allCustomers) ? refused.presenting(PublishedPackage(taskID: nil)) : refused
        }
        let product = try scope.products.require(package.productID, for: operation)
        guard product.status == .published else {
            throw OperationError(
                .productNotPublished,
                "\(operation.rawValue): the product \"\(product.id)\" is archived; bring it back with unarchiveProduct")
        }
        var body = try table.body(package, draft)
        try PackageReferences(scope: scope, operation: operation).checkForPublishing(body)
        body.pricingType = body.pricingType ?? (body.charges.isEmpty && body.pricing == nil ? .free : .paid)
        body.updatedAt = scope.now
        try table.write(body, package, draft)
        try table.markPublished(package, draft, at: scope.now)
        package.publishedVersion = draft
        package.draftVersion = nil
        try table.update(package)
        let version = table.version(package, draft, body)
        try scope.announce(version, "updated")
        if migration == .allCustomers { try SubscriptionMigration.packagePublished(kind, id, draft, in: scope) }
        return version
    }

    // MARK: - Off sale and back

    func archive(_ kind: PackageKind, _ id: String) throws -> PackageVersion {
        try archive(try table.require(kind, id, for: operation), withProduct: false)
    }

    @discardableResult
    func archive(_ stored: StoredPackage, withProduct: Bool) throws -> PackageVersion {
        var package = stored
        let body = try table.body(package, package.shownVersion)
        guard package.archivedAt == nil else { return table.version(package, package.shownVersion, body) }
        package.archivedAt = scope.now
        package.isArchivedWithProduct = withProduct
        try table.update(package)
        let version = table.version(package, package.shownVersion, body)
        try scope.announce(version, "deleted")
        return version
    }

    func unarchive(_ kind: PackageKind, _ id: String) throws -> PackageVersion {
        let package = try table.require(kind, id, for: operation)
        let product = try scope.products.require(package.productID, for: operation)
        guard package.archivedAt == nil || product.status == .published else {
            throw OperationError(
                .entityIsArchived,
                "\(operation.rawValue): the product \"\(product.id)\" is archived; bring it back with unarchiveProduct")
        }
        return try unarchive(package)
    }

    @discardableResult
    func unarchive(_ stored: StoredPackage) throws -> PackageVersion {
        var package = stored
        let body = try table.body(package, package.shownVersion)
        guard package.archivedAt != nil else { return table.version(package, package.shownVersion, body) }
        package.archivedAt = nil
        package.isArchivedWithProduct = false
        try table.update(package)
        let version = table.version(package, package.shownVersion, body)
        try scope.announce(version, "updated")
        return version
    }

    // MARK: - Parts

    /// Replaces the whole pricing.
    func setPricing(_ pricing: PackagePricing, of body: inout PackageBody, _ kind: PackageKind, _ id: String) throws {
        let maker = ChargeMaker(
            scope: scope, operation: operation, kind: kind, packageID: id, before: body.charges + body.overageCharges)
        let made = try maker.make(pricing, at: FieldPath("charges"))
        body.pricing = pricing
        body.charges = made.charges
        body.overageCharges = made.overage
        body.pricingType = pricing.resolvedType ?? body.pricingType
        body.pricing?.pricingType = body.pricingType
        if let billingID = pricing.billingID { body.billingID = billingID }
        try setEntitlements(body.entitlements.map(\.input), of: &body)
    }

    /// Replaces the entitlements; those of overage prices come on top.
    func setEntitlements(_ inputs: [PackageEntitlementInput], of body: inout PackageBody) throws {
        body.entitlements = try EntitlementCheck(scope: scope, operation: operation).entitlements(
            OverageEntitlements.merged(into: inputs, body.pricing), before: body.entitlements,
            at: FieldPath("entitlements"))
    }

    private func body(
        of definition: PackageDefinition, in package: StoredPackage, before: PackageBody?
    ) throws -> PackageBody {
        var body = PackageBody(
            productID: definition.productID, displayName: definition.displayName,
            description: definition.description, pricingType: definition.pricingType,
            parentPlanID: definition.parentPlanID, compatibleAddonIDs: definition.compatibleAddonIDs,
            dependencies: definition.dependencies, maxQuantity: definition.maxQuantity,
            defaultTrialConfig: definition.defaultTrialConfig, metadata: definition.metadata,
            entitlements: before?.entitlements ?? [], charges: before?.charges ?? [],
            overageCharges: before?.overageCharges ?? [], hiddenFromWidgets: definition.hiddenFromWidgets,
            billingID: definition.billingID, createdAt: package.createdAt, updatedAt: scope.now)
        body.pricing = definition.pricing
        try setEntitlements(definition.entitlements, of: &body)
        if var pricing = definition.pricing {
            pricing.pricingType = pricing.pricingType ?? definition.pricingType
            try setPricing(pricing, of: &body, package.kind, package.id)
        } else {
            body.charges = []
            body.overageCharges = []
        }
        try PackageReferences(scope: scope, operation: operation).check(body, of: package.kind, package.id)
        return body
    }

    private func requireOnSale(_ kind: PackageKind, _ id: String) throws -> StoredPackage {
        let package = try table.require(kind, id, for: operation)
        guard package.archivedAt == nil else { throw Self.archived(package, operation) }
        return package
    }

    private func requireDraft(_ kind: PackageKind, _ id: String) throws -> StoredPackage {
        let package = try requireOnSale(kind, id)
        guard package.draftVersion != nil else {
            throw OperationError(
                .editAllowedOnDraftPackageOnly,
                "\(operation.rawValue): the \(kind.name) \"\(id)\" is published, and only drafts can be edited; begin one with create\(kind.word)Draft"
            )
        }
        return package
    }

    /// What another one of the product names cannot go away.
    private func requireUnnamed(_ package: StoredPackage) throws {
        for (other, body) in try table.currentBodies(ofProduct: package.productID)
        where other.id != package.id || other.kind != package.kind {
            let isNamed =
                package.kind == .plan
                ? body.parentPlanID == package.id
                : body.dependencies.contains(package.id) || body.compatibleAddonIDs?.contains(package.id) == true
            guard !isNamed else {
                throw OperationError(
                    .integrityViolation,
                    "\(operation.rawValue): the \(other.kind.name) \"\(other.id)\" names the \(package.kind.name) \"\(package.id)\"; change that first"
                )
            }
        }
    }

    static func archived(_ package: StoredPackage, _ operation: OperationID) -> OperationError {
        OperationError(
            .entityIsArchived,
            "\(operation.rawValue): the \(package.kind.name) \"\(package.id)\" is archived; bring it back with unarchive\(package.kind.word)"
        )
    }
}
