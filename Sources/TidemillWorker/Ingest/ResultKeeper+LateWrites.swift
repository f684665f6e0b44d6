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

    struct Watched {
        let delivery: Delivery
        let file: FinishedFile
        let name: String
        var size: Int64
        var modifiedAt: Timestamp
        var until: ContinuousClock.Instant?
    }

    /// Compares a file that was just moved with what was read of it.
    func compare(_ delivery: Delivery, _ file: FinishedFile, _ name: String) throws -> LateWrite? {
        guard delivery.state == .done, let now = try files.status(of: name, file), now.kind == .regular else {
            return nil
        }
        if files.mayHaveWriter(name, file) {
            if watched.count >= Self.watchedMax { watched.removeFirst(Self.watchedMax / 10) }
            watched.append(
                Watched(delivery: delivery, file: file, name: name, size: now.size, modifiedAt: now.modifiedAt))
        }
        return difference(delivery, now.size, now.modifiedAt, name)
    }

    private func difference(
        _ delivery: Delivery, _ size: Int64, _ modifiedAt: Timestamp, _ name: String
    ) -> LateWrite? {
        let isRead = size == delivery.byteOffset || size == delivery.size
        if isRead, size != delivery.size || modifiedAt == delivery.modifiedAt { return nil }
        let write = LateWrite(
            delivery: delivery.id, name: delivery.name, bytes: isRead ? 0 : size - delivery.byteOffset)
        logger.error("\(delivery.name.escapingControls): \(write.message)")
        return write
    }

    /// Takes in what earlier workers kept.
    func remember(_ deliveries: [Delivery]) {
        for delivery in deliveries {
            guard let claim = ClaimID(delivery.id.text), let file = delivery.finishedFile(claim),
                let name = delivery.keptAs?.split(separator: "/").last.map({ String($0) }),
                files.mayHaveWriter(name, file)
            else { continue }
            watched.append(
                Watched(
                    delivery: delivery, file: file, name: name, size: delivery.size, modifiedAt: delivery.modifiedAt))
        }
    }

    /// Looks at the watched files again; returns how many were written to.
    func compareKept(now: ContinuousClock.Instant) -> Int {
        var written = 0
        for index in watched.indices {
            let until = watched[index].until ?? now.advanced(by: .seconds(Self.watchSeconds))
            watched[index].until = until
            let item = watched[index]
            // A file that cannot be looked at now is looked at again.
            guard let status = try? files.status(of: item.name, item.file),
                status.size != item.size || status.modifiedAt != item.modifiedAt
            else { continue }
            watched[index].size = status.size
            watched[index].modifiedAt = status.modifiedAt
            guard let write = difference(item.delivery, status.size, status.modifiedAt, item.name) else { continue }
            do {
                guard try store.write({ try LateWrites.note(write, on: $0) }) else { continue }
                let hasAnswers = try store.read {
                    try !DeliveryLedger.answers(of: item.delivery.id, limit: 1, on: $0).isEmpty
                }
                let report = DeliveryReport(
                    delivery: item.delivery, hasAnswers: hasAnswers, late: write, store: store)
                try files.writeReport(item.file, keptAs: item.name, durably: true) { try report.write(to: &$0) }
                written += 1
            } catch {
                logger.error("what was written to \(item.name.escapingControls) late is not noted: \(error)")
                // Noted at the next look.
                watched[index].size = item.size
                watched[index].modifiedAt = item.modifiedAt
            }
        }
        watched.removeAll { $0.until.map { $0 <= now } ?? false }
        return written
    }
}
