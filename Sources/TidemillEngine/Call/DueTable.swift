import TidemillCore
import TidemillStore

/// The next instant at which something of a customer changes by time alone, one a kind.
struct DueTable {
    let connection: any SQLConnection

    struct Entry {
        let kind: String
        let at: Timestamp
    }

    /// Sets when the kind has to be looked at next; nil when nothing of it will change by time alone.
    func set(_ kind: TimedKind, of customer: CustomerID, at instant: Timestamp?) throws {
        let key: [SQLValue] = customer.key + [.text(kind.rawValue)]
        guard let instant else {
            try connection.execute("DELETE FROM due WHERE bucket = $1 AND customer_id = $2 AND kind = $3", key)
            return
        }
        try connection.execute(
            """
            INSERT INTO due(bucket, customer_id, kind, at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (bucket, customer_id, kind) DO UPDATE SET at = excluded.at
            """, key + [.integer(instant.microseconds)])
    }

    /// Sets that the kind has to be looked at no later than `instant`, for whoever has an earlier version of a package,
    /// which has the one or the other kind in `subscription_packages`.
    func set(
        _ kind: TimedKind, ofHolders package: String, kinds: (String, String), before version: Int64,
        at instant: Timestamp
    ) throws {
        try connection.execute(
            """
            INSERT INTO due(bucket, customer_id, kind, at)
            SELECT DISTINCT bucket, customer_id, $4, CAST($5 AS BIGINT) FROM subscription_packages
             WHERE kind IN ($1, $6) AND package_id = $2 AND version < $3
            ON CONFLICT (bucket, customer_id, kind)
              DO UPDATE SET at = CASE WHEN due.at < excluded.at THEN due.at ELSE excluded.at END
            """,
            [
                .text(kinds.0), .text(package), .integer(version), .text(kind.rawValue),
                .integer(instant.microseconds), .text(kinds.1),
            ])
    }

    /// What is due first for the customer, at `now` or before.
    func next(of customer: CustomerID, until now: Timestamp) throws -> Entry? {
        try connection.first(
            """
            SELECT kind, at FROM due WHERE bucket = $1 AND customer_id = $2 AND at <= $3 ORDER BY at, kind LIMIT 1
            """,
            customer.key + [.integer(now.microseconds)]
        ) { Entry(kind: $0.text(0), at: Timestamp(microseconds: $0.integer(1))) }
    }

    /// Whether a kind is due for the customer.
    func isDue(_ kind: TimedKind, of customer: CustomerID, until now: Timestamp) throws -> Bool {
        try connection.hasRows(
            "SELECT 1 FROM due WHERE bucket = $1 AND customer_id = $2 AND kind = $3 AND at <= $4",
            customer.key + [
                .text(kind.rawValue),
                .integer(now.microseconds),
            ])
    }

    /// When the customer's answers may change next by time alone.
    func earliest(of customer: CustomerID) throws -> Timestamp? {
        try connection.value(
            "SELECT at FROM due WHERE bucket = $1 AND customer_id = $2 ORDER BY at LIMIT 1",
            customer.key)
    }

    /// Customers for whom something is due, those who wait longest first.
    func customers(until now: Timestamp, limit: Int) throws -> [CustomerID] {
        try connection.values(
            "SELECT DISTINCT customer_id FROM (SELECT customer_id FROM due WHERE at <= $1 ORDER BY at LIMIT $2) AS waiting",
            [.integer(now.microseconds), .integer(limit)])
    }
}

extension CallScope {
    var due: DueTable { DueTable(connection: connection) }
}
