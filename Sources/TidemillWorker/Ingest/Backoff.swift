/// Waits that double up to a bound, for trouble that passes by itself: a busy store, a full disk.
struct Backoff: Sendable {
    private let first: Duration
    private let cap: Duration
    private(set) var failures = 0

    init(first: Duration = .milliseconds(100), cap: Duration = .seconds(10)) {
        self.first = first
        self.cap = cap
    }

    /// The wait after one more failure.
    mutating func next() -> Duration {
        let wait = min(first * (1 << min(failures, 16)), cap)
        failures += 1
        return wait
    }

    mutating func reset() { failures = 0 }
}
