import TidemillCore
import TidemillOperations
import TidemillStore

/// How far a delivery's row says that it is.
struct DeliveryProgress {
    var position: Int64
    var byteOffset: Int64
    /// Whether its last record is committed.
    var hasEnd: Bool
    var counts: DeliveryCounts

    /// Reads the rows of `deliveries`; one that is missing, or owned by another worker, is missing in the answer.
    static func load(_ deliveries: [ClaimedDelivery], from store: any Store) throws -> [DeliveryID: DeliveryProgress] {
        try store.read { connection in
            var found: [DeliveryID: DeliveryProgress] = [:]
            for delivery in deliveries {
                found[delivery.id] = try DeliveryLedger.progress(
                    of: delivery.id, owner: delivery.owner, on: connection
                ).map {
                    DeliveryProgress(
                        position: $0.position, byteOffset: $0.byteOffset, hasEnd: $0.hasEnd, counts: $0.counts)
                }
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

    static func isKnown(
        contentHash: String, except delivery: DeliveryID,
        finishedBefore edge: Timestamp = Timestamp(microseconds: .max),
        store: any Store
    ) throws -> Bool {
        try store.read { connection in
            try connection.first(
                """
                SELECT 1 FROM deliveries
                WHERE content_hash = $1 AND state = 'done' AND id <> $2 AND finished_at < $3 LIMIT 1
                """,
                [.text(contentHash), .text(delivery.text), .integer(edge.microseconds)]
            ) { _ in true } ?? false
        }
    }
}
