/// When a process that commits one transaction after the other leaves the write lock alone for a moment.
///
/// Others wait for the lock by trying again every half millisecond (`SQLiteStore.waitBriefly`), and between two
/// transactions of an ingest it is free for a third of that: without pauses they get in once a checkpoint happens to come
/// in between, after 160 ms (p99 of another process's write).
struct WriteLockPauses {
    /// A pause comes once the lock was held this long with no pause of its length in between.
    static let heldMax: Duration = .milliseconds(8)
    /// One that waits tries at least once in it: its half millisecond, and what its timer and its attempt take.
    static let length: Duration = .microseconds(800)

    private var held: Duration = .zero
    private var released: ContinuousClock.Instant?

    /// How long to wait before the lock is taken at `now`; zero if it was free for long enough, or is not held for long.
    mutating func due(at now: ContinuousClock.Instant) -> Duration {
        guard let released else { return .zero }
        let free = now - released
        if free >= Self.length { held = .zero }
        guard held >= Self.heldMax else { return .zero }
        held = .zero
        return Self.length - free
    }

    mutating func wasHeld(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) {
        held += end - start
        released = end
    }
}
