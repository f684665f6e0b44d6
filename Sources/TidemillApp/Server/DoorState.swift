import Foundation
import Synchronization
import TidemillCore
import TidemillOperations
import TidemillServer
import TidemillStore
import TidemillTriggers
import TidemillVersion

/// How the worker stands, for `/readyz` and `/metrics`.
final class DoorState: Sendable {
    struct Served: Sendable {
        let app: AppAssembly
        let host: OperatorBackend
        let scripts: ScriptsInForce
    }

    private let served = Mutex<Served?>(nil)

    func begin(_ new: Served) { served.withLock { $0 = new } }

    /// Writes what takes a query or a look at the disk.
    func gauges(into registry: MetricRegistry) throws {
        ProcessMetrics.write(into: registry)
        registry.replace(
            .buildInfo, with: [([TidemillVersion.number, TidemillVersion.commit ?? ""], 1)])
        if let served = served.withLock({ $0 }) { try served.gauges(into: registry) }
    }

    /// Why it does not do its work, as codes.
    func unready() -> [String] {
        guard let served = served.withLock({ $0 }) else { return ["migrating"] }
        var reasons: [String] = []
        do {
            // Takes the write lock, and writes nothing.
            try served.app.store.write { _ in }
        } catch {
            reasons.append("store_not_writable")
        }
        let folders = served.app.config.spool.inboxes.map { served.app.spoolSettings.folder(ofInbox: $0.path) }
        if folders.contains(where: { !FileManager.default.isWritableFile(atPath: $0) }) {
            reasons.append("spool_not_writable")
        }
        // What cannot be read is not writable either, which is said.
        if (try? served.app.store.read { try Pauses.find(Pauses.ingest, on: $0) }) != nil {
            reasons.append("ingest_paused")
        }
        return reasons
    }
}
