public import Logging
public import ServiceLifecycle
import TidemillCore
import TidemillOperations
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
    private let clock: ClockWatch
    private var isInDoubt = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// `keepDone`: how long the days of `done/` are kept. `clock` says up to when what is old may be removed.
    public init(
        spool: Spool, keepDone: Duration, stores: [any StoreMaintenance], clock: ClockWatch,
        time: WorkerTime = .system, logger: Logger
    ) {
        self.spool = spool
        self.keepDone = keepDone
        self.stores = stores
        self.time = time
        self.logger = logger
        self.clock = clock
    }

    /// Does what is due, again and again, until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            guard await !runOnce() else { continue }
            // Cancelled while waiting: the loop ends.
            try? await time.sleep(Self.interval)
        }
    }

    /// Does what is due now. Returns whether more is: a turn has a bound.
    @discardableResult
    public func runOnce() async -> Bool {
        let trusted: Timestamp
        let isBelieved: Bool
        do { (trusted, isBelieved) = try trustedNow() } catch {
            logger.error("upkeep of the store: \(error)")
            return false
        }
        var isMore = false
        for store in stores {
            do {
                let now = store.goesByTheClock ? time.wallclock.now : trusted
                if try store.runTurn(now: now) { isMore = true }
            } catch {
                logger.error("upkeep of the store: \(error)")
            }
        }
        // Files of done/ can wait until it is.
        guard isBelieved else { return isMore }
        let now = time.now()
        if let cleanedAt, cleanedAt.duration(to: now) < Self.cleaningInterval { return isMore }
        cleanedAt = now
        await clean(until: trusted)
        return isMore
    }

    /// Up to when what is old may be removed, and whether the clock is believed.
    private func trustedNow() throws -> (Timestamp, Bool) {
        let (trusted, isBelieved, doubt) = try clock.trusted(now: time.wallclock.now)
        if let doubt, !isInDoubt { logger.warning("\(doubt): what is kept for a time is measured by \(trusted)") }
        isInDoubt = doubt != nil
        return (trusted, isBelieved)
    }

    private func clean(until trusted: Timestamp) async {
        let cleaning = SpoolCleaning(spool)
        var done = 0
        var stale = 0
        do {
            while !Task.isCancelled {
                let step = try cleaning.step(
                    now: trusted, keepSeconds: keepDone.components.seconds, limit: Self.stepFiles)
                done += step.done
                stale += step.stale
                guard step.hasMore else { break }
                await Task.yield()
            }
        } catch {
            logger.error("cleaning the spool: \(error)")
        }
        if done > 0 {
            logger.info(
                "removed \(done) files of done/ that were kept for \(keepDone)", metadata: ["files": .number(done)])
        }
        if stale > 0 {
            logger.warning(
                "removed \(stale) files that lay in tmp/ for more than 36 hours", metadata: ["files": .number(stale)])
        }
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
