import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore

/// Which time zones a customer had, and since when. Rows exist only for customers that changed theirs.
struct CustomerZones {
    let connection: any SQLConnection

    /// Changes that are remembered of one customer; older ones lie in periods that are long over.
    private static let changesMax: Int64 = 20

    func history(of customer: Customer) throws -> ZoneHistory {
        let rows = try connection.rows(
            "SELECT since, zone FROM customer_zones WHERE bucket = $1 AND customer_id = $2 ORDER BY since",
            customer.id.key
        ) { ZoneHistory.Change(since: Timestamp(microseconds: $0.integer(0)), zone: Self.zone($0.text(1))) }
        guard let oldest = rows.first else { return ZoneHistory(first: Self.zone(customer.timezone ?? "")) }
        return ZoneHistory(first: oldest.zone, changes: Array(rows.dropFirst()))
    }

    /// Notes that the zone changes now: the period in progress ends by the old one.
    func changed(_ customer: CustomerID, from old: String?, to new: String?, at now: Timestamp) throws {
        guard old != new else { return }
        let key: [SQLValue] = customer.key
        if try connection.first(
            "SELECT 1 FROM customer_zones WHERE bucket = $1 AND customer_id = $2 LIMIT 1", key, { _ in true }) == nil
        {
            try insert(key, since: .min, old)
        }
        try insert(key, since: now.microseconds, new)
        try connection.execute(
            """
            DELETE FROM customer_zones WHERE bucket = $1 AND customer_id = $2 AND since < (
              SELECT MIN(since) FROM (
                SELECT since FROM customer_zones WHERE bucket = $1 AND customer_id = $2
                 ORDER BY since DESC LIMIT $3) AS kept)
            """, key + [.integer(Self.changesMax)])
    }

    private func insert(_ key: [SQLValue], since: Int64, _ zone: String?) throws {
        try connection.execute(
            """
            INSERT INTO customer_zones(bucket, customer_id, since, zone) VALUES ($1, $2, $3, $4)
            ON CONFLICT (bucket, customer_id, since) DO UPDATE SET zone = excluded.zone
            """, key + [.integer(since), .text(zone ?? "")])
    }

    private static func zone(_ name: String) -> Zone? { name.isEmpty ? nil : Zone(stored: name) }
}
