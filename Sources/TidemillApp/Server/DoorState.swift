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
    }

    private let served = Mutex<Served?>(nil)

    func begin(_ new: Served) { served.withLock { $0 = new } }

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

    // MARK: - Metrics

    private static let build = Metric(
        "tidemill_build_info", .gauge, "Which program this is.", labels: ["version", "commit"])
    private static let files = Metric("tidemill_spool_files", .gauge, "Files in the spool.", labels: ["state"])
    private static let oldest = Metric(
        "tidemill_spool_oldest_file_age_seconds", .gauge, "How long the oldest file has waited; 0 for none.")
    private static let rejected = Metric(
        "tidemill_rejected_open", .gauge, "Rejected records that wait for a decision.")
    private static let runs = Metric(
        "tidemill_runs", .gauge, "Runs that have not ended, or not well.", labels: ["state"])
    private static let messages = Metric(
        "tidemill_messages_unwritten", .gauge, "Messages of jobs that are not in out/ yet.")
    private static let tick = Metric(
        "tidemill_schedule_last_tick_timestamp_seconds", .gauge, "When the schedules were last looked at.")
    private static let wallets = Metric("tidemill_wallets", .gauge, "Wallets with auto-recharge.", labels: ["state"])
    private static let paused = Metric(
        "tidemill_paused", .gauge, "Whether it is paused; of jobs: how many.", labels: ["target"])
    private static let scripts = Metric(
        "tidemill_scripts_info", .gauge, "The scripts in force.", labels: ["version"])
    private static let size = Metric("tidemill_store_size_bytes", .gauge, "The store's files.", labels: ["part"])
    private static let free = Metric("tidemill_disk_free_bytes", .gauge, "Free space.", labels: ["volume"])
    private static let attention = Metric(
        "tidemill_attention", .gauge, "How many things of a kind a person should look at (docs/attention.md).",
        labels: ["code"])

    func write(into registry: MetricRegistry) throws {
        ProcessMetrics.write(into: registry)
        registry.replace(
            Self.build, with: [([TidemillVersion.number, TidemillVersion.commit ?? ""], 1)])
        guard let served = served.withLock({ $0 }) else { return }
        let context = CallContext(.engine("metrics"), now: served.app.clock.now)
        let answer = try served.host.performNow(.getStatus, [:], in: context)
        let status = try GetStatus.Output.shape.decode(answer, as: "the status")
        registry.replace(
            Self.files,
            with: [
                (["waiting"], Double(status.inbox.files)), (["refused"], Double(status.inbox.refused)),
                (["claimed"], Double(status.deliveries["claimed"] ?? 0)),
                (["held"], Double(status.deliveries["held"] ?? 0)),
            ])
        registry.set(Self.oldest, to: Double(status.inbox.oldestSeconds ?? 0))
        registry.set(Self.rejected, to: Double(status.rejected))
        registry.replace(
            Self.runs,
            with: [
                (["waiting"], Double(status.runs.waiting)), (["running"], Double(status.runs.running)),
                (["failed"], Double(status.runs.failed)), (["quarantined"], Double(status.runs.quarantined)),
            ])
        registry.set(Self.messages, to: Double(status.runs.unwrittenMessages))
        if let at = status.runs.lastTick { registry.set(Self.tick, to: Double(at.microseconds / 1_000_000)) }
        registry.replace(
            Self.wallets,
            with: [
                (["enabled"], Double(status.recharges.enabled)), (["capped"], Double(status.recharges.capped)),
                (["idle"], Double(status.recharges.idle)), (["stuck"], Double(status.recharges.stuck.count)),
            ])
        let names = status.paused.map(\.name)
        let parts = PauseTarget.parts.map(\.rawValue)
        registry.replace(
            Self.paused,
            with: parts.map { ([$0], names.contains($0) ? 1 : 0) }
                + [(["jobs"], Double(names.count { !parts.contains($0) }))])
        registry.replace(Self.scripts, with: status.scripts.map { [([String($0.version.prefix(12))], 1)] } ?? [])
        registry.replace(
            Self.attention,
            with: AttentionCode.allCases.map { code in
                ([code.rawValue], Double(status.attention.count { $0.code == code }))
            })
        let store = served.app.config.store.path
        registry.replace(
            Self.size, with: [(["database"], Self.bytes(store)), (["wal"], Self.bytes(store + "-wal"))])
        registry.replace(
            Self.free,
            with: [
                (["store"], Self.room(URL(filePath: store).deletingLastPathComponent().path)),
                (["spool"], Self.room(served.app.config.spool.path)),
            ])
    }

    /// What is not there takes no room.
    private static func bytes(_ path: String) -> Double {
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64
        return Double(size ?? 0)
    }

    /// Zero where nobody tells.
    private static func room(_ path: String) -> Double {
        let size = try? FileManager.default.attributesOfFileSystem(forPath: path)[.systemFreeSize] as? Int64
        return Double(size ?? 0)
    }
}
