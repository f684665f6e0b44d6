public import Logging
public import ServiceLifecycle
import TidemillCore
public import TidemillOperations
public import TidemillStore
public import TidemillTriggers

/// What is due from time to time and hurries nobody: the store's upkeep, and the removal of what the spool has kept long
/// enough.
public actor Maintenance {
    /// How often the store is asked what is due.
    static let interval = Duration.seconds(15)
    /// How often the spool is cleaned.
    static let cleaningInterval = Duration.seconds(3600)
    /// Files removed in one step, before others get a turn.
    static let stepFiles = 2000

    private let spool: Spool
    private let keepDone: Duration
    private let stores: [any StoreMaintenance]
    private let time: WorkerTime
    private let logger: Logger
    private let executor = QueueExecutor("tidemill.maintenance")
    private var cleanedAt: ContinuousClock.Instant?
    private var clock: ClockGuard?
    private let store: (any Store)?
    /// What both clocks said at the start.
    private let begin: (wallclock: Timestamp, now: ContinuousClock.Instant)
    /// The newest delivery that was there at the start.
    private var newestAtBegin: Timestamp?
    private var isInDoubt = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// `keepDone`: how long the days of `done/` are kept. `store` says when the newest delivery arrived, which a clock far
    /// ahead is measured by.
    public init(
        spool: Spool, keepDone: Duration, stores: [any StoreMaintenance], store: (any Store)? = nil,
        time: WorkerTime = .system, logger: Logger
    ) {
        self.spool = spool
        self.keepDone = keepDone
        self.stores = stores
        self.time = time
        self.logger = logger
        self.store = store
        begin = (time.wallclock.now, time.now())
    }

    /// Does what is due, again and again, until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            await runOnce()
            // Cancelled while waiting: the loop ends.
            try? await time.sleep(Self.interval)
        }
    }

    /// Does what is due now.
    public func runOnce() async {
        let trusted: Timestamp
        do { trusted = try trustedNow() } catch {
            logger.error("upkeep of the store: \(error)")
            return
        }
        for store in stores {
            do {
                try store.runMaintenance(now: trusted)
            } catch {
                logger.error("upkeep of the store: \(error)")
            }
        }
        let now = time.now()
        if let cleanedAt, cleanedAt.duration(to: now) < Self.cleaningInterval { return }
        cleanedAt = now
        await clean(until: trusted)
    }

    /// The present as far as it may be trusted with removing what is old: what the clock says, unless it jumped ahead
    /// since the start, or is further ahead than a day of the newest delivery and of the time that passed here, as a clock
    /// is that was wrong from the start. Then nothing is removed that is young beside the data; a store that got nothing
    /// while no worker ran only keeps longer.
    private func trustedNow() throws -> Timestamp {
        let wallclock = time.wallclock.now
        let day = ClockGuard.jumpMax.components.seconds
        let passed = begin.now.duration(to: time.now()).components.seconds
        let expected = begin.wallclock.advanced(bySeconds: passed)
        var trusted = wallclock
        var doubt: String?
        if wallclock > expected.advanced(bySeconds: day) {
            trusted = expected
            doubt =
                "the clock jumped ahead to \(wallclock), where \(expected) was due; if it is right, restart the worker"
        }
        if let newest = try store?.read({ try DeliveryLedger.newestReceipt(on: $0) }) {
            let first = newestAtBegin ?? newest
            newestAtBegin = first
            let latest = max(newest, first.advanced(bySeconds: passed)).advanced(bySeconds: day)
            if trusted > latest {
                trusted = latest
                doubt = doubt ?? "the clock says \(wallclock), the newest delivery arrived at \(newest)"
            }
        }
        if let doubt, !isInDoubt { logger.warning("\(doubt): what is kept for a time is measured by \(trusted)") }
        isInDoubt = doubt != nil
        return trusted
    }

    private func clean(until trusted: Timestamp) async {
        let wallclock = time.wallclock.now
        var clock = clock ?? ClockGuard(wallclock: wallclock, now: time.now())
        defer { self.clock = clock }
        if let jump = clock.jump(wallclock: wallclock, now: time.now()) {
            logger.warning("the clock jumped by \(jump): nothing is removed from the spool this time")
            return
        }
        let cleaning = SpoolCleaning(spool)
        var done = 0
        var stale = 0
        do {
            while !Task.isCancelled {
                let step = try cleaning.step(
                    now: min(wallclock, trusted), keepSeconds: keepDone.components.seconds, limit: Self.stepFiles)
                done += step.done
                stale += step.stale
                guard step.hasMore else { break }
                await Task.yield()
            }
        } catch {
            logger.error("cleaning the spool: \(error)")
        }
        if done > 0 { logger.info("removed \(done) files of done/ that were kept for \(keepDone)") }
        if stale > 0 { logger.warning("removed \(stale) files that lay in tmp/ for more than 36 hours") }
    }
}

/// Compares the clock that steps with the one that does not: a machine whose date jumps by more than a day must not
/// remove what is young.
struct ClockGuard: Sendable {
    private var wallclock: Timestamp
    private var now: ContinuousClock.Instant

    static let jumpMax = Duration.seconds(86_400)

    init(wallclock: Timestamp, now: ContinuousClock.Instant) {
        self.wallclock = wallclock
        self.now = now
    }

    /// By how much the clock jumped since the last call, when that is more than a day.
    mutating func jump(wallclock: Timestamp, now: ContinuousClock.Instant) -> Duration? {
        let told = Duration.microseconds(wallclock.microseconds - self.wallclock.microseconds)
        let passed = self.now.duration(to: now)
        self.wallclock = wallclock
        self.now = now
        let difference = told - passed
        return difference > Self.jumpMax || difference < .zero - Self.jumpMax ? difference : nil
    }
}

/// The upkeep as a service: ends when the shutdown begins.
public struct MaintenanceService: Service {
    private let maintenance: Maintenance

    public init(_ maintenance: Maintenance) {
        self.maintenance = maintenance
    }

    public func run() async {
        await cancelWhenGracefulShutdown { await maintenance.run() }
    }
}
