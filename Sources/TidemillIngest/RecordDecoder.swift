import CEvents
import CLuaSupport
import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore

/// A decoder for records that come without a file: events of a call, rejected records that are tried again. To be used
/// on a thread with a known stack: the rules run in it.
final class RecordDecoder {
    private let decoder: OpaquePointer
    private let fields: any MeteredFields
    private let rules: any EventRules

    init(identityKey: [UInt8], fields: any MeteredFields, rules: any EventRules) throws {
        guard identityKey.count == 16, let decoder = cev_decoder_open(identityKey), fields.configure(decoder) else {
            throw Self.outOfMemory
        }
        self.decoder = decoder
        self.fields = fields
        self.rules = rules
        cev_decoder_set_rules(decoder, rules.state)
    }

    deinit {
        cev_decoder_close(decoder)
    }

    static let outOfMemory = StoreError(.unavailable, "out of memory while decoding records")

    /// An empty batch for this decoder's rules and meters.
    func batch() throws -> RecordBatch {
        guard let batch = RecordBatch() else { throw Self.outOfMemory }
        batch.meterGeneration = fields.generation
        batch.scriptVersion = rules.version
        batch.startsRuns = { [rules] in rules.startsRuns($0) }
        batch.ruleNames = rules.ruleNames
        batch.rulePlaces = rules.rulePlaces
        return batch
    }

    /// Decodes the text of one record of `delivery`, whatever white space it holds, in the batch's next segment.
    func decode(
        _ text: some Collection<UInt8>, of delivery: ClaimedDelivery, into batch: RecordBatch, number: Int64,
        line: Int64,
        options: IngestOptions
    ) throws {
        let count = text.count
        let bytes = RecordText(capacity: count)
        UnsafeMutableRawBufferPointer(start: bytes.bytes, count: count).copyBytes(from: text)
        bytes.pad(from: count)
        batch.keep(bytes)
        let isDecoded = delivery.withSource(options) { source in
            rules.exclusively {
                cev_decode_record(
                    decoder, batch.handle, source, UInt32(batch.segments.count),
                    bytes.bytes.assumingMemoryBound(to: CChar.self), count, UInt32(options.recordLengthMax),
                    UInt64(number), UInt64(line))
            }
        }
        guard isDecoded else { throw Self.outOfMemory }
    }

    /// Decodes events of one delivery that the store has, in the batch's next segment. `bytes` has room for their texts
    /// from `offset` on.
    func decode(
        _ events: ArraySlice<StoredEventDecoder.Event>, of delivery: ClaimedDelivery, into batch: RecordBatch,
        _ bytes: RecordText, at offset: inout Int, options: IngestOptions
    ) throws {
        let first = offset
        for event in events {
            guard let source = event.text.baseAddress else { throw Self.outOfMemory }
            (bytes.bytes + offset).copyMemory(from: source, byteCount: event.text.count)
            offset += event.text.count
        }
        let isDecoded = delivery.withSource(options) { source in
            rules.exclusively {
                var place = bytes.bytes + first
                for event in events {
                    let isDecoded = cev_decode_record(
                        decoder, batch.handle, source, UInt32(batch.segments.count),
                        place.assumingMemoryBound(to: CChar.self), event.text.count, UInt32(options.recordLengthMax),
                        event.record, event.record)
                    guard isDecoded else { return false }
                    place += event.text.count
                }
                return true
            }
        }
        guard isDecoded else { throw Self.outOfMemory }
    }

    /// Decodes the records of a JSON list, in the batch's next segment; false where it is none, or has more than
    /// `recordsMax`, or more than a batch takes. A record that is no JSON is rejected as any other.
    func decode(
        list: ArraySlice<UInt8>, of delivery: ClaimedDelivery, into batch: RecordBatch, recordsMax: Int,
        options: IngestOptions
    ) throws -> Bool {
        let count = list.count
        let bytes = RecordText(capacity: count)
        UnsafeMutableRawBufferPointer(start: bytes.bytes, count: count).copyBytes(from: list)
        bytes.pad(from: count)
        batch.keep(bytes)
        var (offset, record, line) = (0, UInt64(0), UInt64(0))
        let isDecoded = delivery.withSource(options) { source in
            rules.exclusively {
                cev_decode_document(
                    decoder, batch.handle, source, UInt32(batch.segments.count),
                    UnsafePointer(bytes.bytes.assumingMemoryBound(to: CChar.self)), count,
                    UInt32(options.recordLengthMax), UInt32(recordsMax), &offset, &record, &line)
            }
        }
        guard isDecoded else { throw Self.outOfMemory }
        return offset == count
    }
}

extension ClaimedDelivery {
    /// What the decoder is told of the delivery.
    func withSource<T>(_ options: IngestOptions, _ body: (UnsafePointer<cev_source>) -> T) -> T {
        var id = id.text
        var ignored = (options.ignoredFields[inbox] ?? []).map { $0 + "\0" }.joined()
        return id.withUTF8 { bytes in
            ignored.withUTF8 { ignored in
                var source = cev_source(
                    delivery: cls_text(UnsafeRawBufferPointer(bytes)), received_at: receivedAt.microseconds,
                    latest: receivedAt.advanced(bySeconds: options.maxFuture).microseconds,
                    accepts: accepts.reduce(0) { $0 | $1.bit }, ignored: cls_text(UnsafeRawBufferPointer(ignored)),
                    is_table: format.records == .table)
                return body(&source)
            }
        }
    }
}

extension cls_text {
    /// Bytes that outlive it.
    fileprivate init(_ buffer: UnsafeRawBufferPointer) {
        self.init(bytes: buffer.baseAddress?.assumingMemoryBound(to: CChar.self), length: UInt32(buffer.count))
    }
}
