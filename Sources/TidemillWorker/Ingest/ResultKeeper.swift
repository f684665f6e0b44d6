import DequeModule
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
    let wallclock: any Wallclock
    let logger: Logger
    /// Whose results they are: those that earlier workers of the spool kept are looked at, too.
    let spool: String
    private let executor = QueueExecutor("tidemill.results")
    private var backlog: [DeliveryID] = []
    /// What is in `backlog`: recovery offers the same deliveries again and again while they are not kept.
    private var waiting: Set<DeliveryID> = []
    private var hasFailed = false
    /// Kept files that may still have a writer, those first that were looked at longest ago.
    var watched: Deque<Watched> = []
    /// Whether the files that earlier workers kept are among them.
    var hasRemembered = false
    var hasToldFull = false

    /// Below this many files each report is synced by itself; a whole filesystem is synced for more.
    private static let syncEachMax = 16

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ spool: Spool, store: any Store, wallclock: any Wallclock, logger: Logger) {
        files = ResultFiles(spool)
        self.spool = spool.id
        self.store = store
        self.wallclock = wallclock
        self.logger = logger
    }

    struct Kept {
        /// The names that are acknowledged now.
        var acknowledged: [String] = []
        /// How many are left because of trouble that may pass.
        var left = 0
        /// How many were written to after they had been taken.
        var grown = 0
    }

    /// Keeps these and what an earlier call left.
    func keep(_ finished: [DeliveryID]) -> Kept {
        backlog += finished.filter { waiting.insert($0).inserted }
        guard !backlog.isEmpty else { return Kept() }
        do {
            let kept = try keepAll()
            backlog.removeAll()
            waiting.removeAll()
            if hasFailed { logger.notice("result files are written again") }
            hasFailed = false
            return kept
        } catch {
            if !hasFailed {
                logger.error(
                    "result files of \(backlog.count) deliveries are not written yet: \(error)",
                    metadata: ["deliveries": .number(backlog.count)])
            }
            hasFailed = true
            return Kept(left: backlog.count)
        }
    }

    private func keepAll() throws -> Kept {
        let deliveries = try store.read { connection in
            try backlog.compactMap { id in
                try DeliveryLedger.find(id, on: connection).map {
                    ($0, hasAnswers: try !DeliveryAnswers.list(of: id, limit: 1, on: connection).isEmpty)
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
        let now = wallclock.now
        let new = try store.write { connection in
            try DeliveryLedger.acknowledge(kept, on: connection)
            return try late.filter { try LateWrites.note($0, at: now, on: connection) }
        }
        for write in new { tell(write) }
        return Kept(acknowledged: deliveries.map { $0.0.name }, grown: new.count)
    }
}
