public import CEvents
public import CLuaSupport
public import TidemillCore
public import TidemillOperations

/// A run of decoded, filtered and mapped records, of one delivery or of several small ones, as the decoder hands it to
/// the engine: flat C arrays, no object per event. One thread owns it at a time; ownership passes with the reference.
public final class RecordBatch: @unchecked Sendable {
    /// What committing a segment does to its delivery's row.
    public enum Kind: Sendable {
        /// Moves the position and adds to the counts.
        case delivery
        /// Events of a call: there is no delivery.
        case call
        /// One rejected record, tried again: it leaves the rejected and is counted anew.
        case retry(record: Int64)
    }

    /// The records of one delivery inside the batch, and how far the delivery is once they are committed.
    public struct Segment: Sendable {
        public var delivery: ClaimedDelivery
        /// Records of the delivery that were committed before this batch.
        public var positionBefore: Int64
        public var positionAfter: Int64
        public var byteOffsetAfter: Int64
        /// How far its file is read, for whoever shows it.
        public var fileOffsetAfter: Int64 = 0
        /// The delivery's content is that of a delivery that was finished before: its keyed records are duplicates.
        public var isKnownContent: Bool
        /// The identity of its event is known as its own: it was taken, and is rejected since a reprocess.
        public var isKnownIdentity = false
        public var kind = Kind.delivery
        /// Around the call that reports the events, where nobody else audits it.
        public var call: CallContext?
        /// SHA-256 of the delivery's bytes, in hex, with its last segment.
        public var contentHash: String?

        public init(
            delivery: ClaimedDelivery, positionBefore: Int64, positionAfter: Int64, byteOffsetAfter: Int64,
            isKnownContent: Bool = false
        ) {
            self.delivery = delivery
            self.positionBefore = positionBefore
            self.positionAfter = positionAfter
            self.byteOffsetAfter = byteOffsetAfter
            self.isKnownContent = isKnownContent
        }
    }

    /// The decoder's arrays; filled through `handle` by whoever owns the batch.
    public let handle: OpaquePointer
    public var segments: [Segment] = []
    /// The meters whose fields the parts carry values of: `MeterSet.generation`.
    public var meterGeneration: Int64 = 0
    public var scriptVersion = ScriptVersionID("")
    /// Whether a webhook of this type starts a job or grant rule of that version.
    public var startsRuns: @Sendable (String) -> Bool = { _ in true }
    /// Committed without a word to anybody: nothing is announced, and nothing waits for a person.
    public var isQuiet = false
    /// The names of the pipeline's rules, by index.
    public var ruleNames: [String] = []
    /// Where each rule is declared, for messages: `scripts/mappings.lua:8`.
    public var rulePlaces: [String] = []
    /// The bytes that the records point into.
    private var texts: [RecordText] = []

    /// Nil when memory is short.
    public init?() {
        guard let handle = cev_batch_open() else { return nil }
        self.handle = handle
    }

    deinit {
        cev_batch_close(handle)
    }

    /// Holds bytes that records point into as long as the batch lives.
    public func keep(_ text: RecordText) {
        if texts.last !== text { texts.append(text) }
    }

    public var records: UnsafeBufferPointer<cev_record> {
        var count: UInt32 = 0
        let base = cev_batch_records(handle, &count)
        return UnsafeBufferPointer(start: base, count: Int(count))
    }

    public var parts: UnsafeBufferPointer<cev_part> {
        var count: UInt32 = 0
        let base = cev_batch_parts(handle, &count)
        return UnsafeBufferPointer(start: base, count: Int(count))
    }

    /// The names of the fields that the record has beyond those of its kind.
    public func unknownFields(of record: cev_record) -> UnsafeBufferPointer<cls_text> {
        UnsafeBufferPointer(
            start: cev_batch_unknown(handle).map { $0 + Int(record.unknown_first) }, count: Int(record.unknown_count))
    }

    /// The values of part `part`: one for each field of the meter set.
    public func values(of part: cev_part) -> UnsafePointer<cev_value>? {
        cev_batch_values(handle).map { $0 + Int(part.value_first) }
    }
}

extension cls_text {
    public var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: Int(length)) }
    public var string: String { String(decoding: buffer, as: UTF8.self) }
}

extension cev_record {
    public var textBuffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: text, count: Int(length)) }
}

/// Bytes of a delivery, with the room behind them that the parser reads. Batches share it: the lines of one piece of a
/// file may end up in two of them.
public final class RecordText: @unchecked Sendable {  // Written before it is shared, freed by the last holder.
    public let bytes: UnsafeMutableRawPointer
    /// What the parser may read behind the last record.
    private static let padding = 64

    public init(capacity: Int) {
        bytes = .allocate(byteCount: capacity + Self.padding, alignment: 64)
    }

    /// Clears the padding behind `count` bytes.
    public func pad(from count: Int) {
        (bytes + count).initializeMemory(as: UInt8.self, repeating: 0, count: Self.padding)
    }

    deinit {
        bytes.deallocate()
    }
}
