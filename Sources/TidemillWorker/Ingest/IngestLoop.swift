import DequeModule
import Dispatch
public import Logging
public import TidemillCore
public import TidemillIngest
import TidemillOperations
public import TidemillStore
public import TidemillTriggers

/// Takes deliveries from the spool: claims what is complete, enters it in the store, has it processed, and leaves the
/// results. One at a time over one spool and store; several workers run one each.
///
/// ```
///   inbox ──claim──► work/ ──register──► pending ──process──► finished row ──keep──► done/, failed/ + report
///            ▲                              │  ▲
///         a dead worker's claims            └──┘ later: store busy, disk full, paused, stopping
/// ```
///
/// Every arrow can be cut by a crash; `recover` repeats what follows from the files in `work/` and the rows.
public actor IngestLoop {
    /// The most files that are claimed, registered or processed together.
    static let batchFiles = 1000
    /// The most bytes that are processed together; a larger file is processed by itself.
    static let batchBytes: Int64 = 8 << 20
    /// How soon a pause or its end is seen.
    static let pausePoll = Duration.milliseconds(500)
    /// Results that could not be written, beyond which nothing new is claimed.
    static let unkeptMax = 5000
    /// How often a file that cannot be read is tried, about a minute, before its delivery is held, and how often from
    /// then on.
    static let unreachableTries = 6
    /// Rounds in which all wait together for a fault that looks like everybody's, before each file is tried alone.
    static let sharedTries = 6
    static let unreachableRetry = Duration.seconds(600)

    let spool: Spool
    let store: any Store
    let processor: any DeliveryProcessing
    let accepts: [String: Set<RecordKind>]
    let time: WorkerTime
    let logger: Logger
    let scriptVersion: @Sendable () -> ScriptVersionID?
    let observe: @Sendable (IngestEvent) -> Void
    let keeper: ResultKeeper
    let watcher: InboxWatcher
    nonisolated let wake: WakeUp
    nonisolated let stop: StopSignal
    private let executor = QueueExecutor("tidemill.ingest")

    var isOnce = false
    var totals = IngestTotals()
    /// Registered and not processed, in order.
    var pending: Deque<ClaimedDelivery> = []
    /// Complete files that a look found, by inbox, not claimed yet.
    var ready: [ArraySlice<InboxFile>]
    var looks: [InboxStateMachine.Look]
    /// Claimed files whose row could not be written yet.
    var unregistered: [ClaimedFile] = []
    /// Finished rows whose files are to be moved and reported.
    var unkept: [DeliveryID] = []
    var unkeptLeft = 0
    /// Deliveries that broke the processing of a group: they are processed alone.
    var alone: Set<DeliveryID> = []
    /// Deliveries that an ended worker left: whether they end workers is not known yet.
    var suspects: Set<DeliveryID> = []
    var parked: [Parked] = []
    /// How often a delivery that is alone has failed.
    var attempts: [DeliveryID: Backoff] = [:]
    /// When a delivery that is held because its file cannot be read is tried again.
    var unreachableUntil: [DeliveryID: ContinuousClock.Instant] = [:]
    /// Files whose end is waited for.
    var tails: [DeliveryID: Tail] = [:]
    var retryAt: ContinuousClock.Instant?
    var retry = Backoff()
    var ownersCheckedAt: ContinuousClock.Instant?
    var wasPaused = false
    /// Files of other spools' deliveries that lie in this one's `work/`; said once each.
    var strangers: Set<DeliveryID> = []
    /// Whether a worker on another host, or in a copy, has the spool open, too.
    var isElsewhereToo = false
    /// The look at kept files that is under way.
    var lookingAtKept: Task<Void, Never>?
    /// Why an inbox cannot be looked at, by inbox; said once.
    var lookTrouble: [String?]

    /// A delivery whose processing throws, waiting for another attempt while others go on.
    struct Parked {
        var delivery: ClaimedDelivery
        var backoff: Backoff
        var next: ContinuousClock.Instant
        /// Why its file cannot be read, where that is what it waits for.
        var unreachable: String?
    }

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// `accepts` says for each inbox, by its configured path, which kinds of record it takes.
    public init(
        spool: Spool, store: any Store, processor: any DeliveryProcessing, accepts: [String: Set<RecordKind>],
        time: WorkerTime = .system, usesEvents: Bool = true, logger: Logger,
        scriptVersion: @escaping @Sendable () -> ScriptVersionID? = { nil },
        observe: @escaping @Sendable (IngestEvent) -> Void = { _ in }
    ) {
        self.spool = spool
        self.store = store
        self.processor = processor
        self.accepts = accepts
        self.time = time
        self.logger = logger
        self.scriptVersion = scriptVersion
        self.observe = observe
        let wake = WakeUp()
        self.wake = wake
        stop = StopSignal(wake: wake)
        keeper = ResultKeeper(spool, store: store, wallclock: time.wallclock, logger: logger)
        // A queue of its own: wake-ups are read while the loop is busy.
        watcher = InboxWatcher(
            spool, queue: DispatchQueue(label: "tidemill.inotify"), wake: wake, start: time.now(),
            usesEvents: usesEvents)
        ready = watcher.inboxes.map { _ in [] }
        looks = watcher.inboxes.map { _ in InboxStateMachine.Look() }
        lookTrouble = watcher.inboxes.map { _ in nil }
    }

    /// Ends the loop in good order, from any thread.
    public nonisolated func requestStop() { stop.request() }

    /// Runs until stopped; with `once`, until all that is waiting is handled.
    @discardableResult
    public func run(once: Bool = false) async throws -> IngestTotals {
        isOnce = once
        try await recover()
        var onceDeadline: ContinuousClock.Instant?
        while !isStopping {
            if watcher.workerHasEnded() || ownersCheckIsDue { try await recover() }
            if let pause = try await pauseInForce() {
                totals.pauseReason = pause.reason
                await keepFinished()
                if once { break }
                await wake.wait(atMost: Self.pausePoll, sleep: time.sleep)
                continue
            }
            try await claimMore()
            let group = nextGroup()
            guard group.isEmpty else {
                onceDeadline = nil
                try await process(group)
                continue
            }
            await keepFinished()
            if once {
                if isFinished { break }
                let deadline = onceDeadline ?? time.now().advanced(by: onceGrace)
                onceDeadline = deadline
                if time.now() >= deadline { break }
            }
            observe(.idle)
            await wake.wait(atMost: idleWait, sleep: time.sleep)
        }
        await keepFinished()
        if once, !isStopping { try await holdParked() }
        await lookAtKept()
        totals.refused = looks.reduce(0) { $0 + $1.refusedTotal }
        if once, !isStopping {
            totals.left = pending.count + parked.count + unregistered.count + looks.reduce(0) { $0 + $1.waiting }
            totals.unreadable = lookTrouble.count { $0 != nil }
        }
        return totals
    }

    /// At the end of `run --once` waiting has an end.
    private func holdParked() async throws {
        for item in parked {
            if let message = item.unreachable { try await holdUnreachable(item.delivery, message) }
        }
        parked.removeAll { $0.unreachable != nil }
    }

    var isStopping: Bool { stop.isRequested || Task.isCancelled }

    /// How long `run --once` waits for a file that goes on changing, or for trouble to pass.
    var onceGrace: Duration { max(spool.settings.settle * 3, spool.settings.settle + .seconds(10)) }

    /// Whether nothing is waiting, whatever for.
    private var isFinished: Bool {
        pending.isEmpty && parked.isEmpty && unregistered.isEmpty && unkept.isEmpty && unkeptLeft == 0
            && looks.allSatisfy { $0.waiting == 0 && !$0.hasMore } && ready.allSatisfy(\.isEmpty)
            && lookTrouble.allSatisfy { $0 == nil }
    }

    /// Until when nothing can be due, unless something wakes.
    private var idleWait: Duration {
        let now = time.now()
        var until = now.advanced(by: spool.settings.rescan)
        // What lies in the inboxes is due only while there is room for it.
        for (index, look) in looks.enumerated() where canClaim && lookTrouble[index] == nil {
            // Another worker was faster with all that was tried; there is more.
            if look.hasMore || !ready[index].isEmpty { return .zero }
            until = min(until, look.next ?? until)
        }
        for item in parked { until = min(until, item.next) }
        if let retryAt { until = min(until, retryAt) }
        if unkeptLeft > 0 { until = min(until, now.advanced(by: .seconds(1))) }
        return max(.zero, now.duration(to: until))
    }

    // MARK: - Trouble that passes

    /// Does `body`, again and again while the trouble is one that passes. Nil when the worker stops meanwhile; throws
    /// what does not pass, and in `run --once` after a minute what does.
    func insist<T>(_ what: String, _ body: () throws -> T) async throws -> T? {
        var backoff = Backoff()
        while true {
            do {
                let result = try body()
                if backoff.failures > 0 { logger.notice("\(what): works again") }
                return result
            } catch  where Self.passes(error) {
                if isStopping { return nil }
                if isOnce, backoff.failures >= 12 { throw error }
                let wait = backoff.next()
                if backoff.failures == 1 || backoff.failures % 30 == 0 {
                    logger.error("\(what): \(error); trying again")
                    observe(.waiting(reason: "\(error)"))
                }
                await stop.wait(atMost: wait, sleep: time.sleep)
            }
        }
    }

    static func passes(_ error: any Error) -> Bool {
        if let error = error as? StoreError { return error.isTransient }
        if let error = error as? SpoolError { return error.isTransient }
        return false
    }

    // MARK: - Pauses

    private func pauseInForce() async throws -> Pause? {
        guard
            let found = try await insist(
                "reading the pauses", { try store.read { try Pauses.find(Pauses.ingest, on: $0) } })
        else { return nil }
        if let found {
            if !wasPaused {
                logger.warning("ingest is paused by \(found.pausedBy): \(found.reason)")
                observe(.paused(reason: found.reason))
            }
            wasPaused = true
            return found
        }
        totals.pauseReason = nil
        if wasPaused {
            wasPaused = false
            logger.notice("ingest goes on")
            observe(.resumed)
            // What was held may be released.
            try await loadOwn()
        }
        return nil
    }
}
