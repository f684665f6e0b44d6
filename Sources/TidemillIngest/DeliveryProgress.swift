import TidemillCore
import TidemillOperations
import TidemillStore

/// How far a delivery's row says that it is.
struct DeliveryProgress {
    var position: Int64
    var byteOffset: Int64
    var counts: DeliveryCounts

    /// Reads the rows of `deliveries`; one that is missing, or owned by another worker, is missing in the answer.
    static func load(_ deliveries: [ClaimedDelivery], from store: any Store) throws -> [DeliveryID: DeliveryProgress] {
        try store.read { connection in
            var found: [DeliveryID: DeliveryProgress] = [:]
            for delivery in deliveries {
                found[delivery.id] = try connection.first(
                    """
                    SELECT position, byte_offset, applied, duplicate, differs, late, unrated, rejected FROM deliveries
                    WHERE id = $1 AND owner = $2 AND state = 'claimed'
                    """, [.text(delivery.id.text), .text(delivery.owner)]
                ) { row in
                    DeliveryProgress(
                        position: row.integer(0), byteOffset: row.integer(1),
                        counts: DeliveryCounts(
                            records: row.integer(0), applied: row.integer(2), duplicate: row.integer(3),
                            differs: row.integer(4), late: row.integer(5), unrated: row.integer(6),
                            rejected: row.integer(7)))
                }
                guard found[delivery.id]?.position ?? 0 > 0 else { continue }
                try connection.query(
                    "SELECT rule, records FROM delivery_filters WHERE delivery = $1", [.text(delivery.id.text)]
                ) { row in found[delivery.id]?.counts.filtered[row.text(0)] = row.integer(1) }
            }
            return found
        }
    }

    /// Whether a finished delivery older than the dedupe window could have the same content: only then is it worth
    /// hashing a file before it is read.
    static func mayBeKnown(size: Int64, finishedBefore: Timestamp, store: any Store) throws -> Bool {
        try store.read { connection in
            try connection.first(
                "SELECT 1 FROM deliveries WHERE size = $1 AND state = 'done' AND finished_at < $2 LIMIT 1",
                [.integer(size), .integer(finishedBefore.microseconds)]
            ) { _ in true } ?? false
        }
    }

    static func isKnown(contentHash: String, except delivery: DeliveryID, store: any Store) throws -> Bool {
        try store.read { connection in
            try connection.first(
                "SELECT 1 FROM deliveries WHERE content_hash = $1 AND state = 'done' AND id <> $2 LIMIT 1",
                [.text(contentHash), .text(delivery.text)]
            ) { _ in true } ?? false
        }
    }
}
