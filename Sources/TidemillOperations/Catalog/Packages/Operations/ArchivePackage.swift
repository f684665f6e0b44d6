/// Takes a plan or add-on off sale.
public enum ArchivePackage<Kind: Package>: ClientOperation {
    public typealias Input = PackageByID<Kind>
    public typealias Output = Kind

    public static var row: OperationRow {
        OperationRow(
            Kind.operations.archive, of: Self.self,
            summary: "Takes the \(Kind.singular) off sale; subscriptions that have it keep it.",
            effect: .write, subject: .nobody,
            route: .post("\(Kind.kind.basePath)/{id}/archive"),
            errors: [Kind.kind.notFound, .idempotencyConflict],
            example: OperationRow.Example(
                ["id": .string(Kind.kind.exampleID)], after: CatalogExample.published(Kind.kind)))
    }
}

/// Brings an archived plan or add-on back.
public enum UnarchivePackage<Kind: Package>: ClientOperation {
    public typealias Input = PackageByID<Kind>
    public typealias Output = Kind

    public static var row: OperationRow {
        OperationRow(
            Kind.operations.unarchive, of: Self.self,
            summary: "Brings an archived \(Kind.singular) back, as it was.",
            effect: .write, subject: .nobody,
            route: .post("\(Kind.kind.basePath)/{id}/unarchive"),
            errors: [Kind.kind.notFound, .entityIsArchived, .idempotencyConflict],
            example: OperationRow.Example(
                ["id": .string(Kind.kind.exampleID)],
                after: CatalogExample.archived(Kind.kind)))
    }
}

public typealias ArchivePlan = ArchivePackage<Plan>
public typealias ArchiveAddon = ArchivePackage<Addon>
public typealias UnarchivePlan = UnarchivePackage<Plan>
public typealias UnarchiveAddon = UnarchivePackage<Addon>
