import Logging
import TidemillCore
import TidemillOperations
import TidemillStore
import TidemillTriggers

/// Moves finished files out of `work/`, writes their reports and then says so in the store: behind the ingest, on a
/// thread of its own. What fails stays here and is tried again.
actor ResultKeeper {
    let files: ResultFiles
    let store: any Store
    let logger: Logger
    private let executor = QueueExecutor("tidemill.results")
    private var backlog: [DeliveryID] = []
    /// What is in `backlog`: recovery offers the same deliveries again and again while they are not kept.
    private var waiting: Set<DeliveryID> = []
    private var hasFailed = false
    /// Kept files that may still have a writer.
    var watched: [Watched] = []

    /// Below this many files each report is synced by itself; a whole filesystem is synced for more.
    private static let syncEachMax = 16

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ spool: Spool, store: any Store, logger: Logger) {
        files = ResultFiles(spool)
        self.store = store
        self.logger = logger
    }

    /// Keeps these and what an earlier call left. Returns the names that are acknowledged now, and how many are left
    /// because of trouble that may pass.
    func keep(_ finished: [DeliveryID]) -> (acknowledged: [String], left: Int) {
        backlog += finished.filter { waiting.insert($0).inserted }
        guard !backlog.isEmpty else { return ([], 0) }
        do {
            let names = try keepAll()
            backlog.removeAll()
            waiting.removeAll()
            if hasFailed { logger.notice("result files are written again") }
            hasFailed = false
            return (names, 0)
        } catch {
            if !hasFailed {
                logger.error("result files of \(backlog.count) deliveries are not written yet: \(error)")
            }
            hasFailed = true
            return ([], backlog.count)
        }
    }

    private func keepAll() throws -> [String] {
        let deliveries = try store.read { connection in
            try backlog.compactMap { id in
                try DeliveryLedger.find(id, on: connection).map {
                    ($0, hasAnswers: try !DeliveryLedger.answers(of: id, limit: 1, on: connection).isEmpty)
                }
            }
        }
        let syncEach = deliveries.count <= Self.syncEachMax
        var kept: [(id: DeliveryID, path: String)] = []
        var late: [LateWrite] = []
        for (delivery, hasAnswers) in deliveries where !delivery.isAcknowledged {
            guard let claim = ClaimID(delivery.id.text), let file = delivery.finishedFile(claim) else { continue }
            let name = try files.move(file)
            let found = try compare(delivery, file, name)
            if let found { late.append(found) }
            let report = DeliveryReport(delivery: delivery, hasAnswers: hasAnswers, late: found, store: store)
            try files.writeReport(file, keptAs: name, durably: syncEach) { try report.write(to: &$0) }
            kept.append((delivery.id, files.path(of: name, file)))
        }
        // Before the store says so: an acknowledged report survives a power cut.
        if !syncEach { try files.sync() }
        try store.write { connection in
            try DeliveryLedger.acknowledge(kept, on: connection)
            for write in late { _ = try LateWrites.note(write, on: connection) }
        }
        return deliveries.map { $0.0.name }
    }
}
