/// Puts a draft on sale.
public enum PublishPackage<Kind: Package>: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var migrationType: MigrationType

        public init(
            id: String, migrationType: MigrationType = .newCustomers
        ) {
            self.id = id
            self.migrationType = migrationType
        }

        public static var shape: Shape<Self> {
            .once {
                Shape(
                    packageIDField(\.id, of: Kind.kind),
                    defaulted(
                        "migrationType", \.migrationType, .choice, to: .newCustomers,
                        "NEW_CUSTOMERS leaves subscriptions with the version that they have, ALL_CUSTOMERS moves them at once; NEW_CUSTOMERS when left out."
                    ),
                    make: Self.init)
            }
        }
    }

    public typealias Output = PublishedPackage

    public static var row: OperationRow {
        OperationRow(
            Kind.operations.publish, of: Self.self,
            summary: "Makes the draft the version that is sold.",
            effect: .write, subject: .nobody,
            route: .post("\(Kind.kind.basePath)/{id}/publish"),
            errors: [
                Kind.kind.notFound, .packageAlreadyPublished, .entityIsArchived, .productNotPublished,
                .unPublishedPackage, .invalidArgument, .idempotencyConflict,
            ],
            example: OperationRow.Example(
                ["id": .string(Kind.kind.exampleID), "migrationType": "NEW_CUSTOMERS"],
                after: CatalogExample.draft(Kind.kind)))
    }
}

/// Who gets a new version.
public enum MigrationType: String, WireEnum {
    case newCustomers = "NEW_CUSTOMERS"
    case allCustomers = "ALL_CUSTOMERS"
}

public struct PublishedPackage: Shaped {
    public var taskID: String?

    public init(
        taskID: String?
    ) {
        self.taskID = taskID
    }

    public static let shape = Shape(
        optional("taskId", \.taskID, .text(1...255), "Null: subscriptions have moved when the call answers."),
        make: Self.init)
}

public typealias PublishPlan = PublishPackage<Plan>
public typealias PublishAddon = PublishPackage<Addon>
