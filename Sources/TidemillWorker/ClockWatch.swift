import Synchronization
public import TidemillCore
public import TidemillEngine

/// Whether the machine's clock is to be believed: it is not while it stands 5 minutes behind what is stored, nor after
/// it jumped by more than a day (semantics.md, "Schedules"), until it is right again or a person says that it is, with
/// `tidemill resume recharge`. One for the schedules and recharges of a worker, so that both wait and go on together.
public final class ClockWatch: Sendable {
    /// A clock that differs by more from the time that passed is not believed.
    static let jumpMax = Duration.seconds(86_400)

    private let recharges: Recharges
    private let time: WorkerTime
    private let state: Mutex<State>

    private enum Kind {
        case behind
        case jump
    }

    private struct State {
        /// What both clocks said when they were last in agreement.
        var begin: (wallclock: Timestamp, now: ContinuousClock.Instant)
        /// What was said first: the same words until it is over.
        var said: (kind: Kind, text: String)?
    }

    public init(_ recharges: Recharges, time: WorkerTime = .system) {
        self.recharges = recharges
        self.time = time
        state = Mutex(State(begin: (time.wallclock.now, time.now())))
    }

    /// Why `now` is not believed; nil when it is. `status` says the same.
    public func doubt(now: Timestamp) throws -> String? {
        try state.withLock { state in
            let noted = try recharges.doubt()
            if state.said != nil, noted == nil {
                // What was noted is gone: a person has said that the clock is right.
                state.begin = (now, time.now())
                state.said = nil
            }
            var found: (kind: Kind, text: String)?
            if case .clock(let text) = try recharges.obstacle(now: now) {
                found = (.behind, text)
            } else if let text = jump(to: now, since: state.begin) {
                found = (.jump, text)
            }
            if let said = state.said, said.kind == found?.kind { found = said }
            if noted != found?.text { try recharges.note(doubt: found?.text, now: now) }
            state.said = found
            return found?.text
        }
    }

    private func jump(to now: Timestamp, since begin: (wallclock: Timestamp, now: ContinuousClock.Instant)) -> String? {
        let passed = begin.now.duration(to: time.now())
        let told = Duration.microseconds(now.microseconds - begin.wallclock.microseconds)
        let difference = told - passed
        guard difference > Self.jumpMax || difference < .zero - Self.jumpMax else { return nil }
        return
            "the clock jumped by \(difference.components.seconds) s, to \(now); if it is right, `tidemill resume recharge`"
    }
}
