import TidemillCore
import TidemillOperations
import TidemillStore

struct CustomerTable {
    let connection: any SQLConnection

    private static let read = ReadDocuments<Customer>()

    private static let columns = Columns<Customer>.documents(
        "customers", read: read, .customer(\.id, named: "id"), .init("email", \.email), .init("name", \.name),
        .init("created_at", \.createdAt), .init("archived_at", \.archivedAt))

    func find(_ id: CustomerID) throws -> Customer? { try connection.find(Self.columns, key: id.key) }

    /// The customer; CustomerNotFound when there is none.
    func require(_ id: CustomerID, for operation: OperationID) throws -> Customer {
        guard let customer = try find(id) else { throw Self.notFound(id, operation) }
        return customer
    }

    /// Checks that the customer exists, without reading what is known about it.
    func requirePresence(_ id: CustomerID, for operation: OperationID) throws {
        guard try contains(id) else { throw Self.notFound(id, operation) }
    }

    /// Whether the customer is provisioned, archived or not.
    func contains(_ id: CustomerID) throws -> Bool {
        try connection.first("SELECT 1 FROM customers WHERE bucket = $1 AND id = $2", id.key) { _ in true } ?? false
    }

    /// So many customers are looked for by one statement.
    static let askedMax = 256

    /// Each size is one prepared statement; the rest of its room repeats the last customer.
    private static let asking: [(size: Int, sql: String)] = [1, 4, 16, 64, askedMax].map { size in
        let asked = (0..<size).map { "(\($0), $\(2 * $0 + 1), $\(2 * $0 + 2))" }.joined(separator: ", ")
        return (
            size,
            """
            WITH asked(place, bucket, id) AS (VALUES \(asked))
            SELECT place FROM asked WHERE EXISTS
              (SELECT 1 FROM customers WHERE customers.bucket = asked.bucket AND customers.id = asked.id)
            """
        )
    }

    /// Which of the customers are provisioned, by their places in the list, `askedMax` of them at most.
    func provisioned(_ customers: [(bucket: Int64, id: String)]) throws -> Set<Int> {
        precondition(customers.count <= Self.askedMax, "at most \(Self.askedMax) customers are looked for at once")
        guard let last = customers.last, let (size, sql) = Self.asking.first(where: { $0.size >= customers.count })
        else { return [] }
        let padded = customers + repeatElement(last, count: size - customers.count)
        return Set(
            try connection.rows(sql, padded.flatMap { [.integer($0.bucket), .text($0.id)] }) { Int($0.integer(0)) })
    }

    /// Changes whenever somebody is provisioned.
    static func generation(on connection: any SQLConnection) throws -> Int64 {
        try Sequences.current("customer", on: connection)
    }

    /// Checks that something can be written for the customer: it exists and is not archived.
    func requireActive(_ id: CustomerID, for operation: OperationID) throws {
        let isArchived = try connection.first(
            "SELECT archived_at FROM customers WHERE bucket = $1 AND id = $2", id.key
        ) { !$0.isNull(0) }
        guard let isArchived else { throw Self.notFound(id, operation) }
        guard !isArchived else { throw Self.archived(id, operation) }
    }

    func insert(_ customer: Customer) throws {
        try connection.insert(customer, into: Self.columns)
        _ = try Sequences.next("customer", on: connection)
    }

    func update(_ customer: Customer) throws { try connection.update(customer, in: Self.columns) }

    static func notFound(_ id: CustomerID, _ operation: OperationID) -> OperationError {
        OperationError(
            .customerNotFound,
            "\(operation.rawValue): there is no customer \"\(id)\"; create it with provisionCustomer")
    }

    static func archived(_ id: CustomerID, _ operation: OperationID) -> OperationError {
        OperationError(
            .entityIsArchived,
            "\(operation.rawValue): the customer \"\(id)\" is archived; bring it back with unarchiveCustomer")
    }
}

extension CallScope {
    var customers: CustomerTable { CustomerTable(connection: connection) }
}
