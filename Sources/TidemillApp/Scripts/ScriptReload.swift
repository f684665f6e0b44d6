import Logging
import ServiceLifecycle
import Synchronization
import TidemillCore
import TidemillEngine
import TidemillScripting
import TidemillStore

/// Looks after the scripts folder and takes what changed, once it is quiet or on SIGHUP. A new version ends the brake's
/// pause: what it held is tried with the new scripts.
final class ScriptReload: Service {
    /// How often the folder is looked at.
    private static let pace = Duration.seconds(1)

    private let scripts: ScriptsInForce
    private let app: AppAssembly
    private let logger: Logger
    private let watch: Mutex<ScriptWatch>
    /// A look that fails is reported once, not every second.
    private let trouble = Mutex<String?>(nil)

    init(_ scripts: ScriptsInForce, _ app: AppAssembly, logger: Logger) {
        self.scripts = scripts
        self.app = app
        self.logger = logger
        watch = Mutex(ScriptWatch(taken: scripts.fingerprint))
    }

    func run() async {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                look()
                // Cancelled while waiting: the loop ends.
                try? await Task.sleep(for: Self.pace)
            }
        }
    }

    private func look() {
        guard app.config.scripts.reload else { return }
        let action = watch.withLock { $0.see(scripts.fingerprint, at: app.clock.now) }
        switch action {
        case .none, .lookAgain: break
        case .take: take()
        }
    }

    /// For SIGHUP: takes what is there now.
    func takeNow() {
        _ = watch.withLock { $0.takeNow(scripts.fingerprint) }
        take()
    }

    private func take() {
        do {
            if try scripts.reload() { try endBrake() }
            trouble.withLock { $0 = nil }
        } catch {
            let text = "\(error)"
            let isNew = trouble.withLock { last in
                defer { last = text }
                return last != text
            }
            if isNew { logger.error("the changed scripts cannot be taken now: \(text)") }
            // The change is seen again with the next look.
            watch.withLock { $0 = ScriptWatch(taken: "") }
        }
    }

    /// Lets deliveries go on that a rule of another version held.
    func endBrake() throws {
        let ended = try app.store.write {
            try IngestBrake.scriptsChanged(to: scripts.version, at: app.clock.now, on: $0)
        }
        if ended { logger.notice("ingest goes on: the scripts are others than those that failed") }
    }
}
