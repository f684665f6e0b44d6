import TidemillCore
import TidemillOperations

/// The webhooks of the catalog (stigg.md C.3): flat, with the fields that calls answer.
extension CallScope {
    func announce(_ version: PackageVersion, _ change: String) throws {
        var fields: TextMap<Payload>
        switch version.kind {
        case .plan: fields = Self.members(Plan(version))
        case .addon: fields = Self.members(Addon(version))
        }
        fields["name"] = .string(version.displayName)
        fields["version"] = .integer(version.version)
        fields["packageEntitlements"] = .array(version.entitlements.map { PackageEntitlement.shape.encode($0) })
        fields["prices"] = .array((version.charges + version.overageCharges).map { Charge.shape.encode($0) })
        try announce(EngineEvent("\(version.kind.rawValue).\(change)", nil, fields))
    }

    func announce(_ product: Product, _ change: String) throws {
        var fields = Self.members(product)
        fields["name"] = .string(product.displayName)
        try announce(EngineEvent("product.\(change)", nil, fields))
    }

    func announce(_ feature: Feature, _ change: String) throws {
        var fields = Self.members(feature)
        fields["name"] = .string(feature.displayName)
        try announce(EngineEvent("feature.\(change)", nil, fields))
    }

    private static func members<Value: Shaped>(_ value: Value) -> TextMap<Payload> {
        guard case .object(let members) = Value.shape.encode(value) else { return [:] }
        return members
    }
}
