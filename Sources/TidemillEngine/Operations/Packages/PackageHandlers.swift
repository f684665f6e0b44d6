import TidemillCore
import TidemillOperations
import TidemillStore

extension CreatePlan: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Plan {
        let writer = PackageWriter(scope: scope, operation: .createPlan)
        let draft = try writer.create(PackageDefinition(input))
        guard input.status == .published else { return Plan(draft) }
        return Plan(try writer.publish(.plan, input.id, .newCustomers))
    }
}

extension CreateAddon: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Addon {
        let writer = PackageWriter(scope: scope, operation: .createAddon)
        let draft = try writer.create(PackageDefinition(input))
        guard input.status == .published else { return Addon(draft) }
        return Addon(try writer.publish(.addon, input.id, .newCustomers))
    }
}

extension UpdatePlan: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Plan {
        let writer = PackageWriter(scope: scope, operation: .updatePlan)
        return Plan(
            try writer.edit(.plan, input.id) { body in
                body.displayName = input.displayName ?? body.displayName
                body.description = input.description.applied(to: body.description)
                body.billingID = input.billingID.applied(to: body.billingID)
                body.metadata = input.metadata ?? body.metadata
                body.hiddenFromWidgets = input.hiddenFromWidgets ?? body.hiddenFromWidgets
                body.parentPlanID = input.parentPlanID.applied(to: body.parentPlanID)
                body.compatibleAddonIDs = input.compatibleAddonIDs.applied(to: body.compatibleAddonIDs)
                body.defaultTrialConfig = input.defaultTrialConfig.applied(to: body.defaultTrialConfig)
                if let charges = input.charges { try writer.setPricing(charges, of: &body, .plan, input.id) }
            })
    }
}

extension UpdateAddon: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Addon {
        let writer = PackageWriter(scope: scope, operation: .updateAddon)
        if input.status == .archived, !input.changesDraft { return Addon(try writer.archive(.addon, input.id)) }
        var version = try writer.edit(.addon, input.id) { body in
            body.displayName = input.displayName ?? body.displayName
            body.description = input.description.applied(to: body.description)
            body.billingID = input.billingID.applied(to: body.billingID)
            body.metadata = input.metadata ?? body.metadata
            body.hiddenFromWidgets = input.hiddenFromWidgets ?? body.hiddenFromWidgets
            body.maxQuantity = input.maxQuantity.applied(to: body.maxQuantity)
            body.dependencies = input.dependencies.applied(to: body.dependencies) ?? []
            if let charges = input.charges { try writer.setPricing(charges, of: &body, .addon, input.id) }
        }
        switch input.status {
        case .published: version = try writer.publish(.addon, input.id, .newCustomers)
        case .archived: version = try writer.archive(.addon, input.id)
        case .draft, nil: break
        }
        return Addon(version)
    }
}

extension UpdateAddon.Input {
    /// Whether it says more than a status.
    fileprivate var changesDraft: Bool {
        displayName != nil || charges != nil || metadata != nil || hiddenFromWidgets != nil || billingID != .keep
            || description != .keep || maxQuantity != .keep || dependencies != .keep
    }
}

extension GetPackage: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Kind {
        Kind(try scope.packages.version(Kind.kind, input.id, input.versionNumber, for: Kind.operations.get))
    }
}

extension PackageTable {
    /// The version of that number, or the one that reads show.
    func version(
        _ kind: PackageKind, _ id: String, _ number: Int64?, for operation: OperationID
    ) throws -> PackageVersion {
        let package = try require(kind, id, for: operation)
        let number = number ?? package.shownVersion
        guard let body = try findBody(package, number) else {
            throw OperationError(
                kind.notFound,
                "\(operation.rawValue): the \(kind.name) \"\(id)\" has no version \(number); get\(kind.word) tells the newest"
            )
        }
        return version(package, number, body)
    }
}

extension ListPackages: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<Kind> {
        var query = PageQuery(table: "packages", column: PackageTable.columns.list)
        query.require("kind", .text(Kind.kind.rawValue))
        query.require("product_id", input.productID.map { .text($0) })
        query.require(createdAt: input.createdAt)
        query.require(anyOf: input.status?.map(condition))
        let table = scope.packages
        return try query.page(input.paging, on: scope.connection) { row in
            let package = try PackageTable.columns.read(row, from: 2)
            let number = shownVersion(of: package, input.status)
            return Kind(table.version(package, number, try table.body(package, number)))
        }
    }

    private static func condition(_ status: PackageStatus) -> String {
        switch status {
        case .draft: "(archived_at IS NULL AND draft_version IS NOT NULL)"
        case .published: "(archived_at IS NULL AND published_version IS NOT NULL)"
        case .archived: "archived_at IS NOT NULL"
        }
    }

    /// A draft is shown where only drafts were asked for.
    private static func shownVersion(of package: StoredPackage, _ status: [PackageStatus]?) -> Int64 {
        guard let draft = package.draftVersion, package.archivedAt == nil, let status, !status.contains(.published)
        else { return package.shownVersion }
        return draft
    }
}

extension ArchivePackage: EmbeddedOperation {
    static func perform(_ input: PackageByID<Kind>, in scope: CallScope) throws -> Kind {
        Kind(try PackageWriter(scope: scope, operation: Kind.operations.archive).archive(Kind.kind, input.id))
    }
}

extension UnarchivePackage: EmbeddedOperation {
    static func perform(_ input: PackageByID<Kind>, in scope: CallScope) throws -> Kind {
        Kind(try PackageWriter(scope: scope, operation: Kind.operations.unarchive).unarchive(Kind.kind, input.id))
    }
}

extension CreatePackageDraft: EmbeddedOperation {
    static func perform(_ input: PackageByID<Kind>, in scope: CallScope) throws -> Kind {
        Kind(try PackageWriter(scope: scope, operation: Kind.operations.createDraft).createDraft(Kind.kind, input.id))
    }
}

extension RemovePackageDraft: EmbeddedOperation {
    static func perform(_ input: PackageByID<Kind>, in scope: CallScope) throws -> Output {
        try PackageWriter(scope: scope, operation: Kind.operations.removeDraft).removeDraft(Kind.kind, input.id)
        return Output(id: input.id)
    }
}

extension PublishPackage: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> PublishedPackage {
        _ = try PackageWriter(scope: scope, operation: Kind.operations.publish)
            .publish(Kind.kind, input.id, input.migrationType)
        return PublishedPackage(taskID: nil)
    }
}
