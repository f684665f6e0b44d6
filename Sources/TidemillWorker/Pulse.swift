import Synchronization

/// When the loop that starts what is due went round last: a worker whose schedules stand still is not alive, although its
/// process is.
public final class Pulse: Sendable {
    private let last: Mutex<ContinuousClock.Instant>

    /// It has begun, and has the time of one round to show itself.
    public init(at now: ContinuousClock.Instant = .now) { last = Mutex(now) }

    func beat(at now: ContinuousClock.Instant) { last.withLock { $0 = now } }
    func age(at now: ContinuousClock.Instant) -> Duration { last.withLock { $0.duration(to: now) } }
}
