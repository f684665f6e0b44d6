import CEvents
import CLuaSupport
import Foundation
import Synchronization
import TidemillCore
import TidemillIngest
import TidemillStore

/// What stored events came to between two instants of one hour, of all customers of a shard at once. Subscriptions that
/// renew at the same instant ask for the same part, and each of them would read every block of its hour.
///
/// A part is remembered up to a block, as it is committed; whoever asks reads the blocks after it. It is worth nothing
/// once a block was changed or removed, a delivery voided or brought back, or another meter is asked for.
final class PartsOfHours: Sendable {
    struct Part: Hashable {
        let from: Int64
        let to: Int64
        let shard: Int64

        /// Nil where the range is open, or not within one hour.
        init?(_ from: Timestamp?, _ to: Timestamp?, of customer: CustomerID) {
            guard let from, let to, from < to, from.hour == Timestamp(microseconds: to.microseconds - 1).hour else {
                return nil
            }
            self.from = from.microseconds
            self.to = to.microseconds
            shard = UsageStore.shard(ofBucket: Bucket(customer).number)
        }
    }

    /// What the store has of blocks, as a connection sees it.
    private struct Blocks {
        let last: Int64
        let changes: Int64
        let voided: Set<String>

        init(_ voided: Set<String>, on connection: any SQLConnection) throws {
            var values: TextMap<Int64> = [:]
            try connection.query(
                "SELECT name, value FROM sequences WHERE name IN ($1, $2)",
                [.text(RawBlock.sequence), .text(RawBlock.changes)]
            ) { values[$0.text(0)] = $0.integer(1) }
            last = values[RawBlock.sequence] ?? 0
            changes = values[RawBlock.changes] ?? 0
            self.voided = voided
        }
    }

    /// Cells of a part, packed as in deltas.
    private final class Cells: Sendable {
        let blocks: Blocks
        let meters: Set<Int64>
        let bytes: Data
        /// Where the cells of each customer lie, by the hash of its id.
        let places: [UInt32: [UInt32]]

        init(_ blocks: Blocks, _ meters: Set<Int64>, _ bytes: Data, _ places: [UInt32: [UInt32]]) {
            self.blocks = blocks
            self.meters = meters
            self.bytes = bytes
            self.places = places
        }

        func holds(_ meter: Int64, _ seen: Blocks) -> Bool {
            meters.contains(meter) && blocks.changes == seen.changes && blocks.voided == seen.voided
                && blocks.last <= seen.last
        }
    }

    private struct State {
        /// Those that were asked for once: nobody else may ever ask.
        var asked: Set<Part> = []
        var known: [Part: (cells: Cells, used: UInt64)] = [:]
        /// Those that hold more than is remembered.
        var tooLarge: Set<Part> = []
        var uses: UInt64 = 0
        var reads = 0
    }

    /// Bytes of one part, and of all.
    private let partBytesMax: Int
    private let bytesMax: Int
    /// So many blocks may follow before they are taken in.
    private static let blocksBehindMax: Int64 = 64
    private static let askedMax = 4096
    private let state = Mutex(State())

    init(partBytesMax: Int = 8 << 20, bytesMax: Int = 32 << 20) {
        self.partBytesMax = partBytesMax
        self.bytesMax = bytesMax
    }

    /// How often blocks were read for all customers of a shard.
    var reads: Int { state.withLock { $0.reads } }

    /// Hands out the customer's cells of the part, whatever group they have. Returns the block up to which they were
    /// counted, and whether there are others after it; nil: nothing is known, all blocks are to be read.
    func cells(
        of customer: CustomerID, meter: Int64, in part: Part, voided: Set<String>, identityKey: [UInt8],
        on connection: any SQLConnection, _ body: (_ resource: String, UsageCell) throws -> Void
    ) throws -> (last: Int64, isAll: Bool)? {
        let seen = try Blocks(voided, on: connection)
        guard let cells = try find(meter, in: part, seen, identityKey: identityKey, on: connection) else { return nil }
        let id = Array(customer.text.utf8)
        try cells.bytes.withUnsafeBytes { bytes in
            for place in cells.places[RawBlock.customerHash(customer)] ?? [] {
                var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[Int(place)...]))
                let cell = try reader.packedDeltaEntry()
                guard cell.meter == meter, cell.customer.elementsEqual(id) else { continue }
                try body(String(decoding: cell.resource, as: UTF8.self), UsageCell(cell))
            }
        }
        return (cells.blocks.last, cells.blocks.last == seen.last)
    }

    private func find(
        _ meter: Int64, in part: Part, _ seen: Blocks, identityKey: [UInt8], on connection: any SQLConnection
    ) throws -> Cells? {
        let (known, isWanted): (Cells?, Bool) = state.withLock { state in
            guard !state.tooLarge.contains(part) else { return (nil, false) }
            state.uses += 1
            if let known = state.known[part] {
                state.known[part]?.used = state.uses
                return (known.cells, true)
            }
            if state.asked.count >= Self.askedMax { state.asked.removeAll() }
            return (nil, !state.asked.insert(part).inserted)
        }
        guard isWanted else { return nil }
        let start = known.flatMap { $0.holds(meter, seen) ? $0 : nil }
        if let start, seen.last - start.blocks.last <= Self.blocksBehindMax { return start }
        guard let cells = try read(part, after: start, meter, seen, identityKey, on: connection) else { return start }
        keep(cells, as: part)
        return cells
    }

    private func keep(_ cells: Cells, as part: Part) {
        state.withLock { state in
            state.known[part] = (cells, state.uses)
            var bytes = state.known.values.reduce(0) { $0 + $1.cells.bytes.count }
            while bytes > bytesMax, let oldest = state.known.min(by: { $0.value.used < $1.value.used }) {
                bytes -= oldest.value.cells.bytes.count
                state.known[oldest.key] = nil
            }
        }
    }

    /// Meters the committed blocks, those after what is known already. Nil where this transaction itself has changed what
    /// it sees of them, or where they come to too much.
    private func read(
        _ part: Part, after known: Cells?, _ meter: Int64, _ seen: Blocks, _ identityKey: [UInt8],
        on connection: any SQLConnection
    ) throws -> Cells? {
        try connection.committed { connection -> Cells? in
            let blocks = try Blocks(VoidedDeliveries.ids(on: connection), on: connection)
            let versions = try MeterRegistry.versions(on: connection)
            let meters = Set(versions.map(\.id))
            guard blocks.changes == seen.changes, blocks.voided == seen.voided, blocks.last <= seen.last,
                meters.contains(meter)
            else { return nil }
            let start = known.flatMap { $0.meters == meters ? $0 : nil }
            state.withLock { $0.reads += 1 }
            let ungrouped = versions.map { version in
                var definition = version.meter
                definition.groupBy = []
                return MeterVersion(id: version.id, featureID: version.featureID, version: 0, meter: definition)
            }
            let metering = try RawMetering(
                MeterSet(ungrouped, generation: 0), identityKey: identityKey, voided: blocks.voided)
            var packed = ByteWriter(capacity: 1 << 16)
            start?.bytes.withUnsafeBytes { packed.append($0) }
            var places = start?.places ?? [:]
            func takeOut() {
                for cell in metering.cells.cells where UsageStore.shard(ofBucket: Int64(cell.bucket)) == part.shard {
                    places[RawBlock.customerHash(cell.customer.buffer), default: []].append(UInt32(packed.count))
                    metering.cells.withGroup(of: cell) { packed.append(cell, group: $0) }
                }
                metering.reset()
            }
            var scan = RawEventScan(
                from: Timestamp(microseconds: part.from), to: Timestamp(microseconds: part.to),
                shards: [part.shard, Int64(UsageStore.shards)])
            let first = (start?.blocks.last ?? 0) + 1
            if first <= blocks.last {
                scan.ids = first...blocks.last
                try scan.blocks(Compressor(), on: connection) { _, block in
                    guard packed.count <= partBytesMax else { return }
                    try metering.add(block) { $0.timestamp >= part.from && $0.timestamp < part.to ? 0 : nil }
                    if metering.isFull { takeOut() }
                }
            }
            takeOut()
            guard packed.count <= partBytesMax else {
                state.withLock { state in
                    if state.tooLarge.count >= Self.askedMax { state.tooLarge.removeAll() }
                    state.tooLarge.insert(part)
                    state.known[part] = nil
                }
                return nil
            }
            return Cells(blocks, meters, Data(packed.bytes), places)
        }
    }
}
