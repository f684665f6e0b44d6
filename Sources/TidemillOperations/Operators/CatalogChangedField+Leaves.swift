import TidemillCore

extension CatalogChangedField {
    /// The single values in which old and new differ, each under its own name, counted from 1:
    /// `charges.pricingModels[1].pricePeriods[2].price.amount`.
    public var leaves: [CatalogChangedField] { Self.differences(name, old, new) }

    private static func differences(_ name: String, _ old: Payload, _ new: Payload) -> [CatalogChangedField] {
        guard old != new else { return [] }
        switch (old, new) {
        case (.object(let before), .object(let after)):
            return Set(before.keys).union(after.keys).sorted().flatMap {
                differences("\(name).\($0)", before[$0] ?? .null, after[$0] ?? .null)
            }
        case (.array(let before), .array(let after)):
            return (0..<max(before.count, after.count)).flatMap { index in
                differences(
                    "\(name)[\(index + 1)]", index < before.count ? before[index] : .null,
                    index < after.count ? after[index] : .null)
            }
        default: return [CatalogChangedField(name: name, old: old, new: new)]
        }
    }
}
