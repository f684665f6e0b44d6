import Logging
import TidemillCore
import TidemillOperations
import TidemillStore
import TidemillTriggers

/// Files that somebody goes on writing after they were claimed: what comes is the same delivery's, up to the move to
/// `done/`.
extension IngestLoop {
    /// How often the end of a file is looked at, unchanged, before it is taken as it is.
    private static let tailLooks = 3

    /// The outcomes, with those turned back whose files have grown past what was read of them.
    func comparing(_ outcomes: [DeliveryOutcome], of group: [ClaimedDelivery]) throws -> [DeliveryOutcome] {
        var outcomes = outcomes
        for (index, delivery) in group.enumerated() where outcomes[index].state == .done {
            guard let claim = ClaimID(delivery.id.text),
                let file = try spool.claimedFile(claim, name: delivery.name), file.size != delivery.size,
                let row = try store.read({ try DeliveryLedger.find(delivery.id, on: $0) })
            else { continue }
            // A document is one whole: what follows it is no part of it, and is reported when it is kept.
            if file.size > row.byteOffset, !delivery.name.lowercased().hasSuffix(".json") {
                outcomes[index].state = .incomplete
            } else if file.size == row.byteOffset {
                try store.write {
                    try DeliveryLedger.resize(
                        delivery.id, owner: delivery.owner, size: file.size, modifiedAt: file.modifiedAt, on: $0)
                }
            }
        }
        return outcomes
    }

    /// Lets a delivery wait until its file has been quiet, then goes on where it stands. One whose end stays as it is
    /// is taken so.
    func waitForEnd(_ delivery: ClaimedDelivery) {
        var delivery = delivery
        // A file that cannot be looked at now is looked at again when it is read.
        let found = ClaimID(delivery.id.text).flatMap { try? spool.claimedFile($0, name: delivery.name) }
        let size = found?.size ?? delivery.size
        if tails[delivery.id] == nil {
            logger.notice(
                "\(delivery.name.escapingControls): is still being written, although it was quiet: waiting for its end")
        }
        let looks = tails[delivery.id].map { $0.size == size ? $0.looks + 1 : 0 } ?? 0
        tails[delivery.id] = (size, looks)
        delivery.size = size
        if looks >= Self.tailLooks { delivery.mayGrow = false }
        parked.append(
            Parked(
                delivery: delivery, backoff: attempts[delivery.id] ?? Backoff(first: .seconds(1), cap: .seconds(60)),
                next: time.now().advanced(by: spool.settings.settle)))
    }

    // MARK: - Kept files

    /// Has the keeper look whether files that were kept are written to all the same: by itself, the ingest goes on
    /// meanwhile.
    func compareKept() {
        guard lookingAtKept == nil else { return }
        lookingAtKept = Task {
            let grown = await keeper.compareKept(now: time.now())
            totals.grown += grown
            lookingAtKept = nil
        }
    }

    /// The last look, after the one that is under way.
    func lookAtKept() async {
        await lookingAtKept?.value
        compareKept()
        await lookingAtKept?.value
    }
}
