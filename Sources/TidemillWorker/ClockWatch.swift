import Synchronization
public import TidemillCore
import TidemillEngine
import TidemillOperations
public import TidemillStore

/// Watches the clock for a worker: what `ClockTrust` says by the store, and whether it jumped since the start, against the
/// clock that does not step. One for all services of a worker, so that all wait and go on together.
public final class ClockWatch: Sendable {
    private let store: any Store
    private let time: WorkerTime
    private let state: Mutex<State>

    private struct State {
        /// What both clocks said when they were last in agreement.
        var begin: (wallclock: Timestamp, now: ContinuousClock.Instant)
        /// What was said first: the same words until it is over.
        var said: ClockTrust.Doubt?
        /// How often a person had said that the clock is right, at the last look; nil before the first.
        var accepted: Int64?
        /// One said it since the start.
        var isAccepted = false
        /// The newest delivery when it was first asked for.
        var newestAtFirst: Timestamp?
    }

    public init(_ store: any Store, time: WorkerTime = .system) {
        self.store = store
        self.time = time
        state = Mutex(State(begin: (time.wallclock.now, time.now())))
    }

    /// Why `now` is not believed; nil when it is. `status` says the same.
    public func doubt(now: Timestamp) throws -> String? {
        try state.withLock { try look(now, &$0)?.text }
    }

    /// The present as far as it may be trusted with removing what is old, whether the clock is believed, and why the
    /// present is not what it says: it jumped ahead since the start, or is further ahead than a day of the newest delivery
    /// and of the time that passed here, as a clock is that was wrong from the start. So nothing is removed that is young
    /// beside the data; a store that got nothing while no worker ran only keeps longer.
    func trusted(now: Timestamp) throws -> (instant: Timestamp, isBelieved: Bool, doubt: String?) {
        try state.withLock { state in
            let isBelieved = try look(now, &state) == nil
            let day = ClockTrust.jumpMaxSeconds
            let due = due(since: state.begin)
            var trusted = now
            var doubt = state.said?.text
            if now > due.advanced(bySeconds: day) { trusted = due }
            guard !state.isAccepted, let newest = try store.read({ try DeliveryLedger.newestReceipt(on: $0) }) else {
                return (trusted, isBelieved, doubt)
            }
            let first = state.newestAtFirst ?? newest
            state.newestAtFirst = first
            let passed = state.begin.now.duration(to: time.now()).components.seconds
            let latest = max(newest, first.advanced(bySeconds: passed)).advanced(bySeconds: day)
            if trusted > latest {
                trusted = latest
                doubt = doubt ?? "the clock says \(now), the newest delivery arrived at \(newest)"
            }
            return (trusted, isBelieved, doubt)
        }
    }

    private func look(_ now: Timestamp, _ state: inout State) throws -> ClockTrust.Doubt? {
        let (noted, accepted, stored) = try store.read { connection in
            let trust = ClockTrust(connection)
            return (try trust.noted(), try trust.acceptances(), try trust.doubt(of: now))
        }
        let isFirst = state.accepted == nil
        if !isFirst, state.accepted != accepted {
            // Since the last look a person has said that the clock is right.
            state.begin = (now, time.now())
            state.said = nil
            state.isAccepted = true
        }
        state.accepted = accepted
        var found = stored ?? ClockTrust.jump(to: now, due: due(since: state.begin))
        if let said = state.said, said.kind == found?.kind { found = said }
        // What another worker noted is its own to take back; what was left over is nobody's.
        if noted != found?.text, noted == nil || isFirst || noted == state.said?.text { try note(found, now) }
        state.said = found
        return found
    }

    /// What the clock should say by the time that passed.
    private func due(since begin: (wallclock: Timestamp, now: ContinuousClock.Instant)) -> Timestamp {
        begin.wallclock.advanced(by: begin.now.duration(to: time.now()))
    }

    private func note(_ doubt: ClockTrust.Doubt?, _ now: Timestamp) throws {
        try store.write { connection in
            guard try ClockTrust(connection).note(doubt) else { return }
            try AuditTrail.record(
                doubt == nil ? "believeClock" : "doubtClock", ["name": .string(Pauses.clock)], by: .engine("clock"),
                reason: doubt?.text ?? "the clock agrees with the store again", at: now, on: connection)
        }
    }
}
