import CLuaSupport
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

extension Engine {
    /// Seals what is billed, before retention may drop its events. Blocks are read without holding up anybody; what they
    /// came to is kept unless other events came meanwhile.
    func sealWindows(_ upkeep: Upkeep) throws {
        for shard in 0..<Int64(UsageStore.shards) {
            var last: SealedWindow?
            while !Task.isCancelled {
                let found = try store.read { connection in
                    let seals = WindowSeals(connection: connection, identityKey: identityKey)
                    let windows = try seals.windows(shard: shard, isUnsealed: true, after: last)
                    return Array(zip(windows, try seals.seals(of: windows, shard: shard, Compressor())))
                }
                guard !found.isEmpty else { break }
                try leased(upkeep) { _, connection in
                    for (window, seal) in found {
                        try MeteredWindowTable.seal(window.key, seal.events, seal.digest, on: connection)
                    }
                    return false
                }
                last = found.last?.0
                UpkeepTurns.breathe()
            }
        }
    }

    /// Parts of the hours in which billed time begins or ends, by customers. `cells`: of whole hours.
    func partBounds(
        of cells: borrowing CellTable, on connection: any SQLConnection
    ) throws -> [[UInt8]: [Int64]] {
        var spans: [[UInt8]: (first: Int64, last: Int64)] = [:]
        for cell in cells.cells {
            let customer = Array(cell.customer.buffer)
            let at = cell.hour * SealedParts.hour
            let known = spans[customer] ?? (at, at)
            spans[customer] = (min(known.first, at), max(known.last, at))
        }
        var bounds: [[UInt8]: [Int64]] = [:]
        for (customer, span) in spans {
            let id = CustomerID(String(decoding: customer, as: UTF8.self))
            let found = try partBounds(of: id, span.first, span.last, on: connection)
            if !found.isEmpty { bounds[customer] = found }
        }
        return bounds
    }

    /// Instants within an hour at which billed time of the customer begins or ends, from `first` to `last`; in order.
    private func partBounds(
        of customer: CustomerID, _ first: Int64, _ last: Int64, on connection: any SQLConnection
    ) throws -> [Int64] {
        let hour = SealedParts.hour
        var instants: Set<Int64> = []
        func add(_ instant: Int64?) {
            guard let instant, instant > first, instant <= last + hour, instant % hour != 0 else { return }
            instants.insert(instant)
        }
        try connection.query(
            """
            SELECT start_at, end_at FROM metered_windows
             WHERE bucket = $1 AND customer_id = $2 AND start_at <= $4 AND end_at >= $3
            """,
            customer.key + [.integer(first), .integer(last + hour)]
        ) { row in
            add(row.integer(0))
            add(row.integer(1))
        }
        for record in try SubscriptionTable(connection: connection).open(of: customer) {
            let known = [
                record.startDate, record.currentBillingPeriodStart, record.currentBillingPeriodEnd,
                record.usageBilledAt, record.trialEndDate, record.usageResetAt, record.periodsResetAt,
                record.usageAnchor,
            ]
            for instant in known { add(instant?.microseconds) }
            var month = record.billingMonths.window(containing: Timestamp(microseconds: first))
            while month.start.microseconds <= last {
                add(month.start.microseconds)
                add(month.end.microseconds)
                month = record.billingMonths.window(containing: month.end)
            }
            // Reset periods of days, weeks and months begin at the anchor's time of day; a zone's clock moves it by an hour.
            let day = 24 * hour
            var anchor = record.usageAnchor.microseconds
            guard anchor % hour != 0 else { continue }
            anchor += (first - anchor).flooredDivision(by: day) * day
            while anchor <= last + day {
                for shift in [-hour, 0, hour] { add(anchor + shift) }
                anchor += day
            }
        }
        return instants.sorted()
    }
}
