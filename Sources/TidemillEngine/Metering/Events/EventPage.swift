import TidemillCore
import TidemillOperations

/// A page of a customer's events while it is found: the oldest arrivals behind the page before. Events are known by what
/// never changes of them: blocks are merged, and a retry is stored late.
struct EventPage {
    private let limit: Int
    private let after: (Timestamp, String, Int64)?
    /// More than fit are kept until they are sorted.
    private var found: [StoredEvent] = []
    /// Whatever arrived later is on no page yet.
    private var last: Timestamp?

    init(_ asked: ListEvents.Input) {
        limit = Int(asked.limit)
        after = asked.after.map { cursor in
            let end = cursor.id.lastIndex(of: "#") ?? cursor.id.endIndex
            return (cursor.createdAt, String(cursor.id[..<end]), Int64(cursor.id[end...].dropFirst()) ?? 0)
        }
    }

    /// Nothing that arrived before is asked for.
    var from: Timestamp? { after?.0 }

    /// Whether an event that arrived then may be on the page: asked before it is decoded.
    func mayTake(_ receivedAt: Timestamp) -> Bool {
        (after.map { receivedAt >= $0.0 } ?? true) && (last.map { receivedAt <= $0 } ?? true)
    }

    mutating func take(_ event: StoredEvent) {
        if let after, Self.key(event) <= after { return }
        found.append(event)
        if found.count > 2 * limit { trim() }
    }

    /// Keeps one more than fit: it says that there is a next page.
    private mutating func trim() {
        found.sort { Self.key($0) < Self.key($1) }
        guard found.count > limit else { return }
        found.removeSubrange((limit + 1)...)
        last = found[limit].receivedAt
    }

    mutating func listing() -> Listing<StoredEvent> {
        trim()
        return Listing(found, limit: Int64(limit)) {
            Cursor(createdAt: $0.receivedAt, id: "\($0.delivery)#\($0.record)")
        }
    }

    private static func key(_ event: StoredEvent) -> (Timestamp, String, Int64) {
        (event.receivedAt, event.delivery, event.record)
    }
}
