/// Looks a plan or add-on up.
public enum GetPackage<Kind: Package>: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var versionNumber: Int64?

        public static var shape: Shape<Self> {
            .once {
                Shape(
                    packageIDField(\.id, of: Kind.kind),
                    optional("versionNumber", \.versionNumber, .packageVersion, PackageVersion.whichVersion),
                    make: Self.init)
            }
        }
    }

    public typealias Output = Kind

    public static var row: OperationRow {
        OperationRow(
            Kind.operations.get, of: Self.self,
            summary: "One \(Kind.singular): the version that is sold, or the draft before there is one.",
            effect: .read, subject: .nobody,
            route: .get("\(Kind.kind.basePath)/{id}"),
            errors: [Kind.kind.notFound],
            example: OperationRow.Example(
                ["id": .string(Kind.kind.exampleID)], after: CatalogExample.published(Kind.kind)))
    }
}

public typealias GetPlan = GetPackage<Plan>
public typealias GetAddon = GetPackage<Addon>

/// An input that names nothing but a plan or add-on.
public struct PackageByID<Kind: Package>: Shaped {
    public var id: String

    public init(
        id: String
    ) {
        self.id = id
    }

    public static var shape: Shape<Self> {
        .once { Shape(packageIDField(\.id, of: Kind.kind), make: Self.init) }
    }
}

extension Shaped {
    /// The package by its id, which may also be given as `planId` or `addonId`.
    static func packageIDField(
        _ get: @escaping @Sendable (Self) -> String, of kind: PackageKind
    ) -> Field<Self, String> {
        required("id", get, .packageID(kind), "The \(kind.name).", aliases: [kind.idField])
    }

    /// The package in operations where `id` is something else.
    static func owningPackageField(
        _ get: @escaping @Sendable (Self) -> String, of kind: PackageKind
    ) -> Field<Self, String> {
        required(kind.idField, get, .packageID(kind), "The \(kind.name).")
    }
}

extension FieldKind where Value == Int64 {
    static var packageVersion: FieldKind { .integer(1...1_000_000_000) }
}

extension PackageVersion {
    static let whichVersion =
        "Which version, the draft's included; when left out, the one that is sold, or the draft before there is one."
}
