import TidemillCore
import TidemillPricing
import TidemillStore

/// Metered time of one feature that is billed together.
struct MeteredWindow: Sendable, Hashable {
    enum Kind: String, Sendable {
        case usage
        case overage
    }

    var feature: FeatureID
    var kind: Kind
    /// In order; more than one where what lies between them was billed before. None where all of it was.
    var spans: [BillingRange]
    /// What was used in it, as it was billed; in the small units that are reported.
    var value: Amount
    /// Which version of the feature's meter counts, 0 for reports; nil where that was not kept: the one of now.
    var meter: Int64?

    /// From the first span's start to the last one's end; nil without time.
    var range: BillingRange? {
        guard let first = spans.first, let last = spans.last else { return nil }
        return BillingRange(start: first.start, end: last.end)
    }
}

/// Which metered time is billed by what closed it: the one writer of the table.
struct MeteredWindowTable {
    let connection: any SQLConnection
    let customer: CustomerID
    let resource: String?

    private var owner: [SQLValue] { customer.key }

    private func key(_ window: MeteredWindow) -> [SQLValue] {
        owner + [.text(window.feature.text), .text(resource ?? ""), .text(window.kind.rawValue)]
    }

    /// Notes that what was closed under this id bills the windows.
    func insert(_ windows: [MeteredWindow], of closing: String, _ subscription: String) throws {
        for window in windows {
            for span in window.spans {
                try connection.execute(
                    """
                    INSERT INTO metered_windows(bucket, customer_id, feature_id, resource_id, kind, start_at, end_at,
                      closing_id, subscription_id, meter)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                    """,
                    key(window) + [
                        .integer(span.start.microseconds), .integer(span.end.microseconds), .text(closing),
                        .text(subscription), .integer(window.meter ?? 0),
                    ])
            }
        }
    }

    /// Keeps what was billed of them, with the first span of each.
    func settle(_ windows: [MeteredWindow], of closing: String) throws {
        for window in windows {
            for (index, span) in window.spans.enumerated() {
                let value = index == 0 ? window.value : .zero
                try connection.execute(
                    """
                    UPDATE metered_windows SET value_units = $8, value_nanos = $9
                     WHERE bucket = $1 AND customer_id = $2 AND feature_id = $3 AND resource_id = $4 AND kind = $5
                       AND start_at = $6 AND closing_id = $7
                    """,
                    key(window) + [
                        .integer(span.start.microseconds), .text(closing), .integer(value.units),
                        .integer(value.fraction),
                    ])
            }
        }
    }

    /// Other events are in them by now: they are sealed anew, as far as all events of theirs are stored.
    func unseal(_ closing: String) throws {
        try connection.execute(
            """
            UPDATE metered_windows SET events = NULL, digest = NULL
             WHERE bucket = $1 AND customer_id = $2 AND closing_id = $3 AND events IS NOT NULL AND NOT \(Self.lacksEvents)
            """, owner + [.text(closing)])
    }

    /// Keeps how many events the window of this key was billed for, and their hash, unless others came meanwhile.
    static func seal(
        _ key: [SQLValue], _ events: Int64, _ digest: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE metered_windows SET events = $8, digest = $9
             WHERE bucket = $1 AND customer_id = $2 AND feature_id = $3 AND resource_id = $4 AND kind = $5
               AND start_at = $6 AND closing_id = $7 AND events IS NULL
               AND NOT EXISTS (SELECT 1 FROM late_usage AS late
                                WHERE late.bucket = $1 AND late.customer_id = $2 AND late.resource_id = $4
                                  AND late.feature_id = $3)
            """, key + [.integer(events), .text(digest)])
    }

    /// Whether retention has dropped events of the time.
    static let lacksEvents = """
        (EXISTS (SELECT 1 FROM sealed_days AS gone
                  WHERE gone.bucket = metered_windows.bucket AND gone.meter = metered_windows.meter
                    AND gone.customer_id = metered_windows.customer_id
                    AND gone.day >= metered_windows.start_at / 86400000000
                    AND gone.day <= metered_windows.end_at / 86400000000)
         OR EXISTS (SELECT 1 FROM sealed_values AS gone
                     WHERE gone.bucket = metered_windows.bucket AND gone.meter = metered_windows.meter
                       AND gone.customer_id = metered_windows.customer_id
                       AND gone.day >= metered_windows.start_at / 86400000000
                       AND gone.day <= metered_windows.end_at / 86400000000)
         OR EXISTS (SELECT 1 FROM sealed_deltas AS gone
                     WHERE metered_windows.meter <> 0 AND gone.shard = metered_windows.bucket / 16))
        """

    /// The oldest instant that something billed is still to be sealed with the events of; reports stay.
    static func oldestUnsealed(on connection: any SQLConnection) throws -> Timestamp? {
        try connection.value(
            """
            SELECT MIN(start_at) FROM metered_windows
             WHERE value_units IS NOT NULL AND events IS NULL AND meter <> 0
            """)
    }

    /// The time within the range that other subscriptions have billed or closed, in the order of its starts.
    func taken(
        _ feature: FeatureID, _ kind: MeteredWindow.Kind, in range: BillingRange, besides subscription: String
    ) throws -> [BillingRange] {
        try connection.rows(
            """
            SELECT start_at, end_at FROM metered_windows
             WHERE bucket = $1 AND customer_id = $2 AND feature_id = $3 AND resource_id = $4
               AND start_at < $6 AND end_at > $5 AND subscription_id <> $7
             ORDER BY start_at
            """,
            owner + [
                .text(feature.text), .text(resource ?? ""), .integer(range.start.microseconds),
                .integer(range.end.microseconds), .text(subscription),
            ]
        ) { row in
            BillingRange(
                start: Timestamp(microseconds: row.integer(0)), end: Timestamp(microseconds: row.integer(1)))
        }
    }

    /// What was closed and has time of the feature later than `instant`, oldest first; `isBilled`: only what is billed
    /// already.
    func closings(of feature: FeatureID, after instant: Timestamp, isBilled: Bool) throws -> [String] {
        try connection.values(
            """
            SELECT closing_id FROM metered_windows
             WHERE bucket = $1 AND customer_id = $2 AND feature_id = $3 AND resource_id = $4 AND end_at > $5
               \(isBilled ? "AND value_units IS NOT NULL" : "")
             GROUP BY closing_id ORDER BY MAX(end_at), closing_id
            """, owner + [.text(feature.text), .text(resource ?? ""), .integer(instant.microseconds)])
    }

    /// What was closed, has time of the feature and is not billed yet.
    func unbilled(of feature: FeatureID) throws -> [String] {
        try connection.rows(
            """
            SELECT DISTINCT closing_id FROM metered_windows
             WHERE bucket = $1 AND customer_id = $2 AND feature_id = $3 AND resource_id = $4 AND closing_id IN (
               SELECT id FROM closed_usage WHERE bucket = $1 AND customer_id = $2 AND billed IS NULL)
            """, owner + [.text(feature.text), .text(resource ?? "")]
        ) { $0.text(0) }
    }

    /// Which version of the feature's meter counts for usage of `instant`: that of the first window that ends later. Nil
    /// where nothing of it is closed.
    func meter(of feature: FeatureID, at instant: Timestamp) throws -> Int64? {
        try connection.value(
            """
            SELECT meter FROM metered_windows
             WHERE bucket = $1 AND customer_id = $2 AND feature_id = $3 AND resource_id = $4 AND end_at > $5
             ORDER BY end_at, start_at LIMIT 1
            """, owner + [.text(feature.text), .text(resource ?? ""), .integer(instant.microseconds)])
    }

    /// Where the newest window of all ends; nil where nothing was closed yet.
    static func newestEnd(on connection: any SQLConnection) throws -> Timestamp? {
        try connection.value("SELECT MAX(end_at) FROM metered_windows")
    }
}
