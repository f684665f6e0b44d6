import Crypto
import Foundation
public import TidemillCore
import TidemillIngest
import TidemillOperations
public import TidemillStore

/// Webhooks wait in the store for the jobs that they trigger, each once within 35 days (semantics.md, "Webhooks").
public enum WebhookInbox {
    /// Returns false when the webhook was there already.
    static func store(_ payload: Payload, _ origin: RecordOrigin, on connection: any SQLConnection) throws -> Bool {
        guard let type = payload["type"]?.text, !type.isEmpty, type.utf8.count <= 255, !type.utf8.contains(0) else {
            throw OperationError(
                .badUserInput, "webhook: 'type' must be text of 1 to 255 characters such as \"customer.created\"")
        }
        let key = dedupKey(of: payload)
        let oldest = origin.receivedAt.advanced(bySeconds: -EventBounds.webhookWindow)
        let changed = try connection.execute(
            """
            INSERT INTO webhooks(dedup_key, type, delivery, record, received_at, payload, state)
            VALUES ($1, $2, $3, $4, $5, $6, 'waiting')
            ON CONFLICT (dedup_key) DO UPDATE SET type = excluded.type, delivery = excluded.delivery,
              record = excluded.record, received_at = excluded.received_at, payload = excluded.payload, state = 'waiting'
             WHERE webhooks.received_at < $7
            """,
            [
                .text(key), .text(type), .text(origin.delivery.text), .integer(origin.record),
                .integer(origin.receivedAt.microseconds), .text(payload.json), .integer(oldest.microseconds),
            ])
        return changed > 0
    }

    /// One that waits has started what it triggers.
    public static func take(_ key: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE webhooks SET state = 'taken' WHERE dedup_key = $1 AND state = 'waiting'", [.text(key)])
    }

    /// Those of a voided delivery that wait trigger nothing.
    static func void(deliveredBy id: DeliveryID, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE webhooks SET state = 'voided' WHERE delivery = $1 AND state = 'waiting'", [.text(id.text)])
    }

    /// Forgets those that were received before `instant` and do not wait any more; returns how many.
    public static func prune(before instant: Timestamp, limit: Int64, on connection: any SQLConnection) throws -> Int {
        try connection.execute(
            """
            DELETE FROM webhooks WHERE dedup_key IN
              (SELECT dedup_key FROM webhooks WHERE state <> 'waiting' AND received_at < $1 LIMIT $2)
            """, [.integer(instant.microseconds), .integer(limit)])
    }

    /// Whether it was this very record that left the webhook: then it is tried again.
    static func holds(_ payload: Payload, _ origin: RecordOrigin, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            "SELECT 1 FROM webhooks WHERE dedup_key = $1 AND delivery = $2 AND record = $3",
            [.text(dedupKey(of: payload)), .text(origin.delivery.text), .integer(origin.record)]
        ) { _ in true } ?? false
    }

    /// `messageId`, else `id` of an event object, else the content's hash. An id may be a whole number: 42 and "42" are
    /// one. Ids belong to the source that a webhook came from by HTTP, so that nobody's message takes the place of
    /// another's; files have theirs in common.
    private static func dedupKey(of payload: Payload) -> String {
        let source = payload["receivedFrom"]?["source"]?.text.map { "from:\($0):" } ?? ""
        if let id = payload["messageId"]?.idText, !id.isEmpty { return "\(source)message:\(id)" }
        if payload["object"] == "event", let id = payload["id"]?.idText, !id.isEmpty { return "\(source)event:\(id)" }
        return "sha256:" + SHA256.hash(data: Data(payload.json.utf8)).hexadecimal
    }
}
