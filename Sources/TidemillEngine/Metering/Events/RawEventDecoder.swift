import CEvents
import CLuaSupport
import TidemillIngest
import TidemillStore

/// Decodes stored events without rules: as they were delivered, or in the forms that mappings gave them.
final class RawEventDecoder {
    private let decoder: OpaquePointer
    /// What was decoded, one record an event.
    let batch: RecordBatch

    init(_ meters: MeterSet, identityKey: [UInt8]) throws {
        guard identityKey.count == 16, let decoder = cev_decoder_open(identityKey), let batch = RecordBatch(),
            meters.configure(decoder)
        else { throw Self.outOfMemory }
        self.decoder = decoder
        self.batch = batch
    }

    deinit {
        cev_decoder_close(decoder)
    }

    private static let outOfMemory = StoreError(.unavailable, "out of memory while reading stored events")

    /// Adds the event in the forms that count; `isDelivered`: as it was delivered.
    func decode(_ event: RawEvent, isDelivered: Bool = false) throws {
        let isDecoded = event.text.withMemoryRebound(to: CChar.self) { text in
            let patches = (isDelivered ? [] : event.patches).map { patch in
                cls_text(bytes: patch.baseAddress?.assumingMemoryBound(to: CChar.self), length: UInt32(patch.count))
            }
            return cev_decode_stored(
                decoder, batch.handle, text.baseAddress, UInt32(text.count), patches, UInt32(patches.count),
                event.receivedAt)
        }
        guard isDecoded else { throw Self.outOfMemory }
    }

    func reset() { cev_batch_reset(batch.handle) }
}
