public import TidemillCore

/// Lists the resources of a customer for which usage was reported.
public enum ListCustomerResources: ClientOperation {
    public struct Input: Paged {
        public var id: CustomerID
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static let shape = Shape(
            required("id", \.id, .customerID, "The customer.", aliases: ["customerId"]),
            limitField(\.limit), afterField(\.after), beforeField(\.before),
            make: Self.init, check: checkPaging)
    }

    public typealias Output = Page<CustomerResource>

    public static let row = OperationRow(
        .listCustomerResources, of: Self.self,
        summary: "The resources of a customer for which usage was reported.",
        effect: .read, subject: .customer("id"),
        route: .get("/api/v1/customers/{id}/resources"),
        errors: [.customerNotFound],
        example: CustomerReference.example)
}

public struct CustomerResource: Shaped, Listed {
    public var id: String
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(id: String, createdAt: Timestamp, updatedAt: Timestamp) {
        self.id = id
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    public static let singular = "resource"
    public static let plural = "resources"

    public static let shape = Shape(
        required("id", \.id, .resourceID, "The resource."),
        required("createdAt", \.createdAt, .timestamp, "When it was first seen."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was last seen."),
        make: Self.init)
}
