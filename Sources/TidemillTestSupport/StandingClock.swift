import Synchronization
public import TidemillCore

/// A clock that stands until a test moves it.
public final class StandingClock: Wallclock {
    private let instant: Mutex<Timestamp>

    public init(_ instant: Timestamp) {
        self.instant = Mutex(instant)
    }

    public var now: Timestamp { instant.withLock { $0 } }

    /// By whole seconds.
    public func advance(by duration: Duration) {
        instant.withLock { $0 = $0.advanced(bySeconds: duration.components.seconds) }
    }

    public func set(_ to: Timestamp) { instant.withLock { $0 = to } }
}
