import CEvents
import CLuaSupport
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Stored events of some blocks: read in a snapshot, put through the rules outside any lock, and then committed.
final class ReprocessChunk {
    /// Events of one transaction, or those of one larger block.
    static let eventsMax: Int64 = 4096

    /// A block's bytes, which its events point into.
    fileprivate final class Bytes {
        let buffer: UnsafeMutableRawBufferPointer

        init(_ source: UnsafeRawBufferPointer) {
            buffer = .allocate(byteCount: source.count, alignment: 16)
            buffer.copyMemory(from: source)
        }

        deinit { buffer.deallocate() }
    }

    struct Block {
        let header: RawEventScan.Header
        fileprivate let bytes: Bytes
        fileprivate(set) var events: Range<Int> = 0..<0
        /// Whether an event leaves it.
        fileprivate(set) var isChanged = false
    }

    struct Event {
        let raw: RawEvent
        /// The place of its record among those that the rules answered; nil: it is not meant.
        fileprivate(set) var now: Int?
        /// The place of its record in the form that it had, where it was applied in another.
        fileprivate(set) var before: Int?
        fileprivate(set) var isVoided = false
        fileprivate(set) var change = Change.none
    }

    enum Change {
        case none
        /// It counts again in the form that it has.
        case restored
        /// It is kept in another form, or with another outcome.
        case form
        case rejected
    }

    private(set) var blocks: [Block] = []
    private(set) var events: [Event] = []
    private(set) var counts = Reprocess.Counts()
    /// What the rules answered, a record for each event that is meant.
    private(set) var now: RecordBatch?
    /// The forms that changed events had.
    let before: RawEventDecoder
    let last: Int64
    private let meters: MeterSet
    private let selection: Reprocess.Selection

    /// Nil where no block is left.
    init?(
        _ reprocess: Reprocess, meters: MeterSet, identityKey: [UInt8], _ compressor: Compressor,
        on connection: any SQLConnection
    ) throws {
        selection = reprocess.selection
        self.meters = meters
        before = try RawEventDecoder(meters, identityKey: identityKey)
        var scan = RawEventScan(from: selection.from, to: selection.to, customer: selection.customer)
        if let delivery = selection.delivery {
            scan.receivedAt = try DeliveryLedger.find(delivery, on: connection)?.receivedAt
        }
        guard reprocess.position < reprocess.lastBlock else { return nil }
        scan.ids = (reprocess.position + 1)...reprocess.lastBlock
        scan.blocksMax = Self.blocksMax
        guard let end = try scan.end(eventsMax: Self.eventsMax, on: connection) else { return nil }
        last = end
        scan.ids = (reprocess.position + 1)...end
        let voided = try VoidedDeliveries.ids(on: connection)
        let plain = try RawEventDecoder(meters, identityKey: identityKey)
        try scan.blocks(compressor, on: connection) { header, data in
            var block = Block(header: header, bytes: Bytes(data))
            let first = events.count
            try RawBlock.read(UnsafeRawBufferPointer(block.bytes.buffer)) { raw in
                var event = Event(raw: raw)
                event.isVoided = voided.contains(raw.delivery)
                if try isMeant(event, plain) { event.now = -1 }
                events.append(event)
            }
            block.events = first..<events.count
            blocks.append(block)
        }
    }

    private static let blocksMax = 256

    private func isMeant(_ event: Event, _ plain: RawEventDecoder) throws -> Bool {
        let raw = event.raw
        if let delivery = selection.delivery {
            guard delivery.text.isSame(as: raw.delivery) else { return false }
            counts.found += 1
        }
        guard raw.outcome == .applied || raw.outcome == .filtered else { return false }
        if selection.from != nil || selection.to != nil || selection.event != nil || selection.customer != nil {
            guard try matches(raw, plain) else { return false }
        }
        guard event.isVoided, selection.delivery == nil else { return true }
        counts.voided += 1
        return false
    }

    private func matches(_ raw: RawEvent, _ plain: RawEventDecoder) throws -> Bool {
        plain.reset()
        try plain.decode(raw, isDelivered: true)
        guard let record = plain.batch.records.first, let part = plain.batch.parts.first else { return false }
        if let from = selection.from, record.timestamp < from.microseconds { return false }
        if let to = selection.to, record.timestamp >= to.microseconds { return false }
        if let event = selection.event, !part.event_name.string.isSame(as: event) { return false }
        guard let customer = selection.customer else { return true }
        if record.customer_id.string.isSame(as: customer.text) { return true }
        guard raw.outcome == .applied, raw.parts.contains(where: { !$0.patch.isEmpty }) else { return false }
        plain.reset()
        try plain.decode(raw)
        return plain.batch.parts.contains { $0.customer_id.string.isSame(as: customer.text) }
    }

    // MARK: - Through the rules

    /// Puts what is meant through the rules, on a thread with a stack for them.
    func evaluate(_ decoder: StoredEventDecoder, inbox: (DeliveryID) throws -> String) throws {
        var meant: [StoredEventDecoder.Event] = []
        for index in events.indices where events[index].now != nil {
            events[index].now = meant.count
            let raw = events[index].raw
            meant.append(
                StoredEventDecoder.Event(
                    delivery: DeliveryID(raw.delivery), record: raw.record,
                    receivedAt: Timestamp(microseconds: raw.receivedAt), text: raw.text))
        }
        let batch = try decoder.batch(of: meant, inbox: inbox)
        now = batch
        for block in blocks.indices {
            for index in blocks[block].events {
                guard let place = events[index].now else { continue }
                try judge(index, batch.records[place], batch)
                switch events[index].change {
                case .none, .restored: break
                case .form, .rejected: blocks[block].isChanged = true
                }
            }
        }
    }

    private func judge(_ index: Int, _ record: cev_record, _ batch: RecordBatch) throws {
        let raw = events[index].raw
        let counted = raw.outcome == .applied && !events[index].isVoided
        counts.events += 1
        let isSame = isSame(raw, record, batch)
        switch UInt32(record.verdict) {
        case CEV_REJECTED.rawValue:
            counts.newlyRejected += 1
            events[index].change = .rejected
        case CEV_FILTERED.rawValue:
            count(counted ? \.noLongerApplied : isSame ? \.unchanged : \.changed)
            events[index].change = isSame ? .none : .form
        default:
            count(!counted ? \.newlyApplied : isSame ? \.unchanged : \.changed)
            events[index].change = !isSame ? .form : counted ? .none : .restored
        }
        guard events[index].change != .none, raw.outcome == .applied else { return }
        events[index].before = before.batch.records.count
        try before.decode(raw)
    }

    private func count(_ kind: WritableKeyPath<Reprocess.Counts, Int64>) { counts[keyPath: kind] += 1 }

    /// Whether the rules made of it what is stored.
    private func isSame(_ raw: RawEvent, _ record: cev_record, _ batch: RecordBatch) -> Bool {
        func rule(_ index: UInt32) -> String? {
            batch.ruleNames.indices.contains(Int(index)) ? batch.ruleNames[Int(index)] : nil
        }
        switch raw.outcome {
        case .filtered:
            return record.verdict == CEV_FILTERED.rawValue && rule(record.rule).isSame(as: raw.rule)
        case .applied:
            guard record.verdict == CEV_KEPT.rawValue, raw.parts.count == Int(record.part_count) else { return false }
            return zip(raw.parts, batch.parts[Int(record.part_first)...]).allSatisfy { old, new in
                rule(new.dropped_by).isSame(as: old.droppedBy) && Self.isSame(old.patch, new.patch.buffer)
            }
        case .duplicate, .differs: return true
        }
    }

    /// The order of the members says nothing.
    private static func isSame(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        if left.count == right.count, left.elementsEqual(right) { return true }
        guard !left.isEmpty, !right.isEmpty, left.count == right.count,
            // Both were made here.
            let old = try? Payload(json: left), let new = try? Payload(json: right)
        else { return false }
        return old == new
    }

    // MARK: - Forms

    /// The parts of the form that it had, where it was applied in another or is to count again.
    func before(of event: Event) -> CreditCorrection.Form? {
        event.before.map { form($0, before.batch) }
    }

    /// The parts of the form that it has now.
    func now(of event: Event) -> CreditCorrection.Form? {
        guard let place = event.now, let now, now.records[place].verdict == CEV_KEPT.rawValue else { return nil }
        return form(place, now)
    }

    private func form(_ place: Int, _ batch: RecordBatch) -> CreditCorrection.Form {
        let record = batch.records[place]
        return CreditCorrection.Form(
            parts: Array(batch.parts[Int(record.part_first)..<Int(record.part_first + record.part_count)]),
            batch: batch)
    }
}
