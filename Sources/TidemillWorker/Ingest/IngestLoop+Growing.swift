import Logging
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTriggers

/// Files that somebody goes on writing after they were claimed: what comes is the same delivery's, up to the move to
/// `done/`.
extension IngestLoop {
    /// How often the end of a file is looked at, unchanged, before it is taken as it is.
    private static let tailLooks = 3

    /// The end of a file that is waited for.
    struct Tail {
        /// What it was when it was looked at last, and how often that was so.
        var size: Int64
        var looks = 0
        let since: ContinuousClock.Instant
        /// Nothing more is waited for: the delivery ends at what was read by then.
        var isTaken = false
    }

    /// The outcomes, with those turned back whose files have grown past what was read of them.
    func comparing(_ outcomes: [DeliveryOutcome], of group: [ClaimedDelivery]) throws -> [DeliveryOutcome] {
        var outcomes = outcomes
        for (index, delivery) in group.enumerated() where outcomes[index].state == .done {
            let tail = tails[delivery.id]
            // The row says what the file was when it was claimed: one whose end was waited for has another size now,
            // whatever is known of it here.
            guard let claim = ClaimID(delivery.id.text),
                let file = try spool.claimedFile(claim, name: delivery.name),
                tail != nil || file.size != delivery.size,
                let row = try store.read({ try DeliveryLedger.find(delivery.id, on: $0) })
            else { continue }
            // Of one whole what follows it is no part, and is reported when it is kept.
            let isWhole = delivery.format.isWhole
            if file.size > row.byteOffset, !isWhole, tail?.isTaken != true {
                outcomes[index].state = .incomplete
            } else if file.size >= row.byteOffset, row.byteOffset >= row.size,
                !isWhole || file.size == row.byteOffset
            {
                // What was read: by its size the same content is known again.
                try store.write {
                    try DeliveryLedger.resize(
                        delivery.id, owner: delivery.owner, size: row.byteOffset, modifiedAt: file.modifiedAt, on: $0)
                }
            }
        }
        return outcomes
    }

    /// Lets a delivery wait until its file has been quiet, then goes on where it stands. One whose end stays as it is
    /// is taken so; `run --once` takes one that goes on growing as it is when its time is over.
    func waitForEnd(_ delivery: ClaimedDelivery) {
        var delivery = delivery
        // A file that cannot be looked at now is looked at again when it is read.
        let found = ClaimID(delivery.id.text).flatMap { try? spool.claimedFile($0, name: delivery.name) }
        let size = found?.size ?? delivery.size
        let name = delivery.name.escapingControls
        if tails[delivery.id] == nil {
            logger.notice("\(name): is still being written, although it was quiet: waiting for its end")
        }
        let now = time.now()
        var tail = tails[delivery.id] ?? Tail(size: size, looks: -1, since: now)
        tail.looks = tail.size == size ? tail.looks + 1 : 0
        tail.size = size
        if isOnce, !tail.isTaken, tail.since.duration(to: now) >= onceGrace {
            tail.isTaken = true
            logger.warning("\(name): goes on growing after \(onceGrace): it is taken as it is now")
        }
        tails[delivery.id] = tail
        delivery.size = size
        if tail.isTaken || tail.looks >= Self.tailLooks { delivery.mayGrow = false }
        parked.append(
            Parked(
                delivery: delivery, backoff: attempts[delivery.id] ?? Backoff(first: .seconds(1), cap: .seconds(60)),
                next: now.advanced(by: spool.settings.settle)))
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
