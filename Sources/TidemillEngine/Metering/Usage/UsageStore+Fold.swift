import Foundation
import TidemillCore
import TidemillStore

extension UsageStore {
    /// Folds the shard's oldest deltas into day rows, in the caller's transaction. Returns how many deltas went.
    static func fold(shard: Int64, deltasMax: Int, in kept: Kept = .live, on connection: any SQLConnection) throws
        -> Int
    {
        var deltas: [Data] = []
        var last: Int64 = 0
        try connection.query(
            "SELECT id, cells FROM \(kept.deltas) WHERE shard = $1 ORDER BY id LIMIT $2",
            [.integer(shard), .integer(deltasMax)]
        ) { row in
            last = row.integer(0)
            deltas.append(row.blob(1))
        }
        guard !deltas.isEmpty else { return 0 }
        // One buffer that does not move while cells point into it.
        let size = deltas.reduce(0) { $0 + $1.count }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, size), alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        for delta in deltas {
            delta.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]).copyMemory(from: $0) }
            offset += delta.count
        }
        let cells = try packedCells(UnsafeRawBufferPointer(rebasing: buffer[0..<size]))
        // Small keys are sorted instead of the cells themselves: in the order of the table's key, so that neighbours lie
        // on the same pages. Customers go by a hash; two that share one only make their rows be visited twice.
        let order = cells.indices.map { (key: cells[$0].sortKey, index: Int32($0)) }.sorted { $0.key < $1.key }
        var row = ByteWriter()
        var mine: [PackedCell] = []
        var start = 0
        while start < order.count {
            let first = cells[Int(order[start].index)]
            mine.removeAll(keepingCapacity: true)
            repeat {
                mine.append(cells[Int(order[start].index)])
                start += 1
            } while start < order.count && first.isSameRow(as: cells[Int(order[start].index)])
            if first.kind == .unique {
                for cell in mine { try insert(distinct: cell, in: kept, on: connection) }
            } else {
                if mine.count > 1 { mine.sort(by: PackedCell.isOrderedInRow) }
                try mergeRow(mine[...], &row, in: kept, on: connection)
            }
        }
        return try connection.execute(
            "DELETE FROM \(kept.deltas) WHERE shard = $1 AND id <= $2", [.integer(shard), .integer(last)])
    }

    /// Merges sorted cells of one row into what the row holds.
    private static func mergeRow(
        _ cells: ArraySlice<PackedCell>, _ row: inout ByteWriter, in kept: Kept,
        on connection: any SQLConnection
    ) throws {
        guard let first = cells.first else { return }
        let key = arguments(first)
        row.removeAll()
        write(merging: [], cells, to: &row)
        // Usage mostly comes in the order of time: most rows are new, and then this is the only statement.
        let isNew = try connection.execute(
            """
            INSERT INTO \(kept.days)(cells, bucket, meter, day, customer_id, resource_id) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT DO NOTHING
            """, blob: row.bytes, key)
        guard isNew == 0 else { return }
        row.removeAll()
        try connection.query(
            """
            SELECT cells FROM \(kept.days)
            WHERE bucket = $1 AND meter = $2 AND day = $3 AND customer_id = $4 AND resource_id = $5
            """, key
        ) { stored in
            try stored.withBlob(0) { bytes in
                var old: [PackedCell] = []
                var reader = ByteReader(bytes)
                while !reader.isAtEnd { old.append(try reader.packedDayCell()) }
                write(merging: old[...], cells, to: &row)
            }
        }
        try connection.execute(
            """
            UPDATE \(kept.days) SET cells = $1
             WHERE bucket = $2 AND meter = $3 AND day = $4 AND customer_id = $5 AND resource_id = $6
            """, blob: row.bytes, key)
    }

    private static func write(
        merging old: ArraySlice<PackedCell>, _ new: ArraySlice<PackedCell>, to row: inout ByteWriter
    ) {
        var old = old
        var new = new
        var pending: PackedCell?
        while let next = take(&old, &new) {
            if var cell = pending {
                if cell.hour == next.hour, PackedCell.compare(cell.group, next.group) == 0 {
                    cell.merge(next)
                    pending = cell
                    continue
                }
                append(cell, to: &row)
            }
            pending = next
        }
        if let cell = pending { append(cell, to: &row) }
    }

    private static func take(_ old: inout ArraySlice<PackedCell>, _ new: inout ArraySlice<PackedCell>) -> PackedCell? {
        guard let left = old.first else { return new.popFirst() }
        guard let right = new.first else { return old.popFirst() }
        return PackedCell.isOrderedInRow(right, left) ? new.popFirst() : old.popFirst()
    }

    private static func append(_ cell: PackedCell, to row: inout ByteWriter) {
        row.append(cell.kind.rawValue)
        row.append(signed: cell.hour)
        row.append(text: cell.group.baseAddress, cell.group.count)
        row.append(cell.kind, count: cell.count, total: cell.total)
    }

    private static func insert(distinct cell: PackedCell, in kept: Kept, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO \(kept.values)(bucket, meter, day, customer_id, resource_id, hour, group_key, value)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
            """,
            arguments(cell) + [
                .integer(cell.hour), .blob(Data(cell.group.dropLast(16))), .blob(Data(cell.group.suffix(16))),
            ])
    }

    private static func arguments(_ cell: PackedCell) -> [SQLValue] {
        [
            .integer(Int64(cell.bucket)), .integer(cell.meter), .integer(cell.day),
            .text(String(decoding: cell.customer, as: UTF8.self)),
            .text(String(decoding: cell.resource, as: UTF8.self)),
        ]
    }

    private static func packedCells(_ bytes: UnsafeRawBufferPointer) throws -> [PackedCell] {
        var cells: [PackedCell] = []
        cells.reserveCapacity(bytes.count / 24)
        var reader = ByteReader(bytes)
        while !reader.isAtEnd { cells.append(try reader.packedDeltaEntry()) }
        return cells
    }
}
