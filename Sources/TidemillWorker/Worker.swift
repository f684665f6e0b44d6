public import Logging
public import ServiceLifecycle
public import TidemillCore
public import TidemillIngest
import TidemillOperations
public import TidemillRuns
public import TidemillStore
public import TidemillTriggers

/// The worker: the spool's ingest and what runs beside it, started in order and stopped in good order.
public struct Worker: Sendable {
    public struct Settings: Sendable {
        public var spool: SpoolSettings
        /// Which kinds of record each inbox takes, by its configured path.
        public var accepts: [String: Set<RecordKind>]
        public var keepDone: Duration
        public var shutdownGrace: Duration

        public init(
            spool: SpoolSettings, accepts: [String: Set<RecordKind>], keepDone: Duration = .seconds(30 * 86_400),
            shutdownGrace: Duration = .seconds(30)
        ) {
            self.spool = spool
            self.accepts = accepts
            self.keepDone = keepDone
            self.shutdownGrace = shutdownGrace
        }
    }

    /// What starts runs of jobs and grant rules.
    public struct RunParts: Sendable {
        public var runs: Runs
        /// Signalled by whatever else may trigger a run.
        public var wake: WakeUp
        /// Why the clock is not to be believed.
        public var clockDoubt: @Sendable (Timestamp) throws -> String?
        /// Beats each time it is looked what is due.
        public var pulse: Pulse

        public init(
            runs: Runs, wake: WakeUp, pulse: Pulse = Pulse(),
            clockDoubt: @escaping @Sendable (Timestamp) throws -> String?
        ) {
            self.runs = runs
            self.wake = wake
            self.pulse = pulse
            self.clockDoubt = clockDoubt
        }
    }

    /// Rounds of `runOnce` in which runs and recharges cause each other.
    private static let roundsMax = 20

    private let settings: Settings
    private let loop: IngestLoop
    private let maintenance: Maintenance
    private let services: [any Service]
    private let recharger: Recharger?
    private let dispatcher: RunDispatcher?
    private let signals: SignalWatch
    private let reload: @Sendable () -> Void
    private let stopping: @Sendable () -> Void
    private let time: WorkerTime
    private let logger: Logger

    /// Opens the spool. `services` run beside the ingest, started before it: the reload of scripts. `recharger` runs
    /// beside it, too, and in `runOnce` after it, when balances are what they will be. `clock` is the one that these ask.
    /// `reload` is what `signals` calls on SIGHUP; `stopping` is told when it begins to end. `scriptVersion` is the version in force, remembered with the brake of
    /// promise 7 of architecture.md.
    public init(
        _ settings: Settings, store: any Store, processor: any DeliveryProcessing,
        maintenance stores: [any StoreMaintenance] = [], services: [any Service] = [],
        recharger: Recharger? = nil, runs: RunParts? = nil, clock: ClockWatch? = nil,
        scriptVersion: @escaping @Sendable () -> ScriptVersionID? = { nil },
        signals: SignalWatch = SignalWatch(), reload: @escaping @Sendable () -> Void = {},
        stopping: @escaping @Sendable () -> Void = {},
        time: WorkerTime = .system, logger: Logger,
        observe: @escaping @Sendable (IngestEvent) -> Void = { _ in }
    ) throws {
        let storeID = try store.read { try StoreIdentity.id(on: $0) }
        let spool = try Spool(settings.spool, storeID: storeID, logger: logger)
        try KnownSpool.enter(spool, store: store, now: time.wallclock.now)
        self.settings = settings
        self.services = services
        self.recharger = recharger
        dispatcher = runs.map { parts in
            RunDispatcher(
                parts.runs, out: OutFolder(spool), time: time, grace: settings.shutdownGrace * 3 / 4,
                wake: parts.wake, pulse: parts.pulse, clockDoubt: parts.clockDoubt, logger: logger)
        }
        self.signals = signals
        self.reload = reload
        self.stopping = stopping
        self.time = time
        self.logger = logger
        loop = IngestLoop(
            spool: spool, store: store, processor: processor, accepts: settings.accepts, time: time, logger: logger,
            scriptVersion: scriptVersion,
            observe: { event in
                // What a delivery brought may trigger a run.
                if case .finished = event { runs?.wake.signal() }
                observe(event)
            })
        maintenance = Maintenance(
            spool: spool, keepDone: settings.keepDone, stores: stores, clock: clock ?? ClockWatch(store, time: time),
            time: time, logger: logger)
    }

    /// Works until SIGINT or SIGTERM, or until the task is cancelled.
    public func run() async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var configuration = ServiceGroupConfiguration(
            services: (services + [IngestService(loop)] + beside
                + [MaintenanceService(maintenance), IdleMemoryService(time: time)]).map {
                    .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
                }, logger: quiet)
        configuration.maximumGracefulShutdownDuration = settings.shutdownGrace
        let group = ServiceGroup(configuration: configuration)
        signals.serve(
            SignalWatch.Served(grace: settings.shutdownGrace, logger: logger) { [stopping] in
                stopping()
                // Nothing to await: the group's own state says that it ends, before it runs, too.
                Task { await group.triggerGracefulShutdown() }
            } reload: { [reload] in
                reload()
            })
        try await group.run()
    }

    private var beside: [any Service] {
        (recharger.map { [RechargeService($0)] } ?? []) + (dispatcher.map { [RunService($0)] } ?? [])
    }

    /// Handles all that is waiting and due, then returns. A signal stops it in good order.
    public func runOnce() async throws -> IngestTotals {
        signals.serve(
            SignalWatch.Served(grace: settings.shutdownGrace, logger: logger) { [loop, recharger, dispatcher] in
                loop.requestStop()
                recharger?.requestStop()
                dispatcher?.requestStop()
            } reload: {
            })
        var totals = try await loop.run(once: true)
        // What expires by time alone may bring a wallet below its threshold.
        await maintenance.runOnce()
        // A run may empty a wallet, and a recharge may start a run.
        for _ in 0..<Self.roundsMax {
            let ran = await dispatcher?.runOnce() ?? RunTotals()
            totals.runs.add(ran)
            let recharged = await recharger?.runOnce() ?? RechargeTotals()
            totals.recharges.add(recharged)
            if ran == RunTotals(), recharged.wallets == 0 { break }
        }
        return totals
    }
}
