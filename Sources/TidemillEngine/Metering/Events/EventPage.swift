import TidemillCore
import TidemillOperations

/// A page of a customer's events while it is found. A page ends at a place in the store, not at an instant: what arrives
/// late or is retried is stored behind what was there, so that no page leaves anything out.
struct EventPage {
    enum Place {
        /// An event of a block of stored events, counted from 0.
        case block(Int64, Int)
        /// One that is rejected: they come after all that is stored.
        case rejected(StoredEvent)

        var text: String {
            switch self {
            case .block(let id, let index): "stored/\(id)/\(index)"
            case .rejected(let event): "rejected/\(event.delivery)/\(event.record)"
            }
        }

        /// Whether a rejected event comes after the page that ended with another one.
        func isBehind(_ cursor: Cursor) -> Bool {
            guard case .rejected(let event) = self else { return false }
            let parts = cursor.id.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "rejected", let record = Int64(parts[2]) else { return true }
            return (event.receivedAt, event.delivery, event.record) > (cursor.createdAt, String(parts[1]), record)
        }
    }

    private let limit: Int64
    /// The block and the event in it with which the page begins; nil: it begins among those that are rejected.
    let start: (block: Int64, index: Int)?
    private var events: [StoredEvent] = []
    private var last: Cursor?
    var hasMore = false

    init(_ asked: ListEvents.Input) {
        limit = asked.limit
        start = asked.after.map { Self.start(after: $0) } ?? (0, 0)
    }

    var isFull: Bool { events.count >= limit }

    mutating func add(_ event: StoredEvent, at place: Place) {
        events.append(event)
        last = Cursor(createdAt: event.receivedAt, id: place.text)
    }

    var listing: Listing<StoredEvent> {
        Listing(events.sorted { $0.receivedAt < $1.receivedAt }, next: hasMore ? last : nil)
    }

    static func start(after cursor: Cursor) -> (block: Int64, index: Int)? {
        let parts = cursor.id.split(separator: "/")
        guard parts.count == 3, parts[0] == "stored", let block = Int64(parts[1]), let index = Int(parts[2]) else {
            return nil
        }
        return (block, index + 1)
    }
}
