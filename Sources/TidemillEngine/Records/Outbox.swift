import TidemillCore
import TidemillOperations
import TidemillStore

/// A change of state that is announced: the API's webhook of that name, in its flat shape.
struct EngineEvent {
    let type: String
    let customer: CustomerID?
    /// The fields beside `type`, `messageId` and `timestamp`.
    let fields: [String: Payload]

    init(_ type: String, _ customer: CustomerID?, _ fields: [String: Payload]) {
        self.type = type
        self.customer = customer
        self.fields = fields
    }
}

extension CallScope {
    /// Causes behind causes that are followed; what lies deeper is recorded and triggers nothing (SEMANTICS, "Engine
    /// events").
    static let depthMax: Int64 = 8

    /// Writes the event's row in the transaction of its cause.
    func announce(_ event: EngineEvent) throws {
        let sequence = try Sequences.next("outbox", on: connection)
        var payload = event.fields
        payload["type"] = .string(event.type)
        payload["messageId"] = .string(newID())
        payload["timestamp"] = Payload(now)
        try connection.execute(
            """
            INSERT INTO outbox(sequence, bucket, customer_id, type, payload, depth, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .integer(sequence), .integer(event.customer.map { Bucket($0).number } ?? 0),
                .text(event.customer?.text ?? ""), .text(event.type), .text(Payload.object(payload).json),
                .integer(context.depth + 1), .integer(recordedAt.microseconds),
            ])
    }
}
