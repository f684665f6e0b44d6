import HummingbirdCore
import NIOCore
import Synchronization

/// Which connections wait for nothing, and since when: where there are as many as may be, the one that waits longest gives
/// way, first of all one that never asked anything.
final class ConnectionPlaces: Sendable {
    /// Told to a connection that is to give way. It does where it still waits.
    struct GiveWay: Sendable {}

    /// One connection's. It is written with every request, and looked at only where there is no room.
    final class Place: Sendable {
        fileprivate let number: UInt64
        fileprivate let giveWay: @Sendable () -> Void
        /// Who goes first: nil is 0, for one that works. Whoever has asked comes after all that have not.
        fileprivate let order = Atomic<UInt64>(0)

        fileprivate init(_ number: UInt64, _ giveWay: @escaping @Sendable () -> Void) {
            self.number = number
            self.giveWay = giveWay
        }
    }

    private struct State {
        var last: UInt64 = 0
        var places: [UInt64: Place] = [:]
    }

    private let state = Mutex(State())
    /// Whether a place is wanted and nobody waited.
    private let isWanted = Atomic(false)

    /// A new connection; `giveWay` is called on any thread.
    func enter(giveWay: @escaping @Sendable () -> Void) -> Place {
        state.withLock { state in
            state.last += 1
            let place = Place(state.last, giveWay)
            state.places[place.number] = place
            return place
        }
    }

    func leave(_ place: Place) { state.withLock { $0.places[place.number] = nil } }

    /// It waits from now on; true where it must give way at once.
    func waits(_ place: Place, since now: NIODeadline, hasAsked: Bool) -> Bool {
        place.order.store((now.uptimeNanoseconds + 1) | (hasAsked ? 1 << 63 : 0), ordering: .relaxed)
        guard isWanted.load(ordering: .relaxed) else { return false }
        return isWanted.exchange(false, ordering: .relaxed)
    }

    /// It has something to do.
    func works(_ place: Place) { place.order.store(0, ordering: .relaxed) }

    /// Has one give way: now, or the first that waits.
    func makeRoom() {
        let first = state.withLock { state in
            state.places.values.lazy.map { (order: $0.order.load(ordering: .relaxed), place: $0) }
                .filter { $0.order != 0 }
                .min { ($0.order, $0.place.number) < ($1.order, $1.place.number) }
        }
        isWanted.store(first == nil, ordering: .relaxed)
        guard let place = first?.place else { return }
        // Nobody asks it again.
        works(place)
        place.giveWay()
    }

    /// A connection is closed: nobody has to give way any more.
    func hasRoom() { isWanted.store(false, ordering: .relaxed) }
}

/// Takes connections as long as there are places, and has some given up before the last one is taken.
struct BoundedPlaces: AvailableConnectionsDelegate {
    let max: Int
    let places: ConnectionPlaces
    private var count = 0

    init(max: Int, _ places: ConnectionPlaces) {
        self.max = max
        self.places = places
    }

    mutating func connectionOpened() { count += 1 }

    mutating func connectionClosed() {
        count -= 1
        places.hasRoom()
    }

    func isAcceptingNewConnections() -> Bool {
        if count < max { return true }
        places.makeRoom()
        return false
    }
}
