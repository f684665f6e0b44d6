public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// A change of state that is announced: the API's webhook of that name, in its flat shape.
struct EngineEvent {
    let type: String
    let customer: CustomerID?
    /// The fields beside `type`, `messageId` and `timestamp`.
    let fields: TextMap<Payload>

    init(_ type: String, _ customer: CustomerID?, _ fields: TextMap<Payload>) {
        self.type = type
        self.customer = customer
        self.fields = fields
    }
}

extension CallScope {
    /// Writes the event's row in the transaction of its cause.
    func announce(_ event: EngineEvent) throws {
        try Outbox.append(
            type: event.type, customer: event.customer, payload: event.fields, messageID: newID(),
            depth: context.depth + 1, at: now, recordedAt: recordedAt, on: connection)
    }
}

/// The table `outbox`: the engine's own events and what jobs emit, for the jobs and rules that they trigger.
public enum Outbox {
    /// Causes behind causes that are followed; what lies deeper is recorded and triggers nothing (semantics.md, "Engine
    /// events").
    public static let depthMax: Int64 = 8

    /// Writes a row in the transaction of its cause. `payload`: the fields beside `type`, `messageId` and `timestamp`.
    public static func append(
        type: String, customer: CustomerID?, payload fields: TextMap<Payload>, messageID: String, depth: Int64,
        at instant: Timestamp, recordedAt: Timestamp? = nil, on connection: any SQLConnection
    ) throws {
        var payload = fields
        payload["type"] = .string(type)
        payload["messageId"] = .string(messageID)
        payload["timestamp"] = Payload(instant)
        try connection.execute(
            """
            INSERT INTO outbox(sequence, bucket, customer_id, type, payload, depth, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .integer(try Sequences.next("outbox", on: connection)),
                .integer(customer.map { Bucket($0).number } ?? 0),
                .text(customer?.text ?? ""), .text(type), .text(Payload.object(payload).json), .integer(depth),
                .integer((recordedAt ?? instant).microseconds),
            ])
    }
    /// The one rule by which events leave the outbox: old, and looked at for what they trigger. Whoever has no worker for
    /// months finds them all when it runs again. They are written in the order of time, so the oldest tell.
    public static func prune(before instant: Timestamp, limit: Int64, on connection: any SQLConnection) throws -> Int {
        try connection.execute(
            """
            DELETE FROM outbox WHERE sequence IN (
              SELECT sequence FROM (SELECT sequence, created_at FROM outbox ORDER BY sequence LIMIT $2) AS oldest
               WHERE created_at < $1 AND sequence <= (SELECT outbox_sequence FROM trigger_progress))
            """, [.integer(instant.microseconds), .integer(limit)])
    }
}
