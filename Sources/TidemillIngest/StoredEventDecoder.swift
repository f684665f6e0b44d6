import CEvents
import CLuaSupport
public import TidemillCore
public import TidemillStore

/// Decodes events that the store has, through the checks and rules of now or of another version, with the arrival and
/// record number of then. To be used on a thread with a stack for Lua (`DedicatedThread`).
public final class StoredEventDecoder {
    /// An event as it was delivered.
    public struct Event {
        public var delivery: DeliveryID
        public var record: UInt64
        public var receivedAt: Timestamp
        /// Outlives the call that decodes it.
        public var text: UnsafeRawBufferPointer

        public init(delivery: DeliveryID, record: UInt64, receivedAt: Timestamp, text: UnsafeRawBufferPointer) {
            self.delivery = delivery
            self.record = record
            self.receivedAt = receivedAt
            self.text = text
        }
    }

    private let decoder: RecordDecoder
    private let options: IngestOptions

    public init(
        identityKey: [UInt8], fields: any MeteredFields, rules: any EventRules, options: IngestOptions
    ) throws {
        decoder = try RecordDecoder(identityKey: identityKey, fields: fields, rules: rules)
        self.options = options
    }

    /// A batch with one record for each event, in their order. `inbox` names the inbox of a delivery, '' where it has
    /// none.
    public func batch(of events: [Event], inbox: (DeliveryID) throws -> String) throws -> RecordBatch {
        let batch = try decoder.batch()
        let size = events.reduce(0) { $0 + $1.text.count }
        let text = RecordText(capacity: size)
        text.pad(from: size)
        batch.keep(text)
        var offset = 0
        var next = 0
        while next < events.count {
            let first = events[next]
            let same = events[next...].prefix(Self.lockedMax).prefix {
                $0.delivery == first.delivery && $0.receivedAt == first.receivedAt
            }
            let delivery = ClaimedDelivery(
                id: first.delivery, inbox: try inbox(first.delivery), name: "", path: "", size: 0,
                receivedAt: first.receivedAt, owner: "", accepts: [.event])
            try decoder.decode(same, of: delivery, into: batch, text, at: &offset, options: options)
            batch.segments.append(
                RecordBatch.Segment(delivery: delivery, positionBefore: 0, positionAfter: 0, byteOffsetAfter: 0))
            next += same.count
        }
        guard batch.records.count == events.count else { throw RecordDecoder.outOfMemory }
        return batch
    }

    /// Events for which the rules are held at once: others use them too.
    private static let lockedMax = 256

    /// A batch of rejected records of one delivery, to be committed as they are tried again.
    public func batch(
        of records: [RejectedRecord], of delivery: DeliveryID, inbox: String, _ accepts: Set<RecordKind>
    ) throws -> RecordBatch {
        let batch = try decoder.batch()
        for record in records {
            let claimed = ClaimedDelivery(
                id: delivery, inbox: inbox, name: "", path: "", size: 0, receivedAt: record.receivedAt, owner: "",
                accepts: accepts)
            try decoder.decode(
                record.payload, of: claimed, into: batch, number: record.record, line: record.line, options: options)
            var segment = RecordBatch.Segment(
                delivery: claimed, positionBefore: 0, positionAfter: 0, byteOffsetAfter: 0)
            segment.kind = .retry(record: record.record)
            segment.isKnownIdentity = record.reprocessedBy != nil
            batch.segments.append(segment)
        }
        return batch
    }
}
