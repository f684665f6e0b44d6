import TidemillCore
import TidemillOperations

/// A page of a customer's events while it is found: the oldest arrivals behind the page before, or the newest. Events are known by what
/// never changes of them: blocks are merged, and a retry is stored late.
struct EventPage {
    private let limit: Int
    private let isNewestFirst: Bool
    private let after: (Timestamp, String, Int64)?
    /// More than fit are kept until they are sorted.
    private var found: [StoredEvent] = []
    /// Whatever arrived later (where the newest come first: earlier) is on no page yet.
    private var last: Timestamp?

    init(_ asked: ListEvents.Input) {
        limit = Int(asked.limit)
        isNewestFirst = asked.newestFirst
        after = asked.after.map { cursor in
            let end = cursor.id.lastIndex(of: "#") ?? cursor.id.endIndex
            return (cursor.createdAt, String(cursor.id[..<end]), Int64(cursor.id[end...].dropFirst()) ?? 0)
        }
    }

    /// Nothing that arrived before is asked for.
    var from: Timestamp? { isNewestFirst ? nil : after?.0 }

    /// Whether an event that arrived then may be on the page: asked before it is decoded.
    func mayTake(_ receivedAt: Timestamp) -> Bool {
        guard isNewestFirst else {
            return (after.map { receivedAt >= $0.0 } ?? true) && (last.map { receivedAt <= $0 } ?? true)
        }
        return (after.map { receivedAt <= $0.0 } ?? true) && (last.map { receivedAt >= $0 } ?? true)
    }

    mutating func take(_ event: StoredEvent) {
        if let after, !Self.isBefore(after, Self.key(event), isNewestFirst) { return }
        found.append(event)
        if found.count > 2 * limit { trim() }
    }

    /// Keeps one more than fit: it says that there is a next page.
    private mutating func trim() {
        let isNewestFirst = isNewestFirst
        found.sort { Self.isBefore(Self.key($0), Self.key($1), isNewestFirst) }
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

    /// On a page before.
    private static func isBefore(
        _ left: (Timestamp, String, Int64), _ right: (Timestamp, String, Int64), _ isNewestFirst: Bool
    ) -> Bool {
        isNewestFirst ? left > right : left < right
    }

    private static func key(_ event: StoredEvent) -> (Timestamp, String, Int64) {
        (event.receivedAt, event.delivery, event.record)
    }
}
