public import TidemillCore

/// The three faces of time that the services look at, so that tests can move each.
public struct WorkerTime: Sendable {
    /// What instants in rows and folder names come from.
    public var wallclock: any Wallclock
    /// What waits and quiet times are measured with: it never steps.
    public var now: @Sendable () -> ContinuousClock.Instant
    public var sleep: @Sendable (Duration) async throws -> Void

    public init(
        wallclock: any Wallclock, now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.wallclock = wallclock
        self.now = now
        self.sleep = sleep
    }

    /// The machine's clocks.
    public static let system = WorkerTime(
        wallclock: SystemWallclock(), now: { ContinuousClock.now }, sleep: { try await Task.sleep(for: $0) })
}
