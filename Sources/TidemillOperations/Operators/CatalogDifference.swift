/// Shows what a changed catalog changes.
public enum GetCatalogDifference: ClientOperation {
    public typealias Input = Nothing
    public typealias Output = CatalogDifference

    public static let row = OperationRow(
        operator: .getCatalogDifference, of: Self.self,
        summary: "What the scripts' catalog would change, and for whom.",
        effect: .read, errors: [.invalidArgument],
        example: OperationRow.Example([:]))
}

/// Brings the scripts' catalog into the store.
public enum ApplyCatalog: ClientOperation {
    public struct Input: Shaped {
        public var changes: [CatalogChangeEntry]?
        public var migrate: MigrationType

        public static let shape = Shape(
            optional(
                "changes", \.changes,
                .list(of: .object("catalog change"), "catalog changes", 0...OperatorPaging.itemsMax),
                "The changes that were agreed to: where they are others by now, nothing is applied."),
            defaulted(
                "migrate", \.migrate, .choice, to: .newCustomers,
                "Whether subscriptions move to a new version of what they have; only new ones get it when left out."),
            make: Self.init)
    }

    public typealias Output = CatalogDifference

    public static let row = OperationRow(
        operator: .applyCatalog, of: Self.self,
        summary: "Applies the scripts' catalog with all that waits for a person.",
        effect: .write, errors: [.invalidArgument],
        example: OperationRow.Example([:]))
}

/// The difference between the scripts' catalog and the store.
public struct CatalogDifference: Shaped {
    public var applied: Bool
    public var changes: [CatalogChangeEntry]
    public var editedByCall: [CatalogChangeEntry]
    public var keptVersions: [KeptVersion]
    public var migrated: [KeptVersion]

    public init(
        applied: Bool, changes: [CatalogChangeEntry], editedByCall: [CatalogChangeEntry],
        keptVersions: [KeptVersion] = [], migrated: [KeptVersion] = []
    ) {
        self.applied = applied
        self.changes = changes
        self.editedByCall = editedByCall
        self.keptVersions = keptVersions
        self.migrated = migrated
    }

    public static let shape = Shape(
        required("applied", \.applied, .boolean, "Whether the changes are made."),
        required(
            "changes", \.changes, .list(of: .object("catalog change"), "catalog changes", 0...OperatorPaging.itemsMax),
            "What is new, changed or no longer declared."),
        required(
            "editedByCall", \.editedByCall,
            .list(of: .object("catalog change"), "catalog changes", 0...OperatorPaging.itemsMax),
            "What a call has changed since: the call's values stay."),
        defaulted(
            "keptVersions", \.keptVersions,
            .list(of: .object("kept version"), "kept versions", 0...OperatorPaging.itemsMax), to: [],
            "Plans and add-ons of which subscriptions keep an older version, with its price."),
        defaulted(
            "migrated", \.migrated,
            .list(of: .object("kept version"), "kept versions", 0...OperatorPaging.itemsMax), to: [],
            "Those whose subscriptions move to the newest version now."),
        make: Self.init)
}

/// Subscriptions with an older version of a plan or add-on than the newest.
public struct KeptVersion: Shaped {
    public var kind: String
    public var id: String
    public var version: Int64
    public var subscriptions: Int64

    public init(kind: String, id: String, version: Int64, subscriptions: Int64) {
        self.kind = kind
        self.id = id
        self.version = version
        self.subscriptions = subscriptions
    }

    public static let shape = Shape(
        required("kind", \.kind, .anyText, "plan or add-on."),
        required("id", \.id, .anyText, "Its id."),
        required("version", \.version, .count, "The newest version."),
        required("subscriptions", \.subscriptions, .count, "How many have an older one."),
        make: Self.init)
}

/// One change of the catalog.
public struct CatalogChangeEntry: Shaped {
    public var kind: String
    public var id: String
    public var action: String
    public var needsApply: Bool
    public var customers: Int64
    public var subscriptions: Int64
    public var summary: String
    public var fields: [CatalogChangedField]

    public init(
        kind: String, id: String, action: String, needsApply: Bool, customers: Int64, subscriptions: Int64,
        summary: String, fields: [CatalogChangedField]
    ) {
        self.kind = kind
        self.id = id
        self.action = action
        self.needsApply = needsApply
        self.customers = customers
        self.subscriptions = subscriptions
        self.summary = summary
        self.fields = fields
    }

    public static let shape = Shape(
        required("kind", \.kind, .anyText, "product, currency, feature, addon, plan, coupon or promotionCode."),
        required("id", \.id, .anyText, "Its id."),
        required("action", \.action, .anyText, "add, change, remove or editedByCall."),
        required("needsApply", \.needsApply, .boolean, "Whether a person must agree."),
        required("customers", \.customers, .count, "Customers with usage that it touches."),
        required("subscriptions", \.subscriptions, .count, "Subscriptions that have it."),
        required("summary", \.summary, .anyText, "One line for people."),
        required(
            "fields", \.fields,
            .list(of: .object("catalog changed field"), "catalog changed fields", 0...OperatorPaging.itemsMax),
            "What is different."),
        make: Self.init)
}

/// A field that is different.
public struct CatalogChangedField: Shaped {
    public var name: String
    public var old: Payload
    public var new: Payload

    public init(name: String, old: Payload, new: Payload) {
        self.name = name
        self.old = old
        self.new = new
    }

    public static let shape = Shape(
        required("name", \.name, .anyText, "The field."),
        required("old", \.old, .anything, "Its value before."),
        required("new", \.new, .anything, "Its value after."),
        make: Self.init)
}
