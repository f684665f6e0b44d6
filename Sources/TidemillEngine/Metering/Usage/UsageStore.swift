import Foundation
import TidemillCore
import TidemillStore

/// Usage as it lies in the store: deltas, appended by batches, and day rows, into which the deltas are folded.
enum UsageStore {
    static let shards = 16

    /// Where cells are kept.
    enum Kept {
        /// What answers come from.
        case live
        /// What events whose blocks retention dropped had come to: where `verify` starts.
        case sealed

        var deltas: String { self == .live ? "usage_deltas" : "sealed_deltas" }
        var days: String { self == .live ? "usage_days" : "sealed_days" }
        var values: String { self == .live ? "usage_values" : "sealed_values" }
    }

    static func shard(ofBucket bucket: Int64) -> Int64 { bucket / Int64(256 / shards) }

    /// Writes a batch's cells: one delta a shard.
    static func append(
        _ cells: borrowing CellTable, to kept: Kept = .live, on connection: any SQLConnection,
        where isKept: (CellTable.Cell) -> Bool = { _ in true }
    ) throws {
        guard !cells.cells.isEmpty else { return }
        var byShard = [[Int32]](repeating: [], count: shards)
        for index in cells.cells.indices where isKept(cells.cells[index]) {
            byShard[Int(shard(ofBucket: Int64(cells.cells[index].bucket)))].append(Int32(index))
        }
        var delta = ByteWriter(capacity: 1 << 16)
        for (shard, indices) in byShard.enumerated() where !indices.isEmpty {
            delta.removeAll()
            for index in indices {
                let cell = cells.cells[Int(index)]
                cells.withGroup(of: cell) { delta.append(cell, group: $0) }
            }
            try append(delta: delta.bytes, shard: Int64(shard), to: kept, on: connection)
        }
    }

    /// Writes packed cells of a shard.
    static func append(
        delta: UnsafeRawBufferPointer, shard: Int64, to kept: Kept = .live, on connection: any SQLConnection
    ) throws {
        let id = try Sequences.next("usage_delta", on: connection)
        try connection.execute(
            "INSERT INTO \(kept.deltas)(cells, id, shard) VALUES ($1, $2, $3)", blob: delta,
            [.integer(id), .integer(shard)])
    }

    /// Hands out the entries of the shard's deltas, of one customer or of all, oldest first.
    static func readDeltas(
        shard: Int64, in kept: Kept = .live, of customer: CustomerID? = nil, on connection: any SQLConnection,
        _ body: (UsageKey, UsageCell) throws -> Void
    ) throws {
        let id = customer.map { Array($0.text.utf8) }
        try connection.query(
            "SELECT id, cells FROM \(kept.deltas) WHERE shard = $1 ORDER BY id", [.integer(shard)]
        ) { row in
            try row.withBlob(1) { bytes in
                var reader = ByteReader(bytes)
                while !reader.isAtEnd {
                    let cell = try reader.packedDeltaEntry()
                    // Texts are made of those alone that are wanted.
                    guard id.map({ cell.customer.elementsEqual($0) }) ?? true else { continue }
                    try body(UsageKey(cell), UsageCell(cell))
                }
            }
        }
    }

    static func dayCells(_ bytes: UnsafeRawBufferPointer) throws -> [UsageCell] {
        var reader = ByteReader(bytes)
        var cells: [UsageCell] = []
        while !reader.isAtEnd { cells.append(try reader.dayCell()) }
        return cells
    }
}
