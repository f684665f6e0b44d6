import TidemillCore
import TidemillStore

/// The table `customer_resources`: what a customer has reported for, or bought something for.
enum CustomerResources {
    /// Enters a resource that is new.
    static func note(
        _ resource: String, of customer: CustomerID, at now: Timestamp, on connection: any SQLConnection
    ) throws { try enter(resource, of: customer, at: now, "NOTHING", on: connection) }

    /// Enters a resource, or notes when it was last used.
    static func touch(
        _ resource: String, of customer: CustomerID, at now: Timestamp, on connection: any SQLConnection
    ) throws {
        try enter(resource, of: customer, at: now, "UPDATE SET updated_at = excluded.updated_at", on: connection)
    }

    private static func enter(
        _ resource: String, of customer: CustomerID, at now: Timestamp, _ conflict: String,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO customer_resources(bucket, customer_id, id, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
            ON CONFLICT (bucket, customer_id, id) DO \(conflict)
            """,
            customer.key + [.text(resource), .integer(now.microseconds)])
    }
}
