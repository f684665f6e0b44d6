import TidemillCore
import TidemillStore

/// Events whose blocks retention has dropped.
enum SealedUsage {
    /// How many the order means, at least: those of the meter that counted most of them. What no meter counted, what was
    /// filtered, and what events were called is not known any more.
    static func events(_ selection: Reprocess.Selection, on connection: any SQLConnection) throws -> Int64 {
        var counted: [Int64: Int64] = [:]
        func add(_ meter: Int64, _ hour: Int64, _ count: Int64) {
            let at = Timestamp.hour(hour)
            guard selection.from.map({ $0 <= at }) ?? true, selection.to.map({ at < $0 }) ?? true else { return }
            counted[meter, default: 0] += count
        }
        let buckets = selection.customer.map { Bucket($0).number...Bucket($0).number } ?? 0...255
        try connection.query(
            """
            SELECT meter, cells, customer_id FROM sealed_days
             WHERE bucket BETWEEN $1 AND $2 AND ($3 IS NULL OR customer_id = $3)
            """,
            [.integer(buckets.lowerBound), .integer(buckets.upperBound), .text(selection.customer?.text)]
        ) { row in
            for cell in try row.withBlob(1, { try UsageStore.dayCells($0) }) {
                add(row.integer(0), cell.hour, cell.count)
            }
        }
        for shard in 0..<Int64(UsageStore.shards) {
            try UsageStore.readDeltas(shard: shard, in: .sealed, on: connection) { key, cell in
                guard selection.customer.map({ $0.text.isSame(as: key.customer) }) ?? true else { return }
                add(key.meter, cell.hour, cell.count)
            }
        }
        return counted.values.max() ?? 0
    }
}
