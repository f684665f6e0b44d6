/// What examples of plans and add-ons begin with.
enum CatalogExample {
    typealias Step = (id: OperationID, input: Payload)

    static let parts: [Step] = [
        (.createProduct, CreateProduct.row.example.input), (.createFeature, CreateFeature.row.example.input),
    ]

    /// A draft of a plan or add-on.
    static func draft(_ kind: PackageKind) -> [Step] {
        switch kind {
        case .plan: parts + [(.createPlan, CreatePlan.row.example.input)]
        case .addon: parts + [(.createAddon, CreateAddon.row.example.input)]
        }
    }

    /// The same, published.
    static func published(_ kind: PackageKind) -> [Step] {
        let step: Step = (kind == .plan ? .publishPlan : .publishAddon, ["id": .string(kind.exampleID)])
        return draft(kind) + [step]
    }

    /// What is on sale, and a draft of its next version.
    static func nextDraft(_ kind: PackageKind) -> [Step] {
        published(kind) + [(kind == .plan ? .createPlanDraft : .createAddonDraft, ["id": .string(kind.exampleID)])]
    }

    static func archived(_ kind: PackageKind) -> [Step] {
        published(kind) + [(kind == .plan ? .archivePlan : .archiveAddon, ["id": .string(kind.exampleID)])]
    }

    static let seats: Step = (
        .createFeature,
        ["id": "feature-seats", "displayName": "Seats", "featureType": "NUMBER", "meterType": "FLUCTUATING"]
    )
}
