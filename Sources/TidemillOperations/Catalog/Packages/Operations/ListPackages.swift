/// Lists plans or add-ons, page by page.
public enum ListPackages<Kind: Package>: ClientOperation {
    public struct Input: Paged {
        public var productID: String?
        public var status: [PackageStatus]?
        public var createdAt: TimeRange?
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static var shape: Shape<Self> {
            .once {
                Shape(
                    optional("productId", \.productID, .productID, "Only those of this product."),
                    optional(
                        "status", \.status, .oneOrMore(of: .choice),
                        "Only those in this status. DRAFT shows drafts, also of what is sold in an older version."),
                    optional("createdAt", \.createdAt, .object("time range"), "Only those created in this range."),
                    limitField(\.limit), afterField(\.after), beforeField(\.before),
                    make: Self.init, check: checkPaging)
            }
        }
    }

    public typealias Output = Page<Kind>

    public static var row: OperationRow {
        OperationRow(
            Kind.operations.list, of: Self.self,
            summary: "\(Kind.plural.prefix(1).uppercased())\(Kind.plural.dropFirst()), oldest first, each once.",
            effect: .read, subject: .nobody,
            route: .get(Kind.kind.basePath),
            errors: [],
            example: OperationRow.Example(
                ["status": ["DRAFT", "PUBLISHED"]], after: CatalogExample.draft(Kind.kind)))
    }
}

public typealias ListPlans = ListPackages<Plan>
public typealias ListAddons = ListPackages<Addon>
