import CEvents
import CLuaSupport
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Rejected events, some of one delivery at a time: they go the way of those that a person retries, without a word.
extension Engine {
    /// Rejected records that one transaction takes.
    private static let rejectedMax = 500

    func performRejected(
        _ reprocess: Reprocess, _ rules: any EventRules, _ options: IngestOptions, now: Timestamp
    ) throws {
        let found = try store.read {
            try RejectedRecords.events(
                after: (reprocess.atDelivery, reprocess.atRecord), of: reprocess.selection.delivery,
                except: reprocess.id, limit: Self.rejectedMax, on: $0)
        }
        guard let delivery = found.first?.delivery else { return try endRejected(reprocess, now: now) }
        let some = found.prefix { $0.delivery == delivery }
        guard let last = some.last else { return }
        let voided = try store.read { try VoidedDeliveries.ids(on: $0).contains(delivery.text) }
        let meant = voided ? [] : some.filter { reprocess.selection.takes($0) }
        let meters = try store.read { try MeterRegistry.load(on: $0) }
        let decoder = try StoredEventDecoder(
            identityKey: identityKey, fields: meters, rules: rules, options: options)
        let batch = try decoder.batch(of: meant, of: delivery, inbox: try inboxes()(delivery), [.event])
        batch.isQuiet = true
        do {
            try transaction { transaction in
                try self.move(reprocess, in: transaction) { next in
                    next.atDelivery = delivery.text
                    next.atRecord = last.record
                    guard !meant.isEmpty else { return }
                    try self.noteSubjects(of: batch, meters, now: now, on: transaction.connection)
                    for counts in try self.apply(batch, now: now, in: transaction) { next.counts.take(counts) }
                }
            }
        } catch EventSinkError.deliveryLost {
            // Somebody decided about one of them meanwhile: it is read again, without that one.
            return
        }
    }

    /// Whose usage the batch changes, before it does.
    private func noteSubjects(
        of batch: RecordBatch, _ meters: MeterSet, now: Timestamp, on connection: any SQLConnection
    ) throws {
        var subjects: [LateSubject: Int64] = [:]
        for record in batch.records where record.verdict == CEV_KEPT.rawValue {
            for part in batch.parts[Int(record.part_first)..<Int(record.part_first + record.part_count)]
            where part.dropped_by == UInt32.max {
                guard let values = batch.values(of: part) else { continue }
                for (meter, version) in zip(meters.meters, meters.versions) where meters.counts(meter, values) {
                    let subject = LateSubject(
                        part.customer_id.string, part.resource_id.string, version.featureID)
                    subjects[subject, default: 0] += 1
                }
            }
        }
        try note(subjects, now: now, on: connection)
    }

    private func endRejected(_ reprocess: Reprocess, now: Timestamp) throws {
        let report = try store.read { try ReprocessReport(engine: self, now: now, on: $0).payload() }
        try move(reprocess) { next, _, _ in
            next.report = report
            next.step = .wallets
            next.position = 0
        }
    }
}

extension Reprocess.Selection {
    /// Whether a rejected event is meant: by what can be read of it.
    fileprivate func takes(_ record: RejectedRecord) -> Bool {
        guard from != nil || to != nil || event != nil || customer != nil else { return true }
        // What cannot be read is no event of anybody.
        guard let payload = try? Payload(json: record.payload) else { return false }
        let at = payload["timestamp"]?.text.flatMap { Timestamp(rfc3339: $0) } ?? record.receivedAt
        return from.map { $0 <= at } ?? true && to.map { at < $0 } ?? true
            && event.map { (payload["eventName"]?.text).isSame(as: $0) } ?? true
            && customer.map { (payload["customerId"]?.text).isSame(as: $0.text) } ?? true
    }
}

extension Reprocess.Counts {
    /// What rejected events came to.
    fileprivate mutating func take(_ counts: DeliveryCounts) {
        events += counts.records
        newlyApplied += counts.applied
        changed += counts.filtered
        duplicate += counts.duplicate
        unchanged += counts.rejected
    }
}
