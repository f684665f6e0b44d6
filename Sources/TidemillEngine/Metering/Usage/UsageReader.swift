import CEvents
import CLuaSupport
import Foundation
import TidemillCore
import TidemillIngest
import TidemillOperations
public import TidemillStore

/// Answers how much each customer used, from the hourly cells; from the stored events where the cells are too coarse:
/// bounds inside an hour, and grouping by dimensions that the meter does not declare.
public struct UsageReader {
    let identityKey: [UInt8]

    public init(identityKey: [UInt8]) {
        self.identityKey = identityKey
    }

    /// An answer, and whether the meter is still being filled in from stored events.
    public struct Answer: Sendable {
        public var rows: [UsageRow]
        public var isFilling: Bool
        /// Events that the answer needs one by one are no longer stored.
        public var isPartial = false
    }

    /// The usage of an event-metered feature, ordered by customer, resource, window and group. Nil when the feature has
    /// no meter. Throws `StoreError`, or `Rejection` for an unknown time zone.
    public func usage(_ query: UsageQuery, on connection: any SQLConnection) throws -> Answer? {
        try usage(query, nil, on: connection)
    }

    /// The same, where several features of one customer are asked for at once: `deltas` are read for the first.
    func usage(
        _ query: UsageQuery, _ deltas: CustomerDeltas?, on connection: any SQLConnection
    ) throws -> Answer? {
        let answering = try query.meter.map { ($0, false) } ?? MeterRegistry.answering(query.feature, on: connection)
        guard let (version, isFilling) = answering else { return nil }
        guard let clock = WindowClock(query.window, timeZone: query.timeZone) else {
            throw Rejection(
                code: "InvalidArgumentError",
                message: "expected an IANA time zone such as \"Europe/Berlin\", got \"\(query.timeZone)\"")
        }
        var sums = Sums(query: query, version: version, clock: clock)
        let declared = version.meter.groupBy
        if query.groupBy.allSatisfy({ name in declared.contains { $0.isSame(as: name) } }), clock.fitsHours {
            // Whole hours from the cells; what sticks out at both ends from the events.
            let first = query.from.map { -(-$0.microseconds).flooredDivision(by: 3_600_000_000) } ?? Int64.min
            let end = query.to.map(\.hour) ?? Int64.max
            if first < end { try addCells(hours: first, end, deltas, &sums, on: connection) }
            if let from = query.from, Timestamp.hour(first) > from {
                try addRaw(from, min(Timestamp.hour(first), query.to ?? Timestamp.hour(first)), &sums, on: connection)
            }
            if let to = query.to, Timestamp.hour(end) < to, first <= end {
                try addRaw(max(Timestamp.hour(end), query.from ?? Timestamp.hour(end)), to, &sums, on: connection)
            }
        } else {
            try addRaw(query.from, query.to, &sums, on: connection)
        }
        return Answer(rows: sums.rows, isFilling: isFilling, isPartial: sums.isPartial)
    }

    // MARK: Cells

    private func addCells(
        hours first: Int64, _ end: Int64, _ deltas: CustomerDeltas?, _ sums: inout Sums,
        on connection: any SQLConnection
    ) throws {
        let buckets = sums.query.customer.map { [Bucket($0).number] } ?? Array(0..<256)
        let meter = sums.version.id
        let days = (
            first == .min ? .min : first.flooredDivision(by: 24), end == .max ? .max : end.flooredDivision(by: 24)
        )
        for bucket in buckets {
            try eachRow(
                of: "usage_days", "cells", bucket: bucket, meter: meter, days, sums.query.customer, on: connection
            ) { row in
                let resource = row.text(1)
                guard sums.query.takes(resource: resource) else { return }
                let customer = row.text(0)
                for cell in try row.withBlob(2, { try UsageStore.dayCells($0) })
                where cell.hour >= first && cell.hour < end {
                    try sums.add(cell, customer: customer, resource: resource)
                }
            }
            guard sums.kind == .unique else { continue }
            try eachRow(
                of: "usage_values", "hour, group_key, value", bucket: bucket, meter: meter, days, sums.query.customer,
                on: connection
            ) { row in
                let resource = row.text(1)
                let hour = row.integer(2)
                guard hour >= first, hour < end, sums.query.takes(resource: resource) else { return }
                let cell = UsageCell(hour: hour, group: row.blob(3) + row.blob(4), kind: .unique, count: 1, total: 0)
                try sums.add(cell, customer: row.text(0), resource: resource)
            }
        }
        func add(_ key: UsageKey, _ cell: UsageCell) throws {
            guard key.meter == meter, cell.hour >= first, cell.hour < end, sums.query.takes(resource: key.resource)
            else { return }
            try sums.add(cell, customer: key.customer, resource: key.resource)
        }
        if let deltas, let customer = sums.query.customer {
            return try deltas.each(of: customer, on: connection, add)
        }
        for shard in Set(buckets.map(UsageStore.shard(ofBucket:))) {
            try UsageStore.readDeltas(shard: shard, of: sums.query.customer, on: connection, add)
        }
    }

    /// Hands out the bucket's rows of the meter, of one customer or of all. The days on which there are any are found by
    /// one seek each: the table's key names the day before the customer.
    private func eachRow(
        of table: String, _ columns: String, bucket: Int64, meter: Int64, _ days: (Int64, Int64),
        _ customer: CustomerID?, on connection: any SQLConnection, _ body: (any SQLRow) throws -> Void
    ) throws {
        let next = "SELECT day FROM \(table) WHERE bucket = $1 AND meter = $2 AND day <= $4 AND day"
        try connection.query(
            """
            WITH RECURSIVE days(day) AS (
              SELECT (\(next) >= $3 ORDER BY day LIMIT 1)
              UNION ALL
              SELECT (\(next) > days.day ORDER BY day LIMIT 1) FROM days WHERE days.day IS NOT NULL
            )
            SELECT customer_id, resource_id, \(columns) FROM days CROSS JOIN \(table) AS kept
             WHERE kept.bucket = $1 AND kept.meter = $2 AND kept.day = days.day
               \(customer == nil ? "" : "AND kept.customer_id = $5")
            """,
            [.integer(bucket), .integer(meter), .integer(days.0), .integer(days.1)]
                + (customer.map { [.text($0.text)] } ?? []), body)
    }

    // MARK: Stored events

    /// Whether retention dropped events of the meter in the half-open range.
    private func lacksEvents(
        _ meter: Int64, _ from: Timestamp?, _ to: Timestamp?, on connection: any SQLConnection
    ) throws -> Bool {
        let days: [SQLValue] = [
            .integer(meter), .integer(from.map { $0.hour.flooredDivision(by: 24) } ?? .min),
            .integer(to.map { $0.hour.flooredDivision(by: 24) } ?? .max),
        ]
        return try connection.hasRows("SELECT 1 FROM sealed_deltas LIMIT 1")
            || ["sealed_days", "sealed_values"].contains { table in
                try connection.hasRows(
                    "SELECT 1 FROM \(table) WHERE meter = $1 AND day >= $2 AND day <= $3 LIMIT 1", days)
            }
    }

    private func addRaw(
        _ from: Timestamp?, _ to: Timestamp?, _ sums: inout Sums, on connection: any SQLConnection
    ) throws {
        // The same meter, kept apart by what is asked for instead of what it declares.
        var definition = sums.version.meter
        definition.groupBy = sums.query.groupBy
        let version = MeterVersion(
            id: sums.version.id, featureID: sums.version.featureID, version: 0, meter: definition)
        if let customer = sums.query.customer, let from, let to,
            from.hour == Timestamp(microseconds: to.microseconds - 1).hour
        {
            let parts = SealedParts(connection: connection)
            let gone = try parts.cells(of: customer, meter: sums.version.id, from, to)
            if gone == nil { sums.isPartial = true }
            for (resource, cell) in gone ?? [] where sums.query.takes(resource: resource) {
                try sums.add(cell, customer: customer.text, resource: resource)
            }
        } else if try lacksEvents(sums.version.id, from, to, on: connection) {
            sums.isPartial = true
        }
        let voided = try VoidedDeliveries.ids(on: connection)
        var scan = RawEventScan(from: from, to: to, customer: sums.query.customer)
        if let customer = sums.query.customer, sums.query.groupBy.isEmpty, let slot = sums.slot(of: from, to),
            let part = PartsOfHours.Part(from, to, of: customer), let memory = connection.memory
        {
            let known = try memory.thing { PartsOfHours() }.cells(
                of: customer, meter: version.id, in: part, voided: voided, identityKey: identityKey, on: connection
            ) { resource, cell in
                guard sums.query.takes(resource: resource) else { return }
                try sums.add(cell, slot: slot, customer: customer.text, resource: resource, groups: [])
            }
            if let known {
                if known.isAll { return }
                scan.ids = (known.last + 1)...Int64.max
            }
        }
        let metering = try RawMetering(
            MeterSet([version], generation: 0), identityKey: identityKey, voided: voided, customer: sums.query.customer)
        let compressor = Compressor()
        let wanted = sums.query
        let clock = sums.clock
        var windows: [Int64: Int64] = [:]
        func takeOut() throws {
            for cell in metering.cells.cells {
                let group = metering.cells.withGroup(of: cell) { Data($0) }
                try sums.add(
                    UsageCell(hour: cell.hour, group: group, kind: cell.kind, count: cell.count, total: cell.total),
                    slot: cell.hour, customer: cell.customer.string, resource: cell.resource.string,
                    groups: wanted.groupBy)
            }
            metering.reset()
        }
        let customer = wanted.customer.map { Array($0.text.utf8) }
        let resource = wanted.resource.map { Array($0.utf8) }
        try scan.blocks(compressor, on: connection) { _, block in
            try metering.add(block) { part in
                let at = Timestamp(microseconds: part.timestamp)
                if let from, at < from { return nil }
                if let to, at >= to { return nil }
                if let customer, !customer.elementsEqual(part.customer_id.buffer) { return nil }
                if let resource, !resource.elementsEqual(part.resource_id.buffer) { return nil }
                guard wanted.window != nil else { return 0 }
                // Windows are no shorter than an hour, but may begin inside one: looked up by quarter.
                let quarter = part.timestamp.flooredDivision(by: 900_000_000)
                if let known = windows[quarter] { return known }
                let start = clock.start(of: at)?.microseconds ?? 0
                windows[quarter] = start
                return start
            }
            if metering.isFull { try takeOut() }
        }
        try takeOut()
    }
}

/// Cells on their way to answers.
private struct Sums {
    struct Key: Hashable {
        @ComparedByBytes var customer: String
        @ComparedByBytes var resource: String
        var window: Int64
        var group: [Payload?]
    }

    struct Sum {
        var count: Int64 = 0
        var total: Int128 = 0
        var values: Set<Data> = []
    }

    let query: UsageQuery
    let version: MeterVersion
    let clock: WindowClock
    let kind: MeterSet.Kind
    var isPartial = false
    private var sums: [Key: Sum] = [:]

    init(query: UsageQuery, version: MeterVersion, clock: WindowClock) {
        self.query = query
        self.version = version
        self.clock = clock
        kind = MeterSet.Kind(version.meter.aggregation.function)
    }

    /// The window that holds the range, 0 where there are none; nil where there is more than one.
    func slot(of from: Timestamp?, _ to: Timestamp?) -> Int64? {
        guard query.window != nil else { return 0 }
        guard let from, let to, let start = clock.start(of: from),
            clock.start(of: Timestamp(microseconds: to.microseconds - 1)) == start
        else { return nil }
        return start.microseconds
    }

    /// A cell of the store, by hour and declared groups.
    mutating func add(_ cell: UsageCell, customer: String, resource: String) throws {
        let slot = clock.start(of: Timestamp.hour(cell.hour))?.microseconds ?? 0
        try add(cell, slot: slot, customer: customer, resource: resource, groups: version.meter.groupBy)
    }

    /// A cell whose group key has the values of `groups`.
    mutating func add(_ cell: UsageCell, slot: Int64, customer: String, resource: String, groups: [String]) throws {
        var group: [Payload?] = []
        if !query.groupBy.isEmpty {
            let values = try cell.group.withUnsafeBytes { try GroupValue.values(of: $0, count: groups.count) }
            group = query.groupBy.map { name in
                groups.firstIndex { $0.isSame(as: name) }.flatMap { values[$0] }
            }
        }
        let key = Key(customer: customer, resource: resource, window: slot, group: group)
        var sum = sums[key] ?? Sum()
        switch kind {
        case .sum: sum.total += cell.total
        case .max: sum.total = sum.count == 0 ? cell.total : max(sum.total, cell.total)
        case .min: sum.total = sum.count == 0 ? cell.total : min(sum.total, cell.total)
        case .unique: sum.values.insert(Data(cell.group.suffix(16)))
        case .count: break
        }
        sum.count += cell.count
        sums[key] = sum
    }

    var rows: [UsageRow] {
        // The groups' texts are made once, not in every comparison.
        let ordered = sums.map { key, sum in (key: key, sum: sum, group: key.group.map { $0?.json ?? "" }) }
            .sorted { left, right in
                if !left.key.customer.isSame(as: right.key.customer) {
                    return left.key.customer.precedes(right.key.customer)
                }
                if !left.key.resource.isSame(as: right.key.resource) {
                    return left.key.resource.precedes(right.key.resource)
                }
                if left.key.window != right.key.window { return left.key.window < right.key.window }
                return left.group.lexicographicallyPrecedes(right.group) { $0.precedes($1) }
            }
        return ordered.map { key, sum, _ in
            var dimensions: TextMap<Payload> = [:]
            for (name, value) in zip(query.groupBy, key.group) { dimensions[name] = value }
            return UsageRow(
                customer: CustomerID(key.customer), feature: query.feature, resource: key.resource,
                dimensions: dimensions, windowStart: query.window == nil ? nil : Timestamp(microseconds: key.window),
                value: value(sum))
        }
    }

    private func value(_ sum: Sum) -> Amount {
        switch version.meter.aggregation.function {
        case .sum, .max, .min: Amount(nanos: sum.total)
        case .count: Amount(sum.count)
        case .avg: Amount(nanos: sum.total).divided(by: max(1, sum.count))
        case .unique: Amount(Int64(sum.values.count))
        }
    }
}
