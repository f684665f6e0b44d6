import Foundation
import TidemillCore
import TidemillStore

/// Usage as it lies in the store: deltas, appended by batches, and day rows, into which the deltas are folded.
enum UsageStore {
    static let shards = 16

    static func shard(ofBucket bucket: Int64) -> Int64 { bucket / Int64(256 / shards) }

    /// Writes a batch's cells: one delta a shard.
    static func append(_ cells: borrowing CellTable, on connection: any SQLConnection) throws {
        guard !cells.cells.isEmpty else { return }
        var byShard = [[Int32]](repeating: [], count: shards)
        for index in cells.cells.indices {
            byShard[Int(shard(ofBucket: Int64(cells.cells[index].bucket)))].append(Int32(index))
        }
        var delta = ByteWriter(capacity: 1 << 16)
        for (shard, indices) in byShard.enumerated() where !indices.isEmpty {
            delta.removeAll()
            for index in indices {
                let cell = cells.cells[Int(index)]
                cells.withGroup(of: cell) { delta.append(cell, group: $0) }
            }
            let id = try Sequences.next("usage_delta", on: connection)
            try connection.execute(
                "INSERT INTO usage_deltas(cells, id, shard) VALUES ($1, $2, $3)", blob: delta.bytes,
                [.integer(id), .integer(shard)])
        }
    }

    /// Hands out the entries of the shard's deltas, oldest first; returns the last delta's id.
    @discardableResult
    static func readDeltas(
        shard: Int64, deltasMax: Int = .max, on connection: any SQLConnection,
        _ body: (UsageKey, UsageCell) throws -> Void
    ) throws -> Int64? {
        var last: Int64?
        try connection.query(
            "SELECT id, cells FROM usage_deltas WHERE shard = $1 ORDER BY id LIMIT $2",
            [.integer(shard), .integer(Int64(clamping: deltasMax))]
        ) { row in
            last = row.integer(0)
            try row.withBlob(1) { bytes in
                var reader = ByteReader(bytes)
                while !reader.isAtEnd {
                    let (key, cell) = try reader.deltaEntry()
                    try body(key, cell)
                }
            }
        }
        return last
    }

    /// Folds the shard's oldest deltas into day rows, in the caller's transaction. Returns how many deltas went.
    static func fold(shard: Int64, deltasMax: Int, on connection: any SQLConnection) throws -> Int {
        var cells: [UsageKey: [UsageCell]] = [:]
        guard
            let last = try readDeltas(
                shard: shard, deltasMax: deltasMax, on: connection, { cells[$0, default: []].append($1) })
        else { return 0 }
        var row = ByteWriter()
        // In key order: neighbours lie on the same pages.
        for key in cells.keys.sorted(by: isOrdered) {
            guard var mine = cells[key] else { continue }
            if mine.first?.kind == .unique {
                for cell in mine { try insert(distinct: cell, key, on: connection) }
                continue
            }
            try connection.query(
                """
                SELECT cells FROM usage_days
                WHERE bucket = $1 AND meter = $2 AND day = $3 AND customer_id = $4 AND resource_id = $5
                """, arguments(key)
            ) { stored in
                try stored.withBlob(0) { mine += try dayCells($0) }
            }
            row.removeAll()
            for cell in UsageCell.merged(mine) { row.append(cell) }
            try connection.execute(
                """
                INSERT INTO usage_days(cells, bucket, meter, day, customer_id, resource_id)
                VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT(bucket, meter, day, customer_id, resource_id) DO UPDATE SET cells = excluded.cells
                """, blob: row.bytes, arguments(key))
        }
        return try connection.execute(
            "DELETE FROM usage_deltas WHERE shard = $1 AND id <= $2", [.integer(shard), .integer(last)])
    }

    private static func insert(distinct cell: UsageCell, _ key: UsageKey, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO usage_values(bucket, meter, day, customer_id, resource_id, hour, group_key, value)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
            """,
            arguments(key) + [
                .integer(cell.hour), .blob(Data(cell.group.dropLast(16))), .blob(Data(cell.group.suffix(16))),
            ])
    }

    static func dayCells(_ bytes: UnsafeRawBufferPointer) throws -> [UsageCell] {
        var reader = ByteReader(bytes)
        var cells: [UsageCell] = []
        while !reader.isAtEnd { cells.append(try reader.dayCell()) }
        return cells
    }

    private static func arguments(_ key: UsageKey) -> [SQLValue] {
        [.integer(key.bucket), .integer(key.meter), .integer(key.day), .text(key.customer), .text(key.resource)]
    }

    private static func isOrdered(_ left: UsageKey, _ right: UsageKey) -> Bool {
        if left.bucket != right.bucket { return left.bucket < right.bucket }
        if left.meter != right.meter { return left.meter < right.meter }
        if left.day != right.day { return left.day < right.day }
        return left.customer != right.customer ? left.customer < right.customer : left.resource < right.resource
    }
}
