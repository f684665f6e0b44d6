import Synchronization
import TidemillCore

/// The clock of one test: it stands still until the test moves it.
final class TestClock: Wallclock {
    /// Where a test begins that says nothing else.
    static let start = Timestamp(microseconds: 1_767_225_600_000_000)  // 2026-01-01T00:00:00Z

    private let instant: Mutex<Timestamp>

    init(_ instant: Timestamp) {
        self.instant = Mutex(instant)
    }

    var now: Timestamp { instant.withLock { $0 } }

    func move(to later: Timestamp) {
        instant.withLock { $0 = max($0, later) }
    }
}
