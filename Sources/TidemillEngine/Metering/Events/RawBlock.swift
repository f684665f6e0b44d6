import CEvents
import CLuaSupport
import CZstd
import Foundation
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// What became of a stored event.
enum EventOutcome: UInt8 {
    case applied, filtered, duplicate, differs
}

/// Events on their way into one packed, compressed block (storage.md, "Raw events").
struct RawBlockWriter: ~Copyable {
    private var entries = ByteWriter(capacity: 1 << 16)
    private var header = ByteWriter(capacity: 256)
    private var deliveries = Names()
    private var rules = Names()
    private var customers: Set<UInt32> = []
    private(set) var count: Int64 = 0
    private var firstAt = Int64.max
    private var lastAt = Int64.min
    private var firstReceivedAt = Int64.max
    private var lastReceivedAt = Int64.min

    init() {}

    var size: Int { entries.count }

    /// An event's place in its block. `mapped` are the patches of its parts; one empty patch is the event unchanged.
    struct Entry {
        var delivery: String
        var record: UInt64
        var receivedAt: Int64
        var outcome: EventOutcome
        var rule: String?
        var reason: UnsafeRawBufferPointer
        var text: UnsafeRawBufferPointer
    }

    /// `note` says what is to be kept of a part that was not dropped, by its place among `parts`.
    mutating func append(
        _ entry: Entry, at: Int64, customer: UInt32, parts: UnsafeBufferPointer<cev_part>, ruleNames: [String],
        note: (Int) -> String? = { _ in nil }
    ) {
        put(entry, customer: customer, parts: parts.count)
        customers.insert(customer)
        firstAt = min(firstAt, at)
        lastAt = max(lastAt, at)
        for (index, part) in parts.enumerated() {
            let filter = Int(part.dropped_by)
            entries.append(
                varint: ruleNames.indices.contains(filter) ? rules.number(ruleNames[filter]) + 1 : 0)
            if let note = note(index) {
                entries.append(text: note)
            } else {
                entries.append(text: part.reason.bytes, Int(part.reason.length))
            }
            entries.append(text: part.patch.bytes, Int(part.patch.length))
            if part.patch.length > 0 { customers.insert(RawBlock.customerHash(part.customer_id.buffer)) }
            firstAt = min(firstAt, part.timestamp)
            lastAt = max(lastAt, part.timestamp)
        }
    }

    /// Appends a stored event as it is: small blocks are merged into larger ones. `header` bounds its times.
    mutating func append(_ event: RawEvent, from header: RawEventScan.Header) {
        var reason = event.reason
        reason.withUTF8 { reason in
            put(
                Entry(
                    delivery: event.delivery, record: event.record, receivedAt: event.receivedAt,
                    outcome: event.outcome,
                    rule: event.rule, reason: UnsafeRawBufferPointer(reason), text: event.text),
                customer: event.customer, parts: event.parts.count)
        }
        for part in event.parts {
            entries.append(varint: part.droppedBy.map { rules.number($0) + 1 } ?? 0)
            entries.append(text: part.reason)
            entries.append(text: part.patch.baseAddress, part.patch.count)
        }
        customers.formUnion(header.customers)
        firstAt = min(firstAt, header.firstAt)
        lastAt = max(lastAt, header.lastAt)
    }

    /// Everything of an entry but its patches.
    private mutating func put(_ entry: Entry, customer: UInt32, parts: Int) {
        entries.append(entry.outcome.rawValue)
        entries.append(varint: deliveries.number(entry.delivery))
        entries.append(varint: entry.record)
        entries.append(signed: entry.receivedAt)
        entries.append(fixed: customer)
        entries.append(varint: entry.rule.map { rules.number($0) + 1 } ?? 0)
        entries.append(text: entry.reason.baseAddress, entry.reason.count)
        entries.append(text: entry.text.baseAddress, entry.text.count)
        entries.append(varint: UInt64(parts))
        firstReceivedAt = min(firstReceivedAt, entry.receivedAt)
        lastReceivedAt = max(lastReceivedAt, entry.receivedAt)
        count += 1
    }

    /// Names that entries refer to by number.
    private struct Names {
        private(set) var names: [String] = []
        private var numbers: [String: UInt64] = [:]

        mutating func number(_ name: String) -> UInt64 {
            // Runs of one delivery or rule are the common case.
            if let last = names.last, last == name { return UInt64(names.count - 1) }
            if let known = numbers[name] { return known }
            names.append(name)
            numbers[name] = UInt64(names.count - 1)
            return UInt64(names.count - 1)
        }
    }

    /// Compresses and inserts the block under the next id; empties the writer. Returns how many events went into it, to be
    /// added to `Sequences.Kept.eventsStored`, once a transaction.
    mutating func write(
        shard: Int64, scriptVersion: ScriptVersionID, compressor: Compressor, on connection: any SQLConnection
    ) throws -> Int64 {
        guard count > 0 else { return 0 }
        let events = count
        let id = try Sequences.next(RawBlock.sequence, on: connection)
        // A store that has had blocks without it does not know.
        if id == 1 { try Sequences.set(.eventsStored, to: 0, on: connection) }
        let place = self.place
        try packed(compressor) { data in
            try connection.execute(
                """
                INSERT INTO raw_blocks(data, events, first_at, last_at, first_received_at, last_received_at, customers,
                  id, shard, script_version)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                """, blob: data, place + [.integer(id), .integer(shard), .text(scriptVersion.text)])
        }
        return events
    }

    /// Puts the entries, a part of those of a block, in its place, and empties the writer. Returns how many they are.
    mutating func replace(_ id: Int64, _ compressor: Compressor, on connection: any SQLConnection) throws -> Int64 {
        let events = count
        _ = try Sequences.next(RawBlock.changes, on: connection)
        guard events > 0 else {
            try connection.execute("DELETE FROM raw_blocks WHERE id = $1", [.integer(id)])
            return 0
        }
        let place = self.place
        try packed(compressor) { data in
            try connection.execute(
                """
                UPDATE raw_blocks SET data = $1, events = $2, first_at = $3, last_at = $4, first_received_at = $5,
                  last_received_at = $6, customers = $7 WHERE id = $8
                """, blob: data, place + [.integer(id)])
        }
        return events
    }

    /// What a block is found by.
    private var place: [SQLValue] {
        [
            .integer(count), .integer(firstAt), .integer(lastAt), .integer(firstReceivedAt), .integer(lastReceivedAt),
            .blob(customers.sorted().withUnsafeBytes { Data($0) }),
        ]
    }

    /// Hands out the block as it is kept, with the instant of its last arrival; empties the writer.
    mutating func takeOut(_ compressor: Compressor, _ body: (UnsafeRawBufferPointer, Int64) throws -> Void) throws {
        let last = lastReceivedAt
        try packed(compressor) { try body($0, last) }
    }

    private mutating func packed(_ compressor: Compressor, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        header.removeAll()
        header.append(RawBlock.format)
        for names in [deliveries.names, rules.names] {
            header.append(varint: UInt64(names.count))
            for name in names { header.append(text: name) }
        }
        header.append(varint: UInt64(count))
        header.append(entries.bytes)
        try compressor.compress(header.bytes, body)
        self = RawBlockWriter()
    }
}

/// zstd with a context that is kept: making one costs more than compressing a block.
final class Compressor {
    private let compression = ZSTD_createCCtx()
    private let decompression = ZSTD_createDCtx()
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    /// The fastest level: on event lines it still saves two thirds.
    private let level: Int32 = 1

    deinit {
        ZSTD_freeCCtx(compression)
        ZSTD_freeDCtx(decompression)
        buffer.deallocate()
    }

    private func reserve(_ size: Int) {
        guard buffer.count < size else { return }
        buffer.deallocate()
        buffer = .allocate(byteCount: size * 3 / 2, alignment: 16)
    }

    func compress<T>(_ source: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> T) throws -> T {
        reserve(ZSTD_compressBound(source.count))
        let size = ZSTD_compressCCtx(
            compression, buffer.baseAddress, buffer.count, source.baseAddress, source.count, level)
        guard ZSTD_isError(size) == 0 else { throw StoreError(.unavailable, "out of memory while compressing events") }
        return try body(UnsafeRawBufferPointer(rebasing: buffer[0..<size]))
    }

    func decompress<T>(_ source: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> T) throws -> T {
        let size = ZSTD_getFrameContentSize(source.baseAddress, source.count)
        guard size < 1 << 31 else {
            throw StoreError(.corrupt, "a block of raw events is damaged; run tidemill verify")
        }
        reserve(Int(size))
        let count = ZSTD_decompressDCtx(
            decompression, buffer.baseAddress, buffer.count, source.baseAddress, source.count)
        guard ZSTD_isError(count) == 0 else {
            throw StoreError(.corrupt, "a block of raw events is damaged; run tidemill verify")
        }
        return try body(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
    }
}

/// A stored event as it is read back; texts are valid inside the closure that receives it.
struct RawEvent {
    var outcome: EventOutcome
    var delivery: String
    var record: UInt64
    var receivedAt: Int64
    var customer: UInt32
    var rule: String?
    var reason: String
    var text: UnsafeRawBufferPointer
    /// The mapped form, or the parts of a split event.
    var parts: [Part]

    struct Part {
        /// What the mappings changed; empty: nothing.
        var patch: UnsafeRawBufferPointer
        /// The filter that dropped this part, and its reason.
        var droppedBy: String?
        /// Of a part that was not dropped: why it cost no credits.
        var reason: String
    }

    /// The patches of what is metered.
    var patches: [UnsafeRawBufferPointer] { parts.filter { $0.droppedBy == nil }.map(\.patch) }
}

enum RawBlock {
    static let format: UInt8 = 1

    /// Numbers the blocks.
    static let sequence = "raw_block"
    /// Counts when blocks that were written were changed or removed: what is remembered of them is worth nothing then.
    static let changes = "raw_block_changes"

    static func delete(_ id: Int64, on connection: any SQLConnection) throws {
        let events = try connection.first("SELECT events FROM raw_blocks WHERE id = $1", [.integer(id)]) {
            $0.integer(0)
        }
        try connection.execute("DELETE FROM raw_blocks WHERE id = $1", [.integer(id)])
        _ = try Sequences.next(changes, on: connection)
        try Sequences.add(-(events ?? 0), to: .eventsStored, on: connection)
    }

    /// What blocks are searched by: 32 bits of the customer's id.
    static func customerHash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var hash: UInt32 = 0x811c_9dc5
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return hash
    }

    static func customerHash(_ customer: CustomerID) -> UInt32 {
        var text = customer.text
        return text.withUTF8 { customerHash(UnsafeRawBufferPointer($0)) }
    }

    /// Whether a block's `customers` column names the hash: binary search in place.
    static func names(_ hash: UInt32, in customers: UnsafeRawBufferPointer) -> Bool {
        var low = 0
        var high = customers.count / 4
        while low < high {
            let middle = (low + high) / 2
            let value = customers.loadUnaligned(fromByteOffset: middle * 4, as: UInt32.self)
            if value == hash { return true }
            if value < hash { low = middle + 1 } else { high = middle }
        }
        return false
    }

    /// Whether it names one of the hashes.
    static func names(anyOf hashes: Set<UInt32>, in customers: UnsafeRawBufferPointer) -> Bool {
        stride(from: 0, to: customers.count - 3, by: 4).contains {
            hashes.contains(customers.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
        }
    }

    /// Hands out the events of a decompressed block; with `customer` only those of that customer as delivered, or that a
    /// mapping changed (whose customer may be another).
    static func read(_ block: UnsafeRawBufferPointer, _ body: (RawEvent) throws -> Void) throws {
        var reader = ByteReader(block)
        guard try reader.byte() == format else {
            throw StoreError(.incompatible, "a block of raw events was written by a newer Tidemill")
        }
        let deliveries = try (0..<reader.count()).map { _ in try reader.string() }
        let rules = try (0..<reader.count()).map { _ in try reader.string() }
        for _ in 0..<(try reader.count()) {
            guard let outcome = EventOutcome(rawValue: try reader.byte()) else { throw ByteReader.Damaged() }
            let delivery = Int(clamping: try reader.varint())
            let record = try reader.varint()
            let receivedAt = try reader.signed()
            let customer = try reader.fixed(UInt32.self)
            let rule = Int(clamping: try reader.varint())
            let reason = try reader.string()
            let text = try reader.text()
            let parts = try (0..<reader.count()).map { _ in
                let filter = Int(clamping: try reader.varint())
                guard filter <= rules.count else { throw ByteReader.Damaged() }
                let reason = try reader.string()
                return RawEvent.Part(
                    patch: try reader.text(), droppedBy: filter > 0 ? rules[filter - 1] : nil, reason: reason)
            }
            guard deliveries.indices.contains(delivery), rule <= rules.count else { throw ByteReader.Damaged() }
            try body(
                RawEvent(
                    outcome: outcome, delivery: deliveries[delivery], record: record, receivedAt: receivedAt,
                    customer: customer, rule: rule > 0 ? rules[rule - 1] : nil, reason: reason, text: text,
                    parts: parts))
        }
    }
}
