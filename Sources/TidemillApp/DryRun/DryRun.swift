import Dispatch
import Foundation
import TidemillCore
import TidemillDisplay
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillStore
import TidemillTriggers
import TidemillWorker

/// A copy of the store in which a command does what it would do, and of which nothing is kept: no file is claimed, no
/// slot used up, no gateway asked, and writers of the store go on meanwhile (storage.md, "Dry run").
///
/// The copy lies beside the store, because it is as large and as private; interrupted, it is removed by the signal's
/// handler or by the next dry run.
final class DryRun: Sendable {
    let app: AppAssembly
    let gateway: DryRunGateway
    private let source: AppConfig
    private let folder: ScratchFolder
    private let mark: StoreMark
    private let lastMessage: Int64
    private let begin: Timestamp
    private let interrupts: SignalSources?

    /// Copies the store. `output` shows how far that is; without one somebody else looks after the process's signals.
    init(_ config: AppConfig, _ output: Output?) throws {
        source = config
        let parent = Self.nearestFolder(above: config.store.path)
        let size = Self.size(of: config.store.path)
        let free = Self.room(in: parent)
        guard size < free else {
            throw CommandFailure(
                .failed, code: "full",
                "a dry run copies the store of \(Figures.grouped(size)) bytes, and \(Figures.grouped(free)) are free beside it; free some space"
            )
        }
        do {
            folder = try ScratchFolder(in: parent, prefix: ".tidemill-dry-run-")
        } catch {
            throw CommandFailure(
                .failed, code: "unavailable",
                "a dry run copies the store beside it, and \(parent.path) cannot be written; check its owner and mode")
        }
        // The copy goes when a person or a supervisor ends the dry run.
        let copied = folder
        interrupts = output.map { _ in
            SignalSources([SIGINT, SIGTERM, SIGHUP], on: .global()) { number in
                copied.remove()
                _exit(128 + number)
            }
        }
        do {
            let copy = folder.url.appending(path: "store.db").path
            if FileManager.default.fileExists(atPath: config.store.path) {
                let bar = output.map { ShareBar($0, "copying the store") }
                defer { bar?.clear() }
                try SQLiteStore.copy(config.store.path, to: copy) { bar?.show($0, of: $1) }
            }
            var tried = config
            tried.store.url = "sqlite:\(copy)"
            tried.spool.path = folder.url.appending(path: "spool").path
            // All inboxes lie in that spool, wherever the real ones are.
            for index in tried.spool.inboxes.indices where tried.spool.inboxes[index].path.contains("/") {
                tried.spool.inboxes[index].path = "inbox-\(index + 1)"
            }
            gateway = DryRunGateway(isPaid: config.payments.gateway != .none)
            app = try AppAssembly(tried, durability: .unsynced, dryRunGateway: gateway)
            begin = app.clock.now
            mark = try app.store.read { try StoreMark($0) }
            lastMessage = try app.store.read { try Emissions($0).list(limit: 1) }.first?.sequence ?? 0
        } catch {
            folder.remove()
            throw error
        }
    }

    deinit {
        // What is left of it is removed with its folder.
        try? app.store.close()
        folder.remove()
    }

    /// Copies what the worker would take from the spool. The copy of the spool works as long as the answer is kept.
    func copySpool() async throws -> SpoolCopy {
        let spools = (AppAssembly.spoolSettings(source), AppAssembly.spoolSettings(app.config))
        let copy = try await SpoolCopy(
            of: spools.0, to: spools.1, room: Self.room(in: folder.url), clock: app.clock
        ) { try await Task.sleep(for: $0) }
        // A copy on purpose: in this store nobody knows of the original.
        if let id = try Spool.id(at: spools.1.path) { try app.store.write { try Spools.forget(id, on: $0) } }
        return copy
    }

    /// What it came to.
    func report() throws -> DryRunReport {
        let written = try app.store.read {
            try WrittenSince(mark, limit: DryRunReport.rowsMax, now: app.clock.now, on: $0)
        }
        let messages = try app.store.read { try Emissions($0).list(limit: Int64(DryRunReport.rowsMax)) }
        let rejected = try app.store.read {
            try RejectedRecords.list(RejectedSelection(since: begin, limit: DryRunReport.rowsMax), on: $0)
        }
        let runs = try app.store.read { connection in
            try RunTable(connection).list(limit: Int64(DryRunReport.rowsMax))
                .filter { $0.startedAt ?? $0.createdAt >= begin }.reversed()
                .map { run in
                    (run, run.kind == .grant ? try RuleGrants(connection).list(of: run.id) : [])
                }
        }
        return DryRunReport(
            written, charges: gateway.charges, messages: messages.filter { $0.sequence > lastMessage }.reversed(),
            rejected: rejected, runs: runs)
    }

    // MARK: - Room

    private static func size(of store: String) -> Int64 {
        [store, store + "-wal"].reduce(0) { sum, path in
            // What is not there takes no room.
            sum + ((try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64) ?? 0)
        }
    }

    /// The store's folder, or what there is of it: a dry run makes none that is missing.
    private static func nearestFolder(above store: String) -> URL {
        var folder = URL(filePath: store).deletingLastPathComponent()
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path) {
            folder.deleteLastPathComponent()
        }
        return folder
    }

    /// Bytes that are free there; all there may be where nobody tells.
    private static func room(in folder: URL) -> Int64 {
        var status = statvfs()
        guard statvfs(folder.path, &status) == 0 else { return .max }
        return Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }
}
