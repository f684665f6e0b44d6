import DequeModule
import Logging
import TidemillCore
import TidemillOperations
import TidemillStore
import TidemillTriggers

/// What is written to a file after it was taken is not counted, and must not go unsaid: the file is compared with what
/// was read of it when it is moved to `done/`, and for a while after.
extension ResultKeeper {
    /// How long, and how many files at once: those of which nobody can tell whether they have a writer.
    static let watchSeconds: Int64 = 600
    static let watchedMax = 10_000
    /// How many files of earlier workers are looked at.
    static let rememberedMax = 1000

    /// How many files are looked at before results that wait are kept.
    private static let slice = 200

    /// What a look needs; whatever else is known of the delivery is read when there is something to say.
    struct Watched {
        let id: DeliveryID
        /// Under which name, and in which day's folder, it was kept.
        let name: String
        let finishedAt: Timestamp
        var size: Int64
        var modifiedAt: Timestamp
        var until: ContinuousClock.Instant?

        var file: FinishedFile? {
            ClaimID(id.text).map { FinishedFile(claim: $0, name: name, outcome: .done, finishedAt: finishedAt) }
        }
    }

    /// Compares a file that was just moved with what was read of it.
    func compare(_ delivery: Delivery, _ file: FinishedFile, _ name: String) throws -> LateWrite? {
        guard delivery.state == .done, let now = try files.status(of: name, file), now.kind == .regular else {
            return nil
        }
        if files.mayHaveWriter(name, file) {
            watch(
                Watched(
                    id: delivery.id, name: name, finishedAt: file.finishedAt, size: now.size,
                    modifiedAt: now.modifiedAt))
        }
        return difference(delivery, now.size, now.modifiedAt)
    }

    private func watch(_ item: Watched) {
        if watched.count >= Self.watchedMax {
            watched.removeFirst()
            if !hasToldFull {
                logger.warning(
                    "more than \(Self.watchedMax) files were kept within \(Self.watchSeconds) s that may still have writers: what is written to the oldest of them now is not noticed. Rename finished files in from spool/tmp/"
                )
            }
            hasToldFull = true
        }
        watched.append(item)
    }

    private func difference(_ delivery: Delivery, _ size: Int64, _ modifiedAt: Timestamp) -> LateWrite? {
        // As it was claimed, or grown and read to its end. One that ends where reading did and was longer was cut.
        let isRead = size == max(delivery.byteOffset, delivery.size)
        if isRead, size != delivery.size || modifiedAt == delivery.modifiedAt { return nil }
        let bytes = size > delivery.byteOffset ? size - delivery.byteOffset : size - delivery.size
        return LateWrite(delivery: delivery.id, name: delivery.name, bytes: isRead ? 0 : bytes)
    }

    /// Says what was noted for the first time.
    func tell(_ write: LateWrite) {
        logger.error("\(write.name.escapingControls): \(write.message)")
    }

    /// Takes in what earlier workers kept.
    private func remember() {
        hasRemembered = true
        let since = wallclock.now.advanced(bySeconds: -Self.watchSeconds)
        // What cannot be read now is not looked at: nothing else depends on it.
        let rows = try? store.read {
            try DeliveryLedger.recentlyDone(inSpool: spool, since: since, limit: Self.rememberedMax, on: $0)
        }
        let known = Set(watched.map(\.id))
        for delivery in rows ?? [] where !known.contains(delivery.id) {
            guard let claim = ClaimID(delivery.id.text), let file = delivery.finishedFile(claim),
                let name = delivery.keptAs?.split(separator: "/").last.map({ String($0) }),
                files.mayHaveWriter(name, file)
            else { continue }
            watch(
                Watched(
                    id: delivery.id, name: name, finishedAt: file.finishedAt, size: delivery.size,
                    modifiedAt: delivery.modifiedAt))
        }
    }

    /// Looks at the watched files again, the first time also at those of earlier workers; returns how many were written
    /// to. Results that are to be kept meanwhile come in between.
    func compareKept(now: ContinuousClock.Instant) async -> Int {
        if !hasRemembered { remember() }
        var written = 0
        for number in 0..<watched.count {
            if number > 0, number.isMultiple(of: Self.slice) { await Task.yield() }
            // What came in between is appended, and has its turn at the next look.
            guard var item = watched.popFirst() else { break }
            let until = item.until ?? now.advanced(by: .seconds(Self.watchSeconds))
            item.until = until
            do {
                if try look(at: &item) { written += 1 }
            } catch {
                // Noted at the next look.
                logger.error("what was written to \(item.name.escapingControls) late is not noted: \(error)")
            }
            if until > now { watched.append(item) }
        }
        return written
    }

    /// Looks at one file; true when it was written to. The report says so before the store does: a note that is there
    /// already does not keep the report from being written.
    private func look(at item: inout Watched) throws -> Bool {
        // A file that cannot be looked at now is looked at again.
        guard let file = item.file, let status = try? files.status(of: item.name, file),
            status.size != item.size || status.modifiedAt != item.modifiedAt
        else { return false }
        // As it is by now: its records may have been retried, or voided, since it was kept.
        let found = try store.read { connection in
            try DeliveryLedger.find(item.id, on: connection).map {
                ($0, hasAnswers: try !DeliveryAnswers.list(of: item.id, limit: 1, on: connection).isEmpty)
            }
        }
        var isNew = false
        if let (delivery, hasAnswers) = found, let write = difference(delivery, status.size, status.modifiedAt) {
            let report = DeliveryReport(delivery: delivery, hasAnswers: hasAnswers, late: write, store: store)
            try files.writeReport(file, keptAs: item.name, durably: true) { try report.write(to: &$0) }
            isNew = try store.write { try LateWrites.note(write, at: wallclock.now, on: $0) }
            if isNew { tell(write) }
        }
        item.size = status.size
        item.modifiedAt = status.modifiedAt
        return isNew
    }
}
