import TidemillCore
import TidemillOperations
import TidemillStore

/// Which versions live subscriptions have.
enum PackageUse {
    /// The charges with whether live subscriptions pay them.
    static func marked(_ charges: [Charge], of version: PackageVersion, in scope: CallScope) throws -> [Charge] {
        let isUsed = try isUsed(version, in: scope)
        return charges.map { charge in
            var marked = charge
            marked.usedInSubscriptions = isUsed
            return marked
        }
    }

    static func isUsed(_ version: PackageVersion, in scope: CallScope) throws -> Bool {
        false
    }

    /// Whether some live subscription has a version that gives the feature or charges for it.
    static func isUsed(_ feature: FeatureID, in scope: CallScope) throws -> Bool {
        false
    }
}
