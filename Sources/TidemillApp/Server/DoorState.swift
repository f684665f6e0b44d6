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
            if !Self.hasRoom(URL(filePath: served.app.config.store.path).deletingLastPathComponent().path) {
                reasons.append("store_not_writable")
            }
        } catch {
            reasons.append("store_not_writable")
        }
        let folders = served.app.config.spool.inboxes.map { served.app.spoolSettings.folder(ofInbox: $0.path) }
        if folders.contains(where: { !Self.isWritableFolder($0) || !Self.hasRoom($0) }) {
            reasons.append("spool_not_writable")
        }
        // What cannot be read is not writable either, which is said.
        if (try? served.app.store.read { try Pauses.find(Pauses.ingest, on: $0) }) != nil {
            reasons.append("ingest_paused")
        }
        return reasons
    }

    /// What a webhook or a transaction takes at least, and a little more.
    private static let roomMin: Int64 = 1 << 20

    /// Where nobody tells, there is room.
    private static func hasRoom(_ path: String) -> Bool {
        let free = try? FileManager.default.attributesOfFileSystem(forPath: path)[.systemFreeSize] as? Int64
        return (free ?? roomMin) >= roomMin
    }

    private static func isWritableFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
            && FileManager.default.isWritableFile(atPath: path)
    }
}
