import Logging
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTriggers

extension IngestLoop {
    /// Whether there is room for more claims.
    var canClaim: Bool { pending.count < Self.batchFiles && unkept.count + unkeptLeft < Self.unkeptMax }

    /// Claims and registers the next complete files, from every inbox the same number at most: a busy inbox does not
    /// starve another.
    func claimMore() async throws {
        guard canClaim else { return }
        if unregistered.isEmpty {
            for index in watcher.inboxes.indices where !isStopping { claim(from: index) }
        }
        guard !unregistered.isEmpty else { return }
        let files = unregistered
        let owner = spool.instance.tag
        let rows = files.map { Self.row($0) }
        guard
            try await insist(
                "registering deliveries",
                { try store.write { try DeliveryLedger.register(rows, owner: owner, spool: spool.id, on: $0) } })
                != nil
        else { return }
        unregistered.removeAll()
        let claimed = files.map { delivery($0) }
        pending.append(contentsOf: claimed)
        observe(.claimed(claimed))
    }

    private func claim(from index: Int) {
        let inbox = watcher.inboxes[index]
        do throws(SpoolError) {
            if ready[index].isEmpty { try look(at: index) }
            let next = ready[index].prefix(Self.batchFiles)
            guard !next.isEmpty else { return }
            ready[index] = ready[index].dropFirst(next.count)
            let claims = try inbox.claim(next, at: time.wallclock.now, now: time.now())
            unregistered += claims.files
            if let again = claims.next {
                looks[index].next = min(looks[index].next ?? again, again)
                looks[index].waiting += 1
            }
        } catch {
            // Not this worker's end: a folder comes back, a disk is freed. Said once.
            if lookTrouble[index] != error.message { logger.error("\(error)") }
            lookTrouble[index] = error.message
            observe(.waiting(reason: error.message))
        }
    }

    private func look(at index: Int) throws(SpoolError) {
        let look = try watcher.inboxes[index].look(now: time.now())
        lookTrouble[index] = nil
        for refusal in look.refused {
            logger.warning("not taken from \(watcher.inboxes[index].path): \(refusal)")
            observe(.refused(refusal))
        }
        ready[index] = look.ready[...]
        looks[index] = look
        looks[index].ready = []
        looks[index].refused = []
    }

    static func row(_ file: ClaimedFile) -> NewDelivery {
        NewDelivery(
            id: file.claim.delivery, inbox: file.inbox ?? unknownInbox, name: file.name, size: file.size,
            modifiedAt: file.modifiedAt, receivedAt: file.claim.claimedAt)
    }

    func delivery(_ file: ClaimedFile) -> ClaimedDelivery {
        let inbox = file.inbox ?? Self.unknownInbox
        var delivery = ClaimedDelivery(
            id: file.claim.delivery, inbox: inbox, name: file.name, path: spool.workPath(file.claim, name: file.name),
            size: file.size, receivedAt: file.claim.claimedAt, owner: spool.instance.tag,
            accepts: accepts[inbox] ?? Self.defaultAccepts)
        delivery.mayGrow = file.mayGrow
        return delivery
    }

    /// A claim whose inbox is no longer configured.
    static let unknownInbox = "(removed)"
    /// What an inbox takes where nothing else is said: no operations.
    static let defaultAccepts: Set<RecordKind> = [.event, .usage, .webhook]
}
