import TidemillCore
import TidemillOperations
import TidemillStore

/// Which versions live subscriptions have.
enum PackageUse {
    /// The charges with whether live subscriptions pay them.
    static func marked(_ charges: [Charge], of version: PackageVersion, in scope: CallScope) throws -> [Charge] {
        let isUsed = try scope.connection.first(
            "SELECT 1 FROM subscription_packages WHERE kind = $1 AND package_id = $2 AND version = $3 LIMIT 1",
            [.text(version.kind.rawValue), .text(version.id), .integer(version.version)]
        ) { _ in true }
        return charges.map { charge in
            var marked = charge
            marked.usedInSubscriptions = isUsed ?? false
            return marked
        }
    }

    /// Whether some live subscription has a version that gives the feature or charges for it, by itself or by
    /// inheritance.
    static func isUsed(_ feature: FeatureID, in scope: CallScope) throws -> Bool {
        let catalog = try scope.catalog()
        let held = try scope.connection.rows("SELECT DISTINCT kind, package_id, version FROM subscription_packages") {
            (kind: SubscriptionTable.packageKind($0.text(0)), id: $0.text(1), version: $0.integer(2))
        }
        for (kind, id, number) in held {
            guard let kind, let version = catalog.package(kind, id, version: number) else { continue }
            if catalog.chain(of: version).contains(where: { $0.uses(feature) }) { return true }
        }
        return false
    }
}

extension PackageVersion {
    fileprivate func uses(_ feature: FeatureID) -> Bool {
        if (charges + overageCharges).contains(where: { $0.featureID == feature }) { return true }
        return entitlements.contains { entitlement in
            switch entitlement {
            case .feature(let given): given.id == feature
            case .credit(let credit): credit.dependencyFeatureID == feature
            }
        }
    }
}
