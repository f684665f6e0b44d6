import TidemillCore
import TidemillOperations
import TidemillStore

/// What a plan or add-on names of its product: the parent plan, compatible add-ons, and the add-ons that it needs.
struct PackageReferences {
    let scope: CallScope
    let operation: OperationID

    /// How many plans may inherit one from the other.
    static let chainMax = 20

    func check(_ body: PackageBody, of kind: PackageKind, _ id: String) throws {
        if let parent = body.parentPlanID { try checkParent(parent, of: id, body) }
        try checkAddons(body.compatibleAddonIDs ?? [], field: "compatibleAddonIds", body)
        try checkAddons(body.dependencies, field: "dependencies", body)
        guard kind == .addon else { return }
        if body.dependencies.contains(id) {
            throw problem("dependencies", "must name other add-ons, got \"\(id)\" itself")
        }
        for dependency in body.dependencies where try leads(from: dependency, to: id, \.dependencies, kind: .addon) {
            throw problem("dependencies", "must not lead back: \"\(dependency)\" needs \"\(id)\" already")
        }
    }

    /// What must hold when the version is put on sale.
    func checkForPublishing(_ body: PackageBody) throws {
        guard let parent = body.parentPlanID else { return }
        let package = try scope.packages.require(.plan, parent, for: operation)
        try requireNotArchived(package)
        guard package.publishedVersion != nil else {
            throw OperationError(
                .unPublishedPackage,
                "\(operation.rawValue): the parent plan \"\(parent)\" was never published; publish it first")
        }
    }

    private func checkParent(_ parent: String, of id: String, _ body: PackageBody) throws {
        guard parent != id else { throw problem("parentPlanId", "must be another plan, got \"\(id)\" itself") }
        let package = try scope.packages.require(.plan, parent, for: operation)
        try requireSameProduct(package, body, field: "parentPlanId")
        try requireNotArchived(package)
        if try leads(from: parent, to: id, { $0.parentPlanID.map { [$0] } ?? [] }, kind: .plan) {
            throw problem("parentPlanId", "must not lead back: \"\(parent)\" inherits from \"\(id)\" already")
        }
        var length = 1
        var next: String? = parent
        while let current = next, length <= Self.chainMax, let plan = try scope.packages.find(.plan, current) {
            length += 1
            next = try scope.packages.body(plan, plan.shownVersion).parentPlanID
        }
        guard length <= Self.chainMax else {
            throw problem("parentPlanId", "must not make a chain of more than \(Self.chainMax) plans")
        }
    }

    /// Whether what `start` names, as sold or in its draft, leads to `goal`.
    private func leads(
        from start: String, to goal: String, _ names: (PackageBody) -> [String], kind: PackageKind
    ) throws -> Bool {
        var waiting = [start]
        var seen: Set<String> = []
        while let current = waiting.popLast() {
            if current == goal { return true }
            guard seen.insert(current).inserted, let package = try scope.packages.find(kind, current) else { continue }
            for version in [package.publishedVersion, package.draftVersion].compactMap({ $0 }) {
                waiting += names(try scope.packages.body(package, version))
            }
        }
        return false
    }

    private func checkAddons(_ ids: [String], field: String, _ body: PackageBody) throws {
        guard Set(ids).count == ids.count else { throw problem(field, "must name each add-on once, got one twice") }
        for id in ids {
            let addon = try scope.packages.require(.addon, id, for: operation)
            try requireSameProduct(addon, body, field: field)
        }
    }

    private func requireSameProduct(_ package: StoredPackage, _ body: PackageBody, field: String) throws {
        guard package.productID == body.productID else {
            throw problem(
                field,
                "must be of the product \"\(body.productID)\"; the \(package.kind.name) \"\(package.id)\" is of \"\(package.productID)\""
            )
        }
    }

    private func requireNotArchived(_ package: StoredPackage) throws {
        guard package.archivedAt == nil else { throw PackageWriter.archived(package, operation) }
    }

    private func problem(_ field: String, _ what: String) -> OperationError {
        OperationError(.invalidArgument, "\(operation.rawValue): '\(field)' \(what)")
    }
}
