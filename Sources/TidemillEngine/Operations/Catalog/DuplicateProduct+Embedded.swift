import TidemillCore
import TidemillOperations
import TidemillStore

extension DuplicateProduct: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Product {
        let original = try scope.products.require(input.id, for: .duplicateProduct)
        guard original.status == .published else {
            throw OperationError(
                .entityIsArchived,
                "duplicateProduct: the product \"\(input.id)\" is archived; bring it back with unarchiveProduct")
        }
        guard try scope.products.find(input.targetID) == nil else {
            throw OperationError(
                .duplicatedEntity,
                "duplicateProduct: the product \"\(input.targetID)\" exists already; choose another 'targetId'")
        }
        var copy = original
        copy.id = input.targetID
        copy.displayName = input.displayName ?? original.displayName
        copy.description = input.description ?? original.description
        copy.createdAt = scope.now
        copy.updatedAt = scope.now
        try scope.products.insert(copy)
        if let settings = original.productSettings {
            copy.productSettings = settings
            try scope.products.update(copy)
        }
        try scope.announce(copy, "created")
        try PackageCopies(scope: scope, target: input.targetID).copy(
            scope.packages.packages(ofProduct: input.id).filter { $0.archivedAt == nil })
        return copy
    }
}

/// Plans and add-ons of one product, copied to another: each as it is sold, or its draft where it never was.
private struct PackageCopies {
    let scope: CallScope
    let target: String

    private var writer: PackageWriter { PackageWriter(scope: scope, operation: .duplicateProduct) }

    func copy(_ originals: [StoredPackage]) throws {
        let bodies = try originals.map { try scope.packages.body($0, $0.shownVersion) }
        let names = Dictionary(
            uniqueKeysWithValues: originals.map { (PackageName(kind: $0.kind, id: $0.id), "\($0.id)-\(target)") })
        // All are there as drafts before one is checked against the others.
        for (original, body) in zip(originals, bodies) {
            let id = names[PackageName(kind: original.kind, id: original.id)] ?? original.id
            try insert(original.kind, id, body, names)
        }
        for (original, body) in zip(originals, bodies) {
            let id = names[PackageName(kind: original.kind, id: original.id)] ?? original.id
            let version = try writer.edit(original.kind, id) { copy in
                copy.parentPlanID = body.parentPlanID.map { names[PackageName(kind: .plan, id: $0)] ?? $0 }
                copy.compatibleAddonIDs = body.compatibleAddonIDs?.compactMap {
                    names[PackageName(kind: .addon, id: $0)]
                }
                copy.dependencies = body.dependencies.compactMap { names[PackageName(kind: .addon, id: $0)] }
                if let pricing = body.pricing { try writer.setPricing(pricing, of: &copy, original.kind, id) }
            }
            try scope.announce(version, "created")
        }
        try publish(zip(originals, bodies).filter { $0.0.publishedVersion != nil }.map { ($0.0, $0.1) }, names)
    }

    private func insert(
        _ kind: PackageKind, _ id: String, _ body: PackageBody, _ names: [PackageName: String]
    ) throws {
        guard id.utf8.count <= 255 else {
            throw OperationError(
                .invalidArgument,
                "duplicateProduct: the id \"\(id)\" of a copy would be longer than 255 bytes; choose a shorter 'targetId'"
            )
        }
        guard try scope.packages.find(kind, id) == nil else {
            throw OperationError(
                .duplicatedEntity,
                "duplicateProduct: the \(kind.name) \"\(id)\" exists already; choose another 'targetId'")
        }
        let package = StoredPackage(
            kind: kind, id: id, productID: target, createdAt: scope.now, archivedAt: nil, publishedVersion: nil,
            draftVersion: 1)
        var copy = body
        copy.productID = target
        copy.parentPlanID = nil
        copy.compatibleAddonIDs = nil
        copy.dependencies = []
        copy.charges = []
        copy.overageCharges = []
        copy.billingID = nil
        copy.createdAt = scope.now
        copy.updatedAt = scope.now
        try scope.packages.insert(package)
        try scope.packages.write(copy, package, 1)
    }

    /// Parents before the plans that inherit from them, add-ons in any order.
    private func publish(_ sold: [(StoredPackage, PackageBody)], _ names: [PackageName: String]) throws {
        let soldPlans = Set(sold.filter { $0.0.kind == .plan }.map(\.0.id))
        var published: Set<String> = []
        var left = sold
        while !left.isEmpty {
            let ready = left.filter { package, body in
                guard package.kind == .plan, let parent = body.parentPlanID, soldPlans.contains(parent) else {
                    return true
                }
                return published.contains(parent)
            }
            // A circle of parents is refused when it is made.
            guard !ready.isEmpty else { return }
            for (package, _) in ready {
                let id = names[PackageName(kind: package.kind, id: package.id)] ?? package.id
                _ = try writer.publish(package.kind, id, .newCustomers)
                if package.kind == .plan { published.insert(package.id) }
            }
            let done = Set(ready.map { PackageName(kind: $0.0.kind, id: $0.0.id) })
            left.removeAll { done.contains(PackageName(kind: $0.0.kind, id: $0.0.id)) }
        }
    }

    private struct PackageName: Hashable {
        let kind: PackageKind
        let id: String
    }
}
