/// Adds entitlements to the draft of a plan or add-on.
public enum CreatePackageEntitlements<Kind: Package>: ClientOperation {
    public struct Input: Shaped {
        public var packageID: String
        public var entitlements: [PackageEntitlementInput]

        public init(
            packageID: String, entitlements: [PackageEntitlementInput]
        ) {
            self.packageID = packageID
            self.entitlements = entitlements
        }

        public static var shape: Shape<Self> {
            .once {
                Shape(
                    owningPackageField(\.packageID, of: Kind.kind),
                    required(
                        "entitlements", \.entitlements, .list(of: .object("entitlement"), "entitlements", 1...100),
                        "What it is to give."),
                    make: Self.init)
            }
        }
    }

    /// What was added.
    public struct Output: Shaped {
        public var data: [PackageEntitlement]

        public init(
            data: [PackageEntitlement]
        ) {
            self.data = data
        }

        public static var shape: Shape<Self> {
            .once { Shape(listing: \.data, .entitlements, make: Self.init) }
        }
    }

    public static var row: OperationRow {
        OperationRow(
            Kind.operations.createEntitlements, of: Self.self,
            summary: "Adds entitlements to the draft of the \(Kind.singular), and answers what was added.",
            effect: .write, subject: .nobody,
            route: .post("\(Kind.kind.basePath)/{\(Kind.kind.idField)}/entitlements"),
            errors: [
                Kind.kind.notFound, .editAllowedOnDraftPackageOnly, .entityIsArchived, .duplicatedEntity,
                .featureNotFound, .customCurrencyNotFound, .invalidArgument, .invalidEntitlementResetPeriod,
                .meteringNotAvailable, .idempotencyConflict,
            ],
            example: OperationRow.Example(
                [
                    Kind.kind.idField: .string(Kind.kind.exampleID),
                    "entitlements": [
                        ["type": "FEATURE", "id": "feature-seats", "usageLimit": 5, "hasSoftLimit": true]
                    ],
                ],
                after: CatalogExample.draft(Kind.kind) + [CatalogExample.seats]))
    }
}

/// Lists what a plan or add-on gives.
public enum ListPackageEntitlements<Kind: Package>: ClientOperation {
    public struct Input: Shaped {
        public var packageID: String
        public var versionNumber: Int64?

        public static var shape: Shape<Self> {
            .once {
                Shape(
                    owningPackageField(\.packageID, of: Kind.kind),
                    optional("versionNumber", \.versionNumber, .packageVersion, PackageVersion.whichVersion),
                    make: Self.init)
            }
        }
    }

    public typealias Output = PackageEntitlementList

    public static var row: OperationRow {
        OperationRow(
            Kind.operations.listEntitlements, of: Self.self,
            summary: "What the \(Kind.singular) gives, in one list; what a plan inherits is listed at its parent.",
            effect: .read, subject: .nobody,
            route: .get("\(Kind.kind.basePath)/{\(Kind.kind.idField)}/entitlements"),
            errors: [Kind.kind.notFound],
            example: OperationRow.Example(
                [Kind.kind.idField: .string(Kind.kind.exampleID)], after: CatalogExample.draft(Kind.kind)))
    }
}

/// All entitlements of a package: there are no further pages.
public struct PackageEntitlementList: Shaped {
    public var data: [PackageEntitlement]
    public var pagination: Pagination

    public init(
        data: [PackageEntitlement], pagination: Pagination = Pagination(next: nil, prev: nil)
    ) {
        self.data = data
        self.pagination = pagination
    }

    public static let shape = Shape(
        required("data", \.data, .entitlements, "All of them."),
        required("pagination", \.pagination, .object("pagination"), "Always without neighbours."),
        make: Self.init)
}

extension FieldKind where Value == [PackageEntitlement] {
    static var entitlements: FieldKind {
        .list(of: .object("entitlement"), "entitlements", 0...PackageVersion.entitlementsMax)
    }
}

public typealias CreatePlanEntitlements = CreatePackageEntitlements<Plan>
public typealias CreateAddonEntitlements = CreatePackageEntitlements<Addon>
public typealias ListPlanEntitlements = ListPackageEntitlements<Plan>
public typealias ListAddonEntitlements = ListPackageEntitlements<Addon>
