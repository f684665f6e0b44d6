import Logging
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTriggers

extension IngestLoop {
    var ownersCheckIsDue: Bool {
        guard let ownersCheckedAt else { return true }
        return ownersCheckedAt.duration(to: time.now()) >= spool.settings.rescan
    }

    /// Takes over what dead workers left: rows, and files that were claimed and not registered. Then loads what is this
    /// worker's and not finished.
    func recover() async throws {
        ownersCheckedAt = time.now()
        watchForCopy()
        compareKept()
        guard try await insist("recovering claims", { try takeOverDead() }) != nil else { return }
        try await loadOwn()
    }

    private func takeOverDead() throws {
        let me = spool.instance.tag
        let id = spool.id
        try adoptForgotten()
        try adoptUnassigned()
        // Rows and files first, the living after them: whoever is missing then is dead, not new.
        let rowOwners = try store.read { try DeliveryLedger.owners(inSpool: id, on: $0) }
        let files = try spool.claimedFiles()
        let others = try spool.otherWorkers()
        let dead = try died(
            rowOwners.union(files.map(\.claim.instance)).subtracting(others.live).subtracting([me]))
        let left = files.filter { dead.contains($0.claim.instance) }
        if !dead.isEmpty {
            let (taken, suspected, known, strange) = try store.write { connection in
                let suspected = Set(try DeliveryCrashes.left(by: dead, inSpool: id, on: connection))
                let known = try DeliveryLedger.known(left.map(\.claim.delivery), on: connection)
                let orphans = left.filter { !known.contains($0.claim.delivery) }
                try DeliveryLedger.register(orphans.map { Self.row($0) }, owner: me, spool: id, on: connection)
                let taken = try dead.reduce(orphans.count) {
                    try $0 + DeliveryLedger.takeOver(from: $1, by: me, inSpool: id, on: connection)
                }
                return (
                    taken, suspected, try DeliveryCrashes.known(suspected, on: connection),
                    try DeliveryLedger.ofOtherSpools(Array(known), than: id, on: connection)
                )
            }
            suspects.formUnion(suspected)
            alone.formUnion(known)
            if taken > 0 {
                logger.notice(
                    "took over \(taken) \(taken == 1 ? "delivery" : "deliveries") that an ended worker had left",
                    metadata: ["deliveries": .number(taken)])
            }
            tellStrange(strange)
        }
        others.bury()
    }

    /// Enters this worker's own claims that it lost sight of: a folder that could not be synced after the rename, a
    /// file that could not be moved back.
    private func adoptForgotten() throws {
        let me = spool.instance.tag
        let inMemory = idsInMemory
        let mine = try spool.claimedFiles().filter {
            $0.claim.instance == me && !inMemory.contains($0.claim.delivery)
        }
        guard !mine.isEmpty else { return }
        let known = try store.read { try DeliveryLedger.known(mine.map(\.claim.delivery), on: $0) }
        let forgotten = mine.filter { !known.contains($0.claim.delivery) }
        guard !forgotten.isEmpty else { return }
        // The renames must be on disk before a commit names them.
        try spool.syncClaims()
        try store.write {
            try DeliveryLedger.register(forgotten.map { Self.row($0) }, owner: me, spool: spool.id, on: $0)
        }
        logger.notice(
            "found \(forgotten.count) own claims again that trouble had left in \(spool.work.path)",
            metadata: ["deliveries": .number(forgotten.count)])
    }

    private var idsInMemory: Set<DeliveryID> {
        Set(pending.map(\.id)).union(parked.map(\.delivery.id)).union(unkept)
            .union(unregistered.map(\.claim.delivery))
    }

    /// Puts this worker's unfinished deliveries where they go on: those in `work/` are processed from their stored
    /// position, finished ones get their files moved and reported.
    func loadOwn() async throws {
        let inMemory = idsInMemory
        var after: DeliveryID?
        while true {
            let from = after
            let page = try await insist("loading claims") {
                try store.read {
                    try DeliveryLedger.unfinished(
                        owner: spool.instance.tag, inSpool: spool.id, after: from, on: $0)
                }
            }
            guard let page, let last = page.last else { break }
            after = last.id
            for row in page where !inMemory.contains(row.id) { try await load(row) }
            if page.count < 1000 { break }
        }
    }

    private func load(_ row: Delivery) async throws {
        switch row.state {
        case .done, .failed: unkept.append(row.id)
        case .held:
            guard isDueAgain(row) else { return }
            let isOurs = try await insist("trying \(row.id) again") {
                try store.write {
                    try DeliveryLedger.releaseUnreachable(row.id, owner: spool.instance.tag, on: $0)
                }
            }
            guard isOurs == true else { return }
            var row = row
            row.state = .claimed
            try await load(row)
        case .claimed:
            guard let claim = ClaimID(row.id.text) else { return }
            guard let isThere = try await insist("looking for \(row.id)", { try spool.isInWork(claim, name: row.name) })
            else { return }
            guard isThere else { return try await reportMissing(row) }
            var delivery = ClaimedDelivery(
                id: row.id, inbox: row.inbox, name: row.name, path: spool.workPath(claim, name: row.name),
                size: row.size, receivedAt: row.receivedAt, owner: row.owner,
                accepts: accepts[row.inbox] ?? Self.defaultAccepts, isAgain: row.isAgain,
                ignoresBrake: row.ignoresBrake)
            delivery.mayGrow = spool.mayGrow(claim, name: row.name)
            pending.append(delivery)
        }
    }

    /// A row without its file: somebody removed it from `work/`. What was applied stays applied.
    private func reportMissing(_ row: Delivery) async throws {
        let message =
            "its file is no longer in \(spool.work.path) after \(row.records) records; deliver it again if more was in it"
        logger.error("\(row.name.escapingControls): \(message)")
        let now = time.wallclock.now
        _ = try await insist("finishing \(row.id)") {
            try store.write {
                try DeliveryCrashes.end(row.id, on: $0)
                return try DeliveryLedger.finish(
                    row.id, owner: spool.instance.tag, as: .failed, code: "file_missing", message: message, at: now,
                    on: $0)
            }
        }
        totals.failed += 1
        unkept.append(row.id)
    }
}
