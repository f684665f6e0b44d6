import NIOCore
import Synchronization

/// So many connections are served at a time. Who comes when all places are taken stands for a moment: whoever is needed
/// least gives a place up to it. That is, of those that do not take their answers, the one that has not for longest; of
/// those that never asked anything, after a second; of those that have asked and wait for nothing.
final class ConnectionPlaces: Sendable {
    /// What a connection is told, on any thread.
    enum Notice: Sendable {
        /// It is to end, where it is still what it was chosen for; else it says `declines`.
        case giveWay
        /// It stood, and has a place now.
        case seated
    }

    /// One connection's. What it does is written with every request, and looked at only where there is no room.
    final class Place: Sendable {
        fileprivate let number: UInt64
        fileprivate let tell: @Sendable (Notice) -> Void
        /// Since when it waits for a request, in nanoseconds; 0 for one that works. The highest bit: it has asked before.
        fileprivate let waits = Atomic<UInt64>(0)
        /// Since when nothing of its answers was taken; 0 where they are.
        fileprivate let isStuck = Atomic<UInt64>(0)

        fileprivate init(_ number: UInt64, _ tell: @escaping @Sendable (Notice) -> Void) {
            self.number = number
            self.tell = tell
        }

        /// Who gives way first; nil for who does not.
        fileprivate func rank(_ now: UInt64) -> (kind: Int, since: UInt64, number: UInt64)? {
            let stuck = isStuck.load(ordering: .relaxed)
            if stuck != 0 { return (0, stuck, number) }
            let waits = waits.load(ordering: .relaxed)
            guard waits != 0 else { return nil }
            let since = (waits & ~Self.hasAsked) - 1
            if waits & Self.hasAsked != 0 { return (2, since, number) }
            return since + ConnectionPlaces.firstNanoseconds <= now ? (1, since, number) : nil
        }

        /// Says that it is to go. Whoever asks has put itself in order before: it may have its place at once.
        func giveWay() { tell(.giveWay) }

        fileprivate static let hasAsked: UInt64 = 1 << 63
    }

    private struct State {
        var last: UInt64 = 0
        var seated: [UInt64: Place] = [:]
        /// In the order in which they came.
        var standing: [Place] = []
        /// Of the seated, those that are about to go.
        var leaving: Set<UInt64> = []

        var isWanted: Bool { standing.count > leaving.count }

        /// Chooses who gives way, where nobody does yet for each who stands.
        mutating func choose(_ now: UInt64) -> Place? {
            guard isWanted else { return nil }
            var first: (place: Place, rank: (Int, UInt64, UInt64))?
            for place in seated.values where !leaving.contains(place.number) {
                guard let rank = place.rank(now), first.map({ rank < $0.rank }) ?? true else { continue }
                first = (place, rank)
            }
            if let first { leaving.insert(first.place.number) }
            return first?.place
        }

        mutating func seat(_ max: Int) -> Place? {
            guard seated.count < max, let next = standing.first else { return nil }
            standing.removeFirst()
            seated[next.number] = next
            return next
        }
    }

    fileprivate static let firstNanoseconds: UInt64 = 1_000_000_000

    private let max: Int
    private let state = Mutex(State())
    /// Whether somebody stands for whom nobody goes: asked with every answer.
    private let wanted = Atomic(false)

    init(max: Int) { self.max = max }

    private func change<T: Sendable>(_ body: (inout State) -> T) -> T {
        state.withLock { state in
            defer { wanted.store(state.isWanted, ordering: .relaxed) }
            return body(&state)
        }
    }

    /// A new connection; `tell` is called on any thread. Answers who is to be told that it goes, too.
    func enter(
        at now: NIODeadline, tell: @escaping @Sendable (Notice) -> Void
    ) -> (place: Place, isSeated: Bool, first: Place?) {
        change { state in
            state.last += 1
            let place = Place(state.last, tell)
            if state.seated.count < max, state.standing.isEmpty {
                state.seated[place.number] = place
                return (place, true, nil)
            }
            state.standing.append(place)
            return (place, false, state.choose(now.uptimeNanoseconds))
        }
    }

    /// It is closed.
    func leave(_ place: Place) {
        let next = change { state -> Place? in
            state.standing.removeAll { $0 === place }
            state.seated[place.number] = nil
            state.leaving.remove(place.number)
            return state.seat(max)
        }
        next?.tell(.seated)
    }

    /// It waits for a request from now on.
    func waits(_ place: Place, since now: NIODeadline, hasAsked: Bool) {
        place.waits.store((now.uptimeNanoseconds + 1) | (hasAsked ? Place.hasAsked : 0), ordering: .relaxed)
    }

    /// It has something to do.
    func works(_ place: Place) { place.waits.store(0, ordering: .relaxed) }

    /// Nothing of its answers was taken since; nil: they are taken.
    func stuck(_ place: Place, since: NIODeadline?) {
        place.isStuck.store(since.map { $0.uptimeNanoseconds + 1 } ?? 0, ordering: .relaxed)
    }

    /// It was told to give way, and has begun to work meanwhile.
    func declines(_ place: Place, at now: NIODeadline) {
        let next = change { state -> Place? in
            state.leaving.remove(place.number)
            return state.choose(now.uptimeNanoseconds)
        }
        next?.giveWay()
    }

    /// Whether it shall end with the answer that it writes now, since others stand.
    func isLast(_ place: Place) -> Bool {
        guard wanted.load(ordering: .relaxed) else { return false }
        return change { state in
            guard state.isWanted, state.seated[place.number] != nil else { return false }
            return state.leaving.insert(place.number).inserted
        }
    }

    /// What becomes of one that has stood for long enough: false where nobody goes for it, and it must.
    func mayStand(_ place: Place, at now: NIODeadline) -> (may: Bool, first: Place?) {
        change { state in
            guard let index = state.standing.firstIndex(where: { $0 === place }) else { return (true, nil) }
            let first = state.choose(now.uptimeNanoseconds)
            if index < state.leaving.count { return (true, first) }
            state.standing.remove(at: index)
            return (false, first)
        }
    }
}
