import Logging
import TidemillCore
import TidemillEngine
import TidemillStore

/// How the parts fit together: the only place that knows every module. Each command opens what it needs.
struct AppAssembly: Sendable {
    let config: AppConfig
    let store: SQLiteStore
    let clock: any Wallclock
    /// Asked in place of the configured gateway, in the copy of the store that a dry run makes; nil for real.
    let dryRunGateway: DryRunGateway?
    /// Performs the API's operations elsewhere, where the configuration says so; nil: the engine does.
    let service: ServiceClient?

    /// Loads the configuration and opens the store, creating it when it is missing.
    init(_ options: GlobalOptions) throws {
        try self.init(options.loadConfig())
    }

    /// A store that is thrown away when its command ends is `unsynced`.
    init(
        _ config: AppConfig, durability: SQLiteStore.Durability = .synced, clock: any Wallclock = SystemWallclock(),
        dryRunGateway: DryRunGateway? = nil, metrics: MetricRegistry = .unread
    ) throws {
        self.config = config
        self.clock = clock
        self.dryRunGateway = dryRunGateway
        service = config.client.backend == .stigg ? ServiceClient(config, readsOnly: dryRunGateway != nil) : nil
        store = try SQLiteStore(
            path: config.store.path, environment: config.environment, durability: durability, metrics: metrics)
        // A copy that is thrown away is looked at by a clock of its own.
        if durability == .synced { try NeglectedStore.pauseBilling(store, now: clock.now) }
    }

    /// The log of the configuration, on stderr. Call it once: a process has one log.
    func logger(_ output: Output) -> Logger {
        var logger = Self.logger(config, output)
        if dryRunGateway != nil { logger[metadataKey: "dryRun"] = .stringConvertible(true) }
        return logger
    }

    /// The same, where there is no store yet.
    static func logger(_ config: AppConfig, _ output: Output) -> Logger {
        StderrLogHandler.install(config.log, terminal: output.terminal)
        return Logger(label: "tidemill")
    }
}
