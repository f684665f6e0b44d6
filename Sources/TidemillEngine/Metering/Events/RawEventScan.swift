import CEvents
import CLuaSupport
import Foundation
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Reads stored events back, block by block.
struct RawEventScan {
    /// Blocks with at least one event in the half-open range of event times; nil: unbounded.
    var from: Timestamp?
    var to: Timestamp?
    /// Blocks that may hold events of this customer.
    var customer: CustomerID?
    /// Blocks of these shards; nil: all.
    var shards: [Int64]?
    /// Blocks that may hold events of customers with these hashes; nil: of all.
    var customers: Set<UInt32>?
    /// Blocks with ids in this range.
    var ids: ClosedRange<Int64> = 0...Int64.max
    /// Blocks that may hold events that arrived at this instant: those of one delivery.
    var receivedAt: Timestamp?
    /// Blocks that may hold events that arrived then or later.
    var receivedFrom: Timestamp?
    var blocksMax = Int.max

    /// One block's header.
    struct Header {
        var id: Int64
        var shard: Int64
        var events: Int64
        var scriptVersion: ScriptVersionID
        var firstAt: Int64
        var lastAt: Int64
        var lastReceivedAt: Int64
        /// Sorted hashes of the customers inside.
        var customers: [UInt32]
    }

    /// Hands out each block, decompressed, oldest first.
    func blocks(
        _ compressor: Compressor, on connection: any SQLConnection,
        _ body: (Header, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let sql = """
            SELECT id, shard, events, script_version, last_received_at, customers, data, first_at, last_at \(condition)
            """
        let hash = customer.map(RawBlock.customerHash)
        try connection.query(sql, arguments) { row in
            if let hash, !row.withBlob(5, { RawBlock.names(hash, in: $0) }) { return }
            if let customers, !row.withBlob(5, { RawBlock.names(anyOf: customers, in: $0) }) { return }
            let header = Header(
                id: row.integer(0), shard: row.integer(1), events: row.integer(2),
                scriptVersion: ScriptVersionID(row.text(3)), firstAt: row.integer(7), lastAt: row.integer(8),
                lastReceivedAt: row.integer(4),
                customers: row.withBlob(5) { bytes in
                    (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self) }
                })
            try row.withBlob(6) { data in try compressor.decompress(data) { try body(header, $0) } }
        }
    }

    /// The last of the first blocks that hold no more than so many events together, one block at least; nil: there is none.
    func end(eventsMax: Int64, on connection: any SQLConnection) throws -> Int64? {
        var events: Int64 = 0
        var last: Int64?
        let blocks = try connection.rows("SELECT id, events \(condition)", arguments) {
            (id: $0.integer(0), events: $0.integer(1))
        }
        for block in blocks {
            events += block.events
            if last != nil, events > eventsMax { break }
            last = block.id
        }
        return last
    }

    private var arguments: [SQLValue] {
        [
            .integer(ids.lowerBound), .integer(ids.upperBound), .integer(from?.microseconds ?? .min),
            .integer(to?.microseconds ?? .max), .integer(blocksMax),
        ]
    }

    private var condition: String {
        var sql = "FROM raw_blocks WHERE id >= $1 AND id <= $2 AND last_at >= $3 AND first_at < $4"
        if let customer {
            let shard = UsageStore.shard(ofBucket: Bucket(customer).number)
            sql += " AND shard IN (\(shard), \(UsageStore.shards))"
        } else if let shards {
            sql += " AND shard IN (\(shards.map(String.init).joined(separator: ", ")))"
        }
        if let receivedAt {
            let at = receivedAt.microseconds
            sql += " AND first_received_at <= \(at) AND last_received_at >= \(at)"
        }
        if let receivedFrom { sql += " AND last_received_at >= \(receivedFrom.microseconds)" }
        return sql + " ORDER BY id LIMIT $5"
    }
}

/// Meters stored events again: for meters that were added or changed, for periods that start inside an hour, for
/// dimensions that no meter declares, and to verify.
final class RawMetering {
    private let decoder: RawEventDecoder
    private var batch: RecordBatch { decoder.batch }
    let meters: MeterSet
    private let key: [UInt8]
    /// Deliveries whose events do not count.
    private let voided: Set<String>
    /// The one delivery whose events are metered; nil: all.
    private let only: String?
    /// The hash of the one customer whose events are metered, and perhaps some of others; nil: all.
    private let customer: UInt32?
    var cells = CellTable()

    init(
        _ meters: MeterSet, identityKey: [UInt8], voided: Set<String> = [], only: String? = nil,
        customer: CustomerID? = nil
    ) throws {
        decoder = try RawEventDecoder(meters, identityKey: identityKey)
        self.meters = meters
        key = identityKey
        self.voided = voided
        self.only = only
        self.customer = customer.map(RawBlock.customerHash)
    }

    /// Meters the applied events of a block. `slot` gives the slot of time of each part, nil to leave it out. The cells
    /// point into what was decoded: use them before `reset`. Returns how many events had their first part in a slot.
    @discardableResult
    func add(_ block: UnsafeRawBufferPointer, slot: (cev_part) -> Int64?) throws -> Int64 {
        var metered: Int64 = 0
        try eachEvent(of: block) { _, first in
            key.withUnsafeBufferPointer { key in
                guard let key = key.baseAddress else { return }
                for (index, part) in batch.parts[first...].enumerated() {
                    guard let slot = slot(part), let values = batch.values(of: part) else { continue }
                    var addition = MeterSet.Addition()
                    meters.meter(part, values, key: key, slot: slot, into: &cells, &addition)
                    if index == 0 { metered += 1 }
                }
            }
        }
        return metered
    }

    /// Hands out the parts of the applied events of a block, each with its event's identity, a hash of what the event says,
    /// and whether a meter counts it.
    func eachPart(
        of block: UnsafeRawBufferPointer,
        _ body: (cev_part, _ identity: cev_hash, _ content: UInt16, _ counts: (Int64) -> Bool) -> Void
    ) throws {
        try eachEvent(of: block) { event, first in
            guard let record = batch.records.last else { return }
            var identity = record.identity
            if !record.has_key {
                // It has no identity but its place.
                let place = Array("\(event.delivery)\n\(event.record)".utf8)
                identity = place.withUnsafeBytes { cev_hash_bytes(key, $0.baseAddress, $0.count) }
            }
            for part in batch.parts[first...] {
                guard let values = batch.values(of: part) else { continue }
                body(part, identity, record.content) { id in
                    meters.meters.first { $0.id == id }.map { meters.counts($0, values) } ?? false
                }
            }
        }
    }

    /// Decodes the applied events of a block; `body` hears where the parts of each begin.
    private func eachEvent(of block: UnsafeRawBufferPointer, _ body: (RawEvent, Int) throws -> Void) throws {
        try RawBlock.read(block) { event in
            guard event.outcome == .applied, voided.isEmpty || !voided.contains(event.delivery),
                only == nil || only == event.delivery, mayConcern(event)
            else { return }
            let first = batch.parts.count
            try decoder.decode(event)
            try body(event, first)
        }
    }

    /// Whether it may be of the customer: it names the customer, or a mapping has changed something of it.
    private func mayConcern(_ event: RawEvent) -> Bool {
        customer == nil || event.customer == customer || event.parts.contains { !$0.patch.isEmpty }
    }

    /// Whether so much was decoded that the cells should be taken out.
    var isFull: Bool { cev_batch_size(decoder.batch.handle) > 64 << 20 }

    /// Empties the cells and lets go of what they point into.
    func reset() {
        cells.removeAll()
        decoder.reset()
    }
}
