import CEvents
import CLuaSupport
import Foundation
import TidemillCore
import TidemillIngest
public import TidemillOperations
public import TidemillStore

/// Finds a customer's stored events.
public struct EventReader: Sendable {
    private let identityKey: [UInt8]

    public init(identityKey: [UInt8]) {
        self.identityKey = identityKey
    }

    /// The events that named the customer, or that a mapping moved to it; with a key those with that idempotency key;
    /// with bounds those with a timestamp in the half-open range. Oldest arrival first, or the newest.
    public func page(_ asked: ListEvents.Input, on connection: any SQLConnection) throws -> Listing<StoredEvent> {
        var page = EventPage(asked)
        try stored(asked, &page, on: connection)
        for event in try rejected(asked, on: connection) { page.take(event) }
        return page.listing()
    }

    private func stored(
        _ asked: ListEvents.Input, _ page: inout EventPage, on connection: any SQLConnection
    ) throws {
        let customer = asked.customerID
        let hash = RawBlock.customerHash(customer)
        let meters = MeterSet(
            try MeterRegistry.versions(on: connection).filter { !$0.isKept }, generation: 0)
        let voided = try VoidedDeliveries.ids(on: connection)
        let customers = CustomerTable(connection: connection)
        // One look for each customer that the parts name, not for each part.
        var provisioned = TextMap<Bool>()
        func isProvisioned(_ id: String) throws -> Bool {
            if let known = provisioned[id] { return known }
            let found = try customers.contains(CustomerID(id))
            provisioned[id] = found
            return found
        }
        let decoder = try RawEventDecoder(meters, identityKey: identityKey)
        let batch = decoder.batch
        var scan = RawEventScan(from: asked.from, to: asked.to, customer: customer)
        scan.receivedFrom = page.from
        try scan.blocks(Compressor(), on: connection) { header, block in
            try RawBlock.read(block) { event in
                guard page.mayTake(Timestamp(microseconds: event.receivedAt)),
                    event.customer == hash || event.patches.contains(where: { !$0.isEmpty })
                else { return }
                decoder.reset()
                try decoder.decode(event)
                guard let record = batch.records.first else { return }
                guard
                    record.customer_id.string.isSame(as: customer.text)
                        || batch.parts.contains(where: { $0.customer_id.string.isSame(as: customer.text) }),
                    asked.idempotencyKey.map({ $0.isSame(as: record.idempotency_key.string) }) ?? true,
                    asked.from.map({ $0.microseconds <= record.timestamp }) ?? true,
                    asked.to.map({ record.timestamp < $0.microseconds }) ?? true
                else { return }
                var stored = explain(event, header, batch, meters)
                // The batch has the kept parts only.
                if event.outcome == .applied,
                    try batch.parts.contains(where: { try !isProvisioned($0.customer_id.string) })
                {
                    stored.note(.unknownCustomer)
                }
                if event.outcome == .applied, voided.contains(event.delivery) {
                    stored.outcome = "voided"
                    stored.countedBy = []
                    stored.remarks = nil
                    stored.reason = try VoidedDeliveries.find(DeliveryID(event.delivery), on: connection)?.reason
                }
                page.take(stored)
            }
        }
    }

    private func explain(_ event: RawEvent, _ header: RawEventScan.Header, _ batch: RecordBatch, _ meters: MeterSet)
        -> StoredEvent
    {
        var countedBy: [FeatureID] = []
        var addition = MeterSet.Addition()
        if event.outcome == .applied {
            for (meter, version) in zip(meters.meters, meters.versions) {
                for part in batch.parts {
                    guard let values = batch.values(of: part), meters.counts(meter, values, &addition) else { continue }
                    if !countedBy.contains(version.featureID) { countedBy.append(version.featureID) }
                }
            }
        }
        let unrated = event.parts.filter { $0.droppedBy == nil && !$0.reason.isEmpty }.map(\.reason)
        let dropped = event.parts.compactMap { part in
            part.droppedBy.map {
                DroppedPart(mapped: Self.payload(part.patch), rule: $0, reason: part.reason.isEmpty ? nil : part.reason)
            }
        }
        let isRepeat = event.outcome == .differs || event.outcome == .duplicate
        var stored = StoredEvent(
            receivedAt: Timestamp(microseconds: event.receivedAt), delivery: event.delivery,
            record: Int64(event.record), outcome: isRepeat ? "duplicate" : "\(event.outcome)",
            event: Self.payload(event.text), mapped: event.patches.filter { !$0.isEmpty }.map { Self.payload($0) },
            countedBy: countedBy, differs: isRepeat ? event.outcome == .differs : nil, rule: event.rule,
            reason: event.reason.isEmpty ? nil : event.reason,
            unrated: unrated.isEmpty ? nil : unrated.joined(separator: "; "), dropped: dropped.isEmpty ? nil : dropped,
            scriptVersion: header.scriptVersion.text)
        guard event.outcome == .applied else { return stored }
        if let refused = addition.refused {
            if !addition.isAny { stored.note(.notANumber) }
            let value = refused.value.pointee.shown.map { "is \($0), which is no number" } ?? "is missing"
            stored.reason = "\(meters.fields[refused.field].path) \(value)"
        } else if !addition.isAny {
            stored.note(.noMeter)
        }
        return stored
    }

    /// What was stored was valid JSON when it came; damage shows as text.
    private static func payload(_ bytes: UnsafeRawBufferPointer) -> Payload {
        do { return try Payload(json: bytes) } catch { return .string(String(decoding: bytes, as: UTF8.self)) }
    }

    private func rejected(_ asked: ListEvents.Input, on connection: any SQLConnection) throws -> [StoredEvent] {
        try connection.rows(
            """
            SELECT delivery, record, rule, code, message, payload, received_at, state, dropped_by, dropped_at
              FROM rejected_records
             WHERE customer_id = $1 AND kind = 'event' AND state IN ('open', 'dropped')
             ORDER BY received_at, delivery, record
            """, [.text(asked.customerID.text)]
        ) { row in
            let isDropped = row.text(7) == RejectedRecord.State.dropped.rawValue
            return StoredEvent(
                receivedAt: Timestamp(microseconds: row.integer(6)), delivery: row.text(0), record: row.integer(1),
                outcome: isDropped ? "dropped" : "rejected", event: row.withBlob(5) { Self.payload($0) }, mapped: [],
                countedBy: [], rule: row.optionalText(2), reason: "\(row.text(3)): \(row.text(4))",
                droppedBy: isDropped ? row.optionalText(8) : nil,
                droppedAt: isDropped ? row.optionalInteger(9).map { Timestamp(microseconds: $0) } : nil)
        }.filter { stored in
            if let key = asked.idempotencyKey, !(stored.event["idempotencyKey"]?.text).isSame(as: key) { return false }
            guard asked.from != nil || asked.to != nil else { return true }
            // A rejected event may have no valid timestamp: its arrival stands in.
            let at = stored.event["timestamp"]?.text.flatMap { Timestamp(rfc3339: $0) } ?? stored.receivedAt
            return asked.from.map { $0 <= at } ?? true && asked.to.map { at < $0 } ?? true
        }
    }
}

extension StoredEvent {
    fileprivate mutating func note(_ remark: DeliveryRemark.Reason) { remarks = (remarks ?? []) + [remark.rawValue] }
}
