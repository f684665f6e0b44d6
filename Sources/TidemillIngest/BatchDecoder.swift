import CEvents
import CLuaSupport
import Crypto
import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore

/// What the decoding thread hands to the committing one, in the order of the deliveries.
enum DecodedStep: @unchecked Sendable {  // A batch is owned by one side at a time.
    /// A batch; the deliveries whose last records it holds are done when it is committed.
    case batch(RecordBatch, finished: [DeliveryID])
    /// A delivery that needs no (more) batch.
    case ended(DeliveryID, DeliveryOutcome.State)
    /// Decoding itself failed.
    case failed(any Error)
}

/// Reads claimed files and turns them into batches: large files into many, small ones together into one.
final class BatchDecoder {
    let decoder: OpaquePointer
    private let fields: any MeteredFields
    private let rules: any EventRules
    let options: IngestOptions
    private let files: FileCalls
    private let store: any Store
    private let now: Timestamp
    private let send: (DecodedStep) -> Bool
    var batch: RecordBatch
    private var finished: [DeliveryID] = []
    var bytesInBatch = 0
    /// The receiver is gone, or a delivery is held: nothing more is decoded.
    private(set) var isStopped = false

    init(
        identityKey: [UInt8], fields: any MeteredFields, rules: any EventRules, options: IngestOptions,
        files: FileCalls, store: any Store, now: Timestamp, send: @escaping (DecodedStep) -> Bool
    ) throws {
        guard identityKey.count == 16, let decoder = cev_decoder_open(identityKey), fields.configure(decoder),
            let batch = RecordBatch()
        else { throw StoreError(.unavailable, "out of memory while starting to decode") }
        self.decoder = decoder
        self.fields = fields
        self.rules = rules
        self.options = options
        self.files = files
        self.store = store
        self.now = now
        self.send = send
        self.batch = batch
        cev_decoder_set_rules(decoder, rules.state)
        label()
    }

    deinit {
        cev_decoder_close(decoder)
    }

    private func label() {
        batch.meterGeneration = fields.generation
        batch.scriptVersion = rules.version
        batch.startsRuns = { [rules] in rules.startsRuns($0) }
        batch.ruleNames = rules.ruleNames
        batch.rulePlaces = rules.rulePlaces
    }

    /// Decodes one delivery from its position on.
    func decode(_ delivery: ClaimedDelivery, from progress: DeliveryProgress) throws {
        do {
            try setAside(delivery.care)
            let file = try DeliveryFile(path: delivery.path, calls: files)
            guard file.size > 0 else {
                if delivery.mayGrow { throw IncompleteDelivery() }
                throw UnreadableDelivery.empty
            }
            let content = try DeliveryContent(delivery, file, options: options)
            try content.check(mayGrow: delivery.mayGrow, hasEffects: progress.position > 0)
            // A row whose end was committed counts the bytes of the file, not those of what is made of it.
            let offset = content.isMade && progress.hasEnd ? content.length : progress.byteOffset
            let before = try content.digest(to: offset)
            var reading = Reading(
                delivery: delivery, content: content, offset: offset, record: UInt64(progress.position),
                line: before.lines, hash: before.hash, isKnownContent: try isKnown(delivery, content),
                records: delivery.format.records)
            if reading.records == .document, let record = try document(reading) {
                try decode(record, &reading)
            } else if reading.records == .document {
                try decodeDocument(&reading)
            } else {
                try decodeLines(&reading)
            }
        } catch let unreadable as UnreadableDelivery {
            try flush()
            _ = hand(.ended(delivery.id, .failed(code: unreadable.code, message: unreadable.message)))
        } catch is IncompleteDelivery {
            try flush()
            _ = hand(.ended(delivery.id, .incomplete))
        } catch let unreachable as UnreachableDelivery {
            // What was read is committed, and it goes on from there.
            try flush()
            _ = hand(
                .ended(delivery.id, .unreachable(message: unreachable.message, isShared: unreachable.isShared)))
            // The others come after it, in their order, and would meet the same.
            if unreachable.isShared { isStopped = true }
        }
    }

    private func setAside(_ care: DeliveryCare?) throws {
        let message =
            "\(care?.ended ?? 0) workers ended while they processed this record; look at it, mend what it meets or drop it, then retry it"
        guard cev_decoder_set_aside(decoder, care?.aside.map { UInt64($0) } ?? 0, message) else {
            throw StoreError(.unavailable, "out of memory while decoding a delivery")
        }
    }

    /// A delivery in progress.
    struct Reading {
        var delivery: ClaimedDelivery
        var content: DeliveryContent
        var offset: Int64
        var record: UInt64
        var line: UInt64
        var hash: SHA256
        var isKnownContent: Bool
        var records: DeliveryFormat.Records
    }

    private func isKnown(_ delivery: ClaimedDelivery, _ content: DeliveryContent) throws -> Bool {
        let edge = now.advanced(bySeconds: -options.dedupeWindow)
        if delivery.isAgain { return false }
        // Content that is made of a file has another size than the file, and was read to its end.
        if let hash = content.hash {
            return try DeliveryProgress.isKnown(
                contentHash: hash, except: delivery.id, finishedBefore: edge, store: store)
        }
        guard try DeliveryProgress.mayBeKnown(size: content.length, finishedBefore: edge, store: store) else {
            return false
        }
        return try DeliveryProgress.isKnown(
            contentHash: content.digest(to: content.length).hash.hex, except: delivery.id, store: store)
    }

    // MARK: Documents

    /// The record of a file that a job takes as it is; nil for any other, and for one that has a type.
    private func document(_ reading: Reading) throws -> Payload? {
        let name = reading.delivery.name
        guard rules.takesDocument(name) else { return nil }
        let size = reading.content.length
        guard size <= DocumentRecord.sizeMax else {
            throw UnreadableDelivery(
                code: "too_large",
                message: "a document for a job has at most \(DocumentRecord.sizeMax) bytes, this one \(size)")
        }
        var bytes = [UInt8](repeating: 0, count: Int(size))
        let count = try bytes.withUnsafeMutableBytes { buffer in
            try buffer.baseAddress.map { try reading.content.read(into: $0, count: Int(size), at: 0) } ?? 0
        }
        do {
            let document = try Payload(json: bytes.prefix(count), uniqueNames: true)
            guard document["type"]?.text == nil else { return nil }
            return DocumentRecord.record(
                name: name, contentHash: try reading.content.digest(to: size).hash.hex, document: document)
        } catch {
            if reading.delivery.mayGrow { throw IncompleteDelivery() }
            throw UnreadableDelivery(code: "invalid_json", message: "\(error); nothing of the file was applied")
        }
    }

    /// Takes a whole file as one record.
    private func decode(_ record: Payload, _ reading: inout Reading) throws {
        let json = Array(record.json.utf8)
        // Read before anything of the record is in the batch: a read may fail.
        let digest = try reading.content.digest(to: reading.content.length).hash
        let text = RecordText(capacity: json.count)
        json.withUnsafeBytes {
            text.bytes.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(text.bytes), byteCount: json.count)
        }
        text.pad(from: json.count)
        batch.keep(text)
        bytesInBatch += json.count
        let before = reading.record
        var offset = 0
        reading.line += 1
        let isDecoded = withSource(reading.delivery) { source in
            cev_decode_document(
                decoder, batch.handle, source, UInt32(batch.segments.count),
                UnsafePointer(text.bytes.assumingMemoryBound(to: CChar.self)), json.count,
                // The record holds the file and a little more.
                UInt32(2 * DocumentRecord.sizeMax), UInt32(options.batchRecordsMax), &offset, &reading.record,
                &reading.line)
        }
        guard isDecoded else { throw StoreError(.unavailable, "out of memory while decoding a delivery") }
        reading.hash = digest
        reading.offset = reading.content.length
        try close(segment: &reading, recordsBefore: before, isFinished: true)
        if isFull { try flush() }
    }

    /// A `.json` file is checked whole before its first effect.
    private func decodeDocument(_ reading: inout Reading) throws {
        let size = Int(reading.content.length)
        let text = RecordText(capacity: size)
        let count = try reading.content.read(into: text.bytes, count: size, at: 0)
        text.pad(from: count)
        let bytes = UnsafePointer(text.bytes.assumingMemoryBound(to: CChar.self))
        var line: UInt64 = 1
        var column: UInt64 = 0
        if let problem = cev_check_document(decoder, bytes, count, UInt32(options.recordLengthMax), &line, &column) {
            guard problem != cev_out_of_memory else {
                throw StoreError(.unavailable, "out of memory while checking a delivery")
            }
            if reading.delivery.mayGrow { throw IncompleteDelivery() }
            throw UnreadableDelivery(
                code: "invalid_json",
                message:
                    "line \(line)\(column > 0 ? ", column \(column)" : ""): \(String(cString: problem)); nothing of the file was applied"
            )
        }
        reading.hash = SHA256()
        reading.hash.update(bufferPointer: UnsafeRawBufferPointer(start: text.bytes, count: count))
        reading.line += 1
        bytesInBatch += count
        var isFinished = false
        while !isFinished, !isStopped {
            batch.keep(text)
            let before = reading.record
            var offset = Int(reading.offset)
            let isDecoded = withSource(reading.delivery) { source in
                cev_decode_document(
                    decoder, batch.handle, source, UInt32(batch.segments.count), bytes, count,
                    UInt32(options.recordLengthMax), UInt32(options.batchRecordsMax), &offset, &reading.record,
                    &reading.line)
            }
            guard isDecoded else { throw StoreError(.unavailable, "out of memory while decoding a delivery") }
            reading.offset = Int64(offset)
            isFinished = offset >= count
            try close(segment: &reading, recordsBefore: before, isFinished: isFinished)
            if isFull || !isFinished { try flush() }
        }
    }

    // MARK: Batches

    var isFull: Bool {
        bytesInBatch >= options.batchBytesMax || isBatchFull
    }

    /// Whether the decoder adds no more records to the batch.
    var isBatchFull: Bool { cev_batch_is_full(batch.handle, UInt32(options.batchRecordsMax)) }

    func withSource<T>(_ delivery: ClaimedDelivery, _ body: (UnsafePointer<cev_source>) -> T) -> T {
        delivery.withSource(options) { source in rules.exclusively { body(source) } }
    }

    /// Ends the delivery's segment in the batch: records up to here are committed with it.
    func close(segment reading: inout Reading, recordsBefore: UInt64, isFinished: Bool) throws {
        guard reading.record > recordsBefore || isFinished else { return }
        var segment = RecordBatch.Segment(
            delivery: reading.delivery, positionBefore: Int64(recordsBefore), positionAfter: Int64(reading.record),
            byteOffsetAfter: reading.offset, isKnownContent: reading.isKnownContent)
        segment.fileOffsetAfter = reading.content.fileOffset(of: reading.offset)
        if isFinished {
            if reading.content.isMade {
                // The end is the file's own: what is compared with it later is the file.
                segment.byteOffsetAfter = reading.content.fileLength
                segment.fileOffsetAfter = reading.content.fileLength
            }
            // `[]` is a document without records, a header alone a table without rows.
            if reading.record == 0, reading.records == .lines {
                if reading.delivery.mayGrow { throw IncompleteDelivery() }
                throw UnreadableDelivery(
                    code: "empty", message: "the file holds blank lines only; expected JSON records")
            }
            segment.contentHash = reading.hash.hex
            finished.append(reading.delivery.id)
        }
        batch.segments.append(segment)
    }

    /// Hands the batch over, unless the brake holds it.
    func flush() throws {
        guard !isStopped else { return }
        guard !batch.segments.isEmpty else {
            // Blank lines only: nothing to hand over, but their text need not be held.
            try renew()
            return
        }
        if let brake = brake() {
            isStopped = true
            for segment in batch.segments {
                _ = hand(.ended(segment.delivery.id, brake(segment.delivery.id)))
            }
            return
        }
        let full = batch
        let done = finished
        try renew()
        _ = hand(.batch(full, finished: done))
    }

    /// Begins the next batch.
    private func renew() throws {
        guard let next = RecordBatch() else { throw StoreError(.unavailable, "out of memory while decoding") }
        batch = next
        finished = []
        bytesInBatch = 0
        label()
    }

    private func hand(_ step: DecodedStep) -> Bool {
        if !isStopped || step.isEnd { if !send(step) { isStopped = true } }
        return !isStopped
    }

    /// Promise 7 of architecture.md: when more than a fifth of the events of a batch fail in one rule, nothing of the
    /// batch is applied. Returns what becomes of each delivery in it.
    private func brake() -> ((DeliveryID) -> DeliveryOutcome.State)? {
        var events = 0
        var failures: [UInt32: Set<Int>] = [:]
        var failed: [UInt32: Int] = [:]
        var sample: [UInt32: String] = [:]
        for record in batch.records where record.kind == CEV_EVENT.rawValue {
            events += 1
            guard record.verdict == CEV_REJECTED.rawValue, record.rule != UInt32.max,
                !batch.segments[Int(record.segment)].delivery.ignoresBrake
            else { continue }
            failed[record.rule, default: 0] += 1
            failures[record.rule, default: []].insert(Int(record.segment))
            if sample[record.rule] == nil { sample[record.rule] = record.message.string }
        }
        guard events >= options.brakeRecordsMin,
            let worst = failed.max(by: { $0.value < $1.value }),
            worst.value * 100 > events * options.brakePercent
        else { return nil }
        let name = batch.ruleNames.indices.contains(Int(worst.key)) ? batch.ruleNames[Int(worst.key)] : "?"
        let held = Set((failures[worst.key] ?? []).map { batch.segments[$0].delivery.id })
        let message =
            "\(worst.value) of \(events) events failed in rule \"\(name)\": \(sample[worst.key] ?? ""); "
            + "mend the script, or run tidemill resume ingest to go on and reject them"
        return { id in
            held.contains(id)
                ? .held(rule: name, message: message)
                : .retryLater(message: "waits behind a delivery that rule \"\(name)\" holds")
        }
    }
}

extension DecodedStep {
    fileprivate var isEnd: Bool { if case .ended = self { true } else { false } }
}

extension RecordKind {
    /// The bit of `cev_source.accepts`.
    var bit: UInt8 {
        switch self {
        case .event: 1 << UInt8(CEV_EVENT.rawValue)
        case .usage: 1 << UInt8(CEV_USAGE.rawValue)
        case .webhook: 1 << UInt8(CEV_WEBHOOK.rawValue)
        case .operation: 1 << UInt8(CEV_OPERATION.rawValue)
        }
    }
}
