import Foundation
import Logging
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillServer
import TidemillTriggers
import TidemillWorker

extension AppAssembly {
    /// The spool's settings, as the worker and `status` use them.
    var spoolSettings: SpoolSettings { Self.spoolSettings(config) }

    static func spoolSettings(_ config: AppConfig) -> SpoolSettings {
        SpoolSettings(
            path: config.spool.path, inboxes: config.spool.inboxes.map(\.path), settle: config.spool.settle,
            rescan: config.spool.rescan, sizeMax: config.spool.maxFile)
    }

    /// Makes invoices final; what lies in the spool is waited for.
    var invoiceUpkeep: InvoiceUpkeep {
        let spool = spoolSettings
        return InvoiceUpkeep(store: store, settings: config.engineSettings) { try Spool.oldestFile(spool) }
    }

    func worker(
        _ scripts: ScriptsInForce, _ reload: ScriptReload, _ own: Ingest? = nil, signals: SignalWatch,
        logger: Logger, stopping: @escaping @Sendable () -> Void = {},
        observe: @escaping @Sendable (IngestEvent) -> Void = { _ in }
    ) throws -> Worker {
        let ingest = try own ?? ingest(rules: { scripts.rules })
        let clock = ClockWatch(store)
        let accepts = Dictionary(config.spool.inboxes.map { ($0.path, $0.accept) }) { $1 }
        return try Worker(
            Worker.Settings(
                spool: spoolSettings, accepts: accepts, keepDone: config.spool.keepDone,
                shutdownGrace: config.worker.shutdownGrace),
            store: store, processor: ingest.processor,
            maintenance: [
                ingest.engine.lifecycle, invoiceUpkeep, ingest.engine,
                KeyRetention(store: store, keepSeconds: config.events.dedupeWindow.components.seconds),
                RunRetention(store: store, keepSeconds: config.decisions.keepRuns.components.seconds),
                RequestKeyRetention(store: store),
                RechargeRetention(store: store, keepSeconds: config.decisions.keepPolicies.components.seconds),
            ],
            services: [reload]
                + (ServiceManagerNotices(environment: ProcessInfo.processInfo.environment).map { [$0] } ?? []),
            recharger: try recharger(scripts, clock: clock, logger: logger),
            runs: try runParts(scripts, ingest.engine, clock: clock, logger: logger), clock: clock,
            scriptVersion: { scripts.version }, signals: signals, reload: { reload.takeNow() },
            stopping: stopping, logger: logger, observe: observe)
    }
}
