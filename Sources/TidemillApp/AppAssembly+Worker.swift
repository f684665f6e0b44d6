import Foundation
import Logging
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillServer
import TidemillStore
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

    /// Makes invoices final; what lies in this spool, and in others that this machine sees, is waited for.
    var invoiceUpkeep: InvoiceUpkeep {
        let (spool, store) = (spoolSettings, store)
        return InvoiceUpkeep(store: store, settings: config.engineSettings) {
            let own = try Spool.id(at: spool.path)
            let others = try store.read { try Spools.list(on: $0) }.map(\.spool).filter { $0.id != own }
            return ([try Spool.oldestFile(spool)] + others.map { $0.oldestFile(sizeMax: spool.sizeMax) })
                .compactMap { $0 }.min()
        }
    }

    /// How the worker stands, in the words of the first line of `status`, with what it is about. What cannot be looked at
    /// now is said by the log.
    private func headline() -> String? {
        guard let report = try? Status(self, now: clock.now).report else { return nil }
        let named = Set(report.attention.map(\.code))
        let codes = AttentionCode.allCases.filter { named.contains($0) }.map(\.rawValue)
        return codes.isEmpty ? report.headline : "\(report.headline): \(codes.joined(separator: ", "))"
    }

    func worker(
        _ scripts: ScriptsInForce, _ reload: ScriptReload, _ own: Ingest? = nil, signals: SignalWatch,
        logger: Logger, stopping: @escaping @Sendable () -> Void = {},
        observe: @escaping @Sendable (IngestEvent) -> Void = { _ in }
    ) throws -> Worker {
        let ingest = try own ?? ingest(rules: { scripts.rules })
        let clock = ClockWatch(store)
        let runs = try runParts(scripts, ingest.engine, clock: clock, logger: logger)
        let notices = ServiceManagerNotices(
            environment: ProcessInfo.processInfo.environment, pulse: runs.pulse, status: { headline() })
        let configured = ConfigReload(config, logger: logger)
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
            services: [reload] + (notices.map { [$0] } ?? []),
            recharger: try recharger(scripts, clock: clock, logger: logger), runs: runs, clock: clock,
            scriptVersion: { scripts.version }, signals: signals,
            reload: {
                configured.look()
                reload.takeNow()
            },
            stopping: stopping, logger: logger, observe: observe)
    }
}

extension KnownSpool {
    /// The oldest file that waits in its inboxes or is in work. Nil also where this machine does not see the folder: on
    /// another one, or not there any more. What cannot be looked at may hold a file, and is waited for as one is.
    func oldestFile(sizeMax: Int64) -> Timestamp? {
        guard host == Spool.hostName, FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return try Spool.oldestFile(SpoolSettings(path: path, inboxes: inboxes, sizeMax: sizeMax))
        } catch {
            return Timestamp(microseconds: 0)
        }
    }
}
