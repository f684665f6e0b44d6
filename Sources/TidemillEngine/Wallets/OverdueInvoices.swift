public import TidemillCore
public import TidemillStore

/// Credits by INVOICE whose payment is overdue, for `status`.
public struct OverdueInvoices: Sendable, Hashable {
    public let count: Int64
    /// The one that is overdue longest.
    public let grantID: String
    public let customerID: CustomerID
    public let dueAt: Timestamp

    /// Nil where none is.
    public static func find(now: Timestamp, on connection: any SQLConnection) throws -> OverdueInvoices? {
        let overdue = "FROM credit_grants WHERE state = 'PAYMENT_PENDING' AND payment_due_at <= $1"
        let count: Int64? = try connection.value("SELECT COUNT(*) \(overdue)", [.integer(now.microseconds)])
        return try connection.first(
            "SELECT id, customer_id, payment_due_at \(overdue) ORDER BY payment_due_at, id LIMIT 1",
            [.integer(now.microseconds)]
        ) {
            OverdueInvoices(
                count: count ?? 1, grantID: $0.text(0), customerID: CustomerID($0.text(1)),
                dueAt: Timestamp(microseconds: $0.integer(2)))
        }
    }
}
