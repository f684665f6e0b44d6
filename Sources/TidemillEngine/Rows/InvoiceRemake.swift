import TidemillCore
import TidemillOperations

/// What an invoice is made of that could not be priced when it was due, so that it can be made when it can be.
struct InvoiceRemake: Sendable {
    /// As it was.
    let record: SubscriptionRecord
    /// When it was to be made.
    let at: Timestamp
    /// What renews, where that is not what was planned.
    var next: SubscriptionRecord?
    /// Of a first invoice: whether time brought it.
    var isDue = false
    /// Of an end: whether unused time is credited, where somebody said so.
    var prorates: Bool?

    var stored: Payload {
        var members: TextMap<Payload> = [
            "record": record.stored, "at": .integer(at.microseconds), "isDue": .boolean(isDue),
        ]
        members["next"] = next?.stored
        members["prorates"] = prorates.map { .boolean($0) }
        return .object(members)
    }
}

extension InvoiceRemake {
    init(stored: Payload) throws {
        let fields = StoredFields(stored)
        record = try SubscriptionRecord(stored: fields["record"] ?? .null)
        at = try fields.time("at")
        next = try fields["next"].map { try SubscriptionRecord(stored: $0) }
        isDue = fields["isDue"] == true
        prorates = fields["prorates"].map { $0 == true }
    }
}
