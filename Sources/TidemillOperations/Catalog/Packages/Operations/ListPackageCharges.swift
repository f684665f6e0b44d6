/// Lists the prices of a plan or add-on, page by page.
public enum ListPackageCharges<Kind: Package>: ClientOperation {
    public typealias Input = ChargesOfPackage<Kind>
    public typealias Output = Page<Charge>

    public static var row: OperationRow {
        OperationRow(
            Kind.operations.listCharges, of: Self.self,
            summary: "The prices of the \(Kind.singular), oldest first.",
            effect: .read, subject: .nobody,
            route: .get("\(Kind.kind.basePath)/{id}/charges"),
            errors: [Kind.kind.notFound],
            example: OperationRow.Example(
                ["id": .string(Kind.kind.exampleID)], after: CatalogExample.draft(Kind.kind)))
    }
}

/// Lists the prices of what goes beyond a plan or add-on, page by page.
public enum ListPackageOverageCharges<Kind: Package>: ClientOperation {
    public typealias Input = ChargesOfPackage<Kind>
    public typealias Output = Page<Charge>

    public static var row: OperationRow {
        OperationRow(
            Kind.operations.listOverageCharges, of: Self.self,
            summary: "The prices for usage beyond what the \(Kind.singular) includes, oldest first.",
            effect: .read, subject: .nobody,
            route: .get("\(Kind.kind.basePath)/{id}/overage-charges"),
            errors: [Kind.kind.notFound],
            example: OperationRow.Example(
                ["id": .string(Kind.kind.exampleID), "limit": 100], after: CatalogExample.draft(Kind.kind)))
    }
}

public struct ChargesOfPackage<Kind: Package>: Paged {
    public var id: String
    public var versionNumber: Int64?
    public var limit: Int64
    public var after: Cursor?
    public var before: Cursor?

    public static var shape: Shape<Self> {
        .once {
            Shape(
                packageIDField(\.id, of: Kind.kind),
                optional("versionNumber", \.versionNumber, .packageVersion, PackageVersion.whichVersion),
                limitField(\.limit), afterField(\.after), beforeField(\.before),
                make: Self.init, check: checkPaging)
        }
    }
}

public typealias ListPlanCharges = ListPackageCharges<Plan>
public typealias ListAddonCharges = ListPackageCharges<Addon>
public typealias ListPlanOverageCharges = ListPackageOverageCharges<Plan>
public typealias ListAddonOverageCharges = ListPackageOverageCharges<Addon>
