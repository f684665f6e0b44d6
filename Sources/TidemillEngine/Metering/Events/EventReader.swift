import CEvents
import CLuaSupport
import Foundation
public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// Why an event counted, or did not.
public struct EventExplanation: Sendable {
    public var receivedAt: Timestamp
    public var delivery: DeliveryID
    public var record: Int64
    /// applied, filtered, duplicate, rejected, or voided: applied by a delivery that was undone.
    public var outcome: String
    /// A repeat whose content is another than the first one's.
    public var differs: Bool
    /// The filter that dropped it, or the rule that failed.
    public var rule: String?
    /// The filter's reason, the rejection's message, or which value of an applied event is no number for a meter, whether
    /// or not another one counts it.
    public var reason: String?
    /// Why it adds nothing by the meters of now, and whether its customer is not provisioned: the names of the counters.
    public var remarks: [DeliveryRemark.Reason] = []
    public var scriptVersion: ScriptVersionID?
    /// The event as delivered.
    public var event: Payload
    /// What the mappings changed, one a part; empty where nothing did.
    public var mapped: [Payload]
    /// The parts of a split event that a later filter dropped.
    public var dropped: [DroppedPart]
    /// The features whose meters count it.
    public var countedBy: [FeatureID]
    /// Why it cost no credits although its feature has a price: the cost formula has no value.
    public var unrated: String?
}

/// A part of a split event that a filter dropped.
public struct DroppedPart: Sendable {
    public var mapped: Payload
    public var rule: String
    public var reason: String?
}

/// Finds a customer's stored events.
public struct EventReader: Sendable {
    private let identityKey: [UInt8]

    public init(identityKey: [UInt8]) {
        self.identityKey = identityKey
    }

    /// The events that named `customer`, or that a mapping moved to it; with `key` those with that idempotency key; with
    /// bounds those with a timestamp in the half-open range. Oldest arrival first, `limit` at most.
    public func events(
        customer: CustomerID, key: String? = nil, from: Timestamp? = nil, to: Timestamp? = nil, limit: Int = 1000,
        on connection: any SQLConnection
    ) throws -> [EventExplanation] {
        var found: [EventExplanation] = []
        let hash = RawBlock.customerHash(customer)
        let meters = MeterSet(try MeterRegistry.versions(on: connection), generation: 0)
        let voided = try VoidedDeliveries.ids(on: connection)
        let customers = CustomerTable(connection: connection)
        // One look for each customer that the parts name, not for each part.
        var provisioned: [String: Bool] = [:]
        func isProvisioned(_ id: String) throws -> Bool {
            if let known = provisioned[id] { return known }
            let found = try customers.contains(CustomerID(id))
            provisioned[id] = found
            return found
        }
        guard identityKey.count == 16, let decoder = cev_decoder_open(identityKey), let batch = RecordBatch(),
            meters.configure(decoder)
        else { throw StoreError(.unavailable, "out of memory while reading stored events") }
        defer { cev_decoder_close(decoder) }
        try RawEventScan(from: from, to: to, customer: customer).blocks(Compressor(), on: connection) { header, block in
            guard found.count < limit else { return }
            try RawBlock.read(block) { event in
                guard found.count < limit, event.customer == hash || event.patches.contains(where: { !$0.isEmpty })
                else {
                    return
                }
                cev_batch_reset(batch.handle)
                let isDecoded = event.text.withMemoryRebound(to: CChar.self) { text in
                    let patches = event.patches.map { patch in
                        cls_text(
                            bytes: patch.baseAddress?.assumingMemoryBound(to: CChar.self), length: UInt32(patch.count))
                    }
                    return cev_decode_stored(
                        decoder, batch.handle, text.baseAddress, UInt32(text.count), patches, UInt32(patches.count),
                        event.receivedAt)
                }
                guard isDecoded, let record = batch.records.first else { return }
                guard
                    record.customer_id.string == customer.text
                        || batch.parts.contains(where: { $0.customer_id.string == customer.text }),
                    key.map({ $0 == record.idempotency_key.string }) ?? true,
                    from.map({ $0.microseconds <= record.timestamp }) ?? true,
                    to.map({ record.timestamp < $0.microseconds }) ?? true
                else { return }
                var explanation = explain(event, header, batch, meters)
                // The batch has the kept parts only.
                if event.outcome == .applied,
                    try batch.parts.contains(where: { try !isProvisioned($0.customer_id.string) })
                {
                    explanation.remarks.append(.unknownCustomer)
                }
                if event.outcome == .applied, voided.contains(event.delivery) {
                    explanation.outcome = "voided"
                    explanation.countedBy = []
                    explanation.remarks = []
                    explanation.reason = try VoidedDeliveries.find(explanation.delivery, on: connection)?.reason
                }
                found.append(explanation)
            }
        }
        found += try rejected(customer: customer, key: key, from: from, to: to, on: connection)
        return Array(found.sorted { $0.receivedAt < $1.receivedAt }.prefix(limit))
    }

    private func explain(_ event: RawEvent, _ header: RawEventScan.Header, _ batch: RecordBatch, _ meters: MeterSet)
        -> EventExplanation
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
        var explanation = EventExplanation(
            receivedAt: Timestamp(microseconds: event.receivedAt), delivery: DeliveryID(event.delivery),
            record: Int64(event.record),
            outcome: event.outcome == .differs ? "duplicate" : "\(event.outcome)", differs: event.outcome == .differs,
            rule: event.rule, reason: event.reason.isEmpty ? nil : event.reason, scriptVersion: header.scriptVersion,
            event: Self.payload(event.text),
            mapped: event.patches.filter { !$0.isEmpty }.map { Self.payload($0) },
            dropped: event.parts.compactMap { part in
                part.droppedBy.map {
                    DroppedPart(
                        mapped: Self.payload(part.patch), rule: $0, reason: part.reason.isEmpty ? nil : part.reason)
                }
            }, countedBy: countedBy, unrated: unrated.isEmpty ? nil : unrated.joined(separator: "; "))
        guard event.outcome == .applied else { return explanation }
        if let refused = addition.refused {
            if !addition.isAny { explanation.remarks = [.notANumber] }
            let value = refused.value.pointee.shown.map { "is \($0), which is no number" } ?? "is missing"
            explanation.reason = "\(meters.fields[refused.field].path) \(value)"
        } else if !addition.isAny {
            explanation.remarks = [.noMeter]
        }
        return explanation
    }

    /// What was stored was valid JSON when it came; damage shows as text.
    private static func payload(_ bytes: UnsafeRawBufferPointer) -> Payload {
        do { return try Payload(json: bytes) } catch { return .string(String(decoding: bytes, as: UTF8.self)) }
    }

    private func rejected(
        customer: CustomerID, key: String?, from: Timestamp?, to: Timestamp?, on connection: any SQLConnection
    ) throws -> [EventExplanation] {
        try connection.rows(
            """
            SELECT delivery, record, rule, code, message, payload, received_at FROM rejected_records
            WHERE customer_id = $1 AND kind = 'event' AND state = 'open' ORDER BY received_at
            """, [.text(customer.text)]
        ) { row in
            EventExplanation(
                receivedAt: Timestamp(microseconds: row.integer(6)), delivery: DeliveryID(row.text(0)),
                record: row.integer(1), outcome: "rejected", differs: false, rule: row.optionalText(2),
                reason: "\(row.text(3)): \(row.text(4))", scriptVersion: nil,
                event: row.withBlob(5) { Self.payload($0) }, mapped: [], dropped: [], countedBy: [])
        }.filter { explanation in
            if let key, explanation.event["idempotencyKey"]?.text != key { return false }
            guard from != nil || to != nil else { return true }
            // A rejected event may have no valid timestamp: its arrival stands in.
            let at = explanation.event["timestamp"]?.text.flatMap { Timestamp(rfc3339: $0) } ?? explanation.receivedAt
            return from.map { $0 <= at } ?? true && to.map { at < $0 } ?? true
        }
    }
}
