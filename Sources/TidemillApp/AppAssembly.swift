import Foundation
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// How the parts fit together: the only place that knows every module. Each command opens what it needs.
struct AppAssembly {
    let config: AppConfig
    let store: SQLiteStore
    let clock: any Wallclock = SystemWallclock()

    /// Loads the configuration and opens the store, creating it when it is missing.
    init(_ options: GlobalOptions) throws {
        try self.init(options.loadConfig())
    }

    init(_ config: AppConfig) throws {
        self.config = config
        store = try SQLiteStore(path: config.store.path, environment: config.environment)
    }

    /// The engine that meters events. Records of the other kinds are performed by the backend.
    func engine() throws -> EventEngine {
        try EventEngine(
            store: store,
            options: EventEngine.Options(
                dedupeWindow: config.events.dedupeWindow.components.seconds,
                keep: config.events.keep.components.seconds),
            performer: { _, _, _, _ in .applied(answer: nil) })
    }

    func backend() -> EmbeddedBackend {
        EmbeddedBackend(
            store: store,
            settings: EmbeddedBackend.Settings(maxFutureSeconds: config.events.maxFuture.components.seconds))
    }
}
