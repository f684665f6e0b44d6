import Logging
import TidemillCore
import TidemillOperations
import TidemillStore
import TidemillTriggers

/// Several spools may bring their files to one store: what belongs to another one is left alone, whatever its owner
/// looks like from here.
extension IngestLoop {
    /// Takes in the rows of an older program, which noted no spool, whose files are here. What is nowhere to be seen may
    /// be another spool's: its worker finds it, and `status` names it until then.
    func adoptUnassigned() throws {
        let rows = try store.read { try DeliveryLedger.withoutSpool(on: $0) }
        guard !rows.isEmpty else { return }
        let mine = try rows.filter { row in
            guard let claim = ClaimID(row.id.text) else { return false }
            return try spool.holds(claim, name: row.name, owner: row.owner, finished: row.finishedFile(claim))
        }
        guard !mine.isEmpty else { return }
        let count = try store.write { try DeliveryLedger.assign(mine.map(\.id), toSpool: spool.id, on: $0) }
        guard count > 0 else { return }
        logger.notice(
            "\(count) deliveries of an older program are this spool's: their files are here",
            metadata: ["deliveries": .number(count)])
    }

    /// Files that somebody carried here out of another spool's `work/`: that spool's worker misses them.
    func tellStrange(_ found: Set<DeliveryID>) {
        let new = found.subtracting(strangers)
        strangers = found
        guard let first = new.map(\.text).min() else { return }
        let others = new.count > 1 ? " and \(new.count - 1) more" : ""
        logger.error(
            "\(spool.work.path)/\(first)__…\(others) belongs to a delivery of another spool and is left alone; move it back to that spool's work/"
        )
    }

    /// A copy of the spool's folder that a worker opens elsewhere has the same deliveries in hand.
    func watchForCopy() {
        let here = KnownSpool(spool)
        guard !isElsewhereToo, let known = try? store.read({ try Spools.find(spool.id, on: $0) }), known != here,
            known.host != here.host || (!known.isSameFolder(as: here) && spool.isCopied(at: known.path))
        else { return }  // a store that cannot be read now is asked again
        isElsewhereToo = true
        // The other one looks there, too; where it cannot be written, that one has been told by its own start.
        _ = try? store.write { try Spools.enter(here, at: time.wallclock.now, on: $0) }
        guard !known.isSameFolder(as: here) else { return }
        logger.error(
            "the spool \(spool.place.path) is also open as \(known.place): one is a copy of the other; end the worker of the copy, and remove .spool and work/ there"
        )
    }

    /// Of owners that do not live here those that have died here. While the spool is open on another host, too, who left
    /// no lock in this folder may live there.
    func died(_ owners: Set<String>) throws -> Set<String> {
        guard isElsewhereToo else { return owners }
        return try owners.filter { try spool.hasLock(of: $0) }
    }
}

extension Delivery {
    /// What is kept of it; nil while it is in progress.
    func finishedFile(_ claim: ClaimID) -> FinishedFile? {
        guard let finishedAt, state.isFinished else { return nil }
        return FinishedFile(
            claim: claim, name: name, outcome: state == .failed ? .failed : .done, finishedAt: finishedAt)
    }
}

extension KnownSpool {
    init(_ spool: Spool) {
        let place = spool.place
        self.init(
            id: spool.id, host: place.host, path: place.path, device: Int64(bitPattern: place.device),
            inode: Int64(bitPattern: place.inode),
            inboxes: spool.settings.inboxes.map(spool.settings.folder(ofInbox:)))
    }

    /// Notes in the store where the spool is. Throws `copy` when another folder has the same id, and is still where a
    /// worker had it open, or has deliveries in hand on another host: then they are that one's.
    static func enter(_ spool: Spool, store: any Store, now: Timestamp) throws {
        let here = KnownSpool(spool)
        let known = try store.read { try Spools.find(spool.id, on: $0) }
        if let known, !known.isSameFolder(as: here), known.path != here.path, spool.isCopied(at: known.path) {
            throw SpoolError(
                copyOf: known.place, at: here.path)
        }
        if let known, known.host != here.host {
            // A folder that another host sees too, or that was carried here, has the locks of all who worked in it,
            // whatever its numbers are there: those of a cloned machine are the same.
            let owners = try store.read { try DeliveryLedger.owners(inSpool: spool.id, on: $0) }
            let missing = try owners.filter { try !spool.hasLock(of: $0) }
            if let owner = missing.min() { throw SpoolError(cloneOf: known.place, at: here.place, missing: owner) }
        }
        guard known != here else { return }
        try store.write { try Spools.enter(here, at: now, on: $0) }
    }
}
