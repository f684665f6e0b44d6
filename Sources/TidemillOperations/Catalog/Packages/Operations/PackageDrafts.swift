/// Begins a new version of a plan or add-on.
public enum CreatePackageDraft<Kind: Package>: ClientOperation {
    public typealias Input = PackageByID<Kind>
    public typealias Output = Kind

    public static var row: OperationRow {
        OperationRow(
            Kind.operations.createDraft, of: Self.self,
            summary: "Copies the published version into a draft that can be edited; what is sold stays as it is.",
            effect: .write, subject: .nobody,
            route: .post("\(Kind.kind.basePath)/{id}/draft"),
            errors: [Kind.kind.notFound, .draftAlreadyExists, .entityIsArchived, .idempotencyConflict],
            example: OperationRow.Example(
                ["id": .string(Kind.kind.exampleID)], after: CatalogExample.published(Kind.kind)))
    }
}

/// Gives a draft up.
public enum RemovePackageDraft<Kind: Package>: ClientOperation {
    public struct Output: Shaped {
        public var id: String

        public init(
            id: String
        ) {
            self.id = id
        }

        public static var shape: Shape<Self> {
            .once {
                Shape(required("id", \.id, .packageID(Kind.kind), "The \(Kind.kind.name)."), make: Self.init)
            }
        }
    }

    public typealias Input = PackageByID<Kind>

    public static var row: OperationRow {
        OperationRow(
            Kind.operations.removeDraft, of: Self.self,
            summary: "Gives the draft up; what was never published is gone then.",
            effect: .write, subject: .nobody,
            route: .delete("\(Kind.kind.basePath)/{id}/draft"),
            errors: [Kind.kind.notFound, .packageAlreadyPublished, .idempotencyConflict],
            example: OperationRow.Example(
                ["id": .string(Kind.kind.exampleID)],
                after: CatalogExample.nextDraft(Kind.kind)))
    }
}

public typealias CreatePlanDraft = CreatePackageDraft<Plan>
public typealias CreateAddonDraft = CreatePackageDraft<Addon>
public typealias RemovePlanDraft = RemovePackageDraft<Plan>
public typealias RemoveAddonDraft = RemovePackageDraft<Addon>
