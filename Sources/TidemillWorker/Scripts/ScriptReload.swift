public import Logging
public import ServiceLifecycle
import Synchronization
import TidemillCore
import TidemillScripting
import TidemillStore
import TidemillTriggers

/// Takes changed scripts while the worker runs: when the folder has been quiet, or at once on SIGHUP. A broken version is
/// reported and the last good one goes on.
public actor ScriptReload {
    /// How often the folder is looked at.
    static let interval = Duration.seconds(2)

    private let start: ScriptStart
    private let scripts: ScriptsInForce
    private let time: WorkerTime
    private let logger: Logger
    private let onChange: @Sendable () -> Void
    private let executor = QueueExecutor("tidemill.scripts")
    private var watch: ScriptWatch
    /// The store would not take the version: it is tried again at the next look.
    private var mustTakeAgain = false
    private nonisolated let wake = WakeUp()
    private nonisolated let isRequested = Mutex(false)

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// `scripts` are those that `start` took; `onChange` is called when others rule.
    public init(
        _ start: ScriptStart, scripts: ScriptsInForce, time: WorkerTime = .system, logger: Logger,
        onChange: @escaping @Sendable () -> Void = {}
    ) {
        self.start = start
        self.scripts = scripts
        self.time = time
        self.logger = logger
        self.onChange = onChange
        // What was taken a moment ago: a change since then is one.
        watch = ScriptWatch(taken: start.folder.fingerprint())
    }

    /// Takes what is there now, from any thread.
    public nonisolated func reloadNow() {
        isRequested.withLock { $0 = true }
        wake.signal()
    }

    /// Watches until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            let next = look()
            await wake.wait(atMost: next, sleep: time.sleep)
        }
    }

    /// Looks once; returns how long to wait for the next look.
    func look() -> Duration {
        let isRequested = isRequested.withLock { requested in
            defer { requested = false }
            return requested
        }
        let fingerprint = start.folder.fingerprint()
        let now = time.wallclock.now
        let action =
            isRequested || mustTakeAgain ? watch.takeNow(fingerprint) : watch.see(fingerprint, at: now)
        switch action {
        case .none: return Self.interval
        case .lookAgain(let instant):
            let wait = Duration.microseconds(instant.microseconds - now.microseconds)
            return max(.milliseconds(10), min(wait, Self.interval))
        case .take:
            take()
            return Self.interval
        }
    }

    private func take() {
        mustTakeAgain = false
        do {
            let rules = try start.takeFolder()
            guard rules.version != scripts.version else { return }
            scripts.replace(with: rules)
            logger.notice("scripts changed: version \(rules.version.text.prefix(12)) rules from the next batch on")
            onChange()
        } catch let error as ScriptLoadError {
            for problem in error.problems { logger.error("\(problem)") }
            logger.error("the changed scripts are broken; version \(scripts.version.text.prefix(12)) goes on")
        } catch {
            mustTakeAgain = true
            logger.error("the changed scripts cannot be taken yet: \(error)")
        }
    }
}

/// The reload as a service: ends when the shutdown begins.
public struct ScriptReloadService: Service {
    private let reload: ScriptReload

    public init(_ reload: ScriptReload) {
        self.reload = reload
    }

    public func run() async {
        await cancelWhenGracefulShutdown { await reload.run() }
    }
}
