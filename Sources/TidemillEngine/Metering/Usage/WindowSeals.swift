import CEvents
import CLuaSupport
import Crypto
import Foundation
import TidemillCore
import TidemillIngest
import TidemillStore

/// What proves a billed window: how many events or reports counted in it, and a hash over them in the order of their
/// identities.
struct WindowSeal: Hashable {
    let events: Int64
    /// Empty where events of the time were gone before it was sealed.
    let digest: String
}

/// A billed window as its seal is made of it.
struct SealedWindow {
    let bucket: Int64
    @ComparedByBytes var customer: String
    @ComparedByBytes var resource: String
    @ComparedByBytes var feature: String
    let kind: String
    let start: Int64
    let end: Int64
    let closing: String
    let meter: Int64
    /// Nil: not sealed yet.
    let seal: WindowSeal?
    /// Whether events of its time are gone.
    let lacksEvents: Bool

    var key: [SQLValue] {
        [
            .integer(bucket), .text(customer), .text(feature), .text(resource), .text(kind), .integer(start),
            .text(closing),
        ]
    }
}

/// Makes the seals of windows, and reads them.
struct WindowSeals {
    let connection: any SQLConnection
    let identityKey: [UInt8]
    /// Events of all windows together that are held at once; a window with more is read in several passes.
    var eventsMax = 1 << 20

    /// Windows of one pass.
    static let windowsMax: Int64 = 256

    // MARK: - Windows

    /// Billed windows of a shard in the order of their keys, those that are not sealed, or all after one.
    func windows(shard: Int64, isUnsealed: Bool, after last: SealedWindow? = nil) throws -> [SealedWindow] {
        let key = "bucket, customer_id, feature_id, resource_id, kind, start_at, closing_id"
        let after = last == nil ? "" : "AND (\(key)) > ($3, $4, $5, $6, $7, $8, $9)"
        return try connection.rows(
            """
            SELECT bucket, customer_id, resource_id, feature_id, kind, start_at, end_at, closing_id, meter, events, digest,
                   \(MeteredWindowTable.lacksEvents)
              FROM metered_windows
             WHERE bucket BETWEEN $1 AND $2 AND value_units IS NOT NULL \(isUnsealed ? "AND events IS NULL" : "") \(after)
             ORDER BY \(key) LIMIT \(Self.windowsMax)
            """, [.integer(shard * 16), .integer(shard * 16 + 15)] + (last?.key ?? [])
        ) { row in
            SealedWindow(
                bucket: row.integer(0), customer: row.text(1), resource: row.text(2), feature: row.text(3),
                kind: row.text(4), start: row.integer(5), end: row.integer(6), closing: row.text(7),
                meter: row.integer(8),
                seal: row.optionalInteger(9).map { WindowSeal(events: $0, digest: row.optionalText(10) ?? "") },
                lacksEvents: row.integer(11) != 0)
        }
    }

    // MARK: - Seals

    /// The seals of windows of one shard, in their order.
    func seals(of windows: [SealedWindow], shard: Int64, _ compressor: Compressor) throws -> [WindowSeal] {
        var seals = try windows.map { window in
            guard window.meter == 0 else { return WindowSeal(events: 0, digest: "") }
            return try reports(of: window)
        }
        let metered = windows.indices.filter { windows[$0].meter != 0 }
        guard !metered.isEmpty else { return seals }
        let counting = Set(try MeterRegistry.versions(on: connection).map(\.id))
        // A byte of the identities is told in slices, as many as keep what is held below the bound.
        var slices = 1
        var found: [Gathered] = []
        var slice = 0
        while slice < slices {
            let range = (slice * 256 / slices)..<((slice + 1) * 256 / slices)
            guard let gathered = try gather(metered.map { windows[$0] }, shard: shard, range, compressor) else {
                // Too many: all over again, in thinner ones.
                slices *= 4
                (slice, found) = (0, [])
                continue
            }
            if found.isEmpty {
                found = gathered
            } else {
                for index in found.indices { found[index].append(gathered[index]) }
            }
            slice += 1
        }
        for (place, index) in metered.enumerated() {
            seals[index] = found[place].seal(
                isWhole: !windows[index].lacksEvents && counting.contains(windows[index].meter))
        }
        return seals
    }

    /// Hashes of a window's events: by the order of their identities, slice by slice.
    private struct Gathered {
        var count: Int64
        var hash: SHA256
        private var later: [Data] = []

        init(_ entries: [Entry]) {
            count = Int64(entries.count)
            hash = SHA256()
            var bytes = Data()
            for entry in entries.sorted() { bytes.append(entry.data) }
            hash.update(data: bytes)
            later = [bytes]
        }

        /// Slices come in the order of identities.
        mutating func append(_ other: Gathered) {
            count += other.count
            for bytes in other.later { hash.update(data: bytes) }
        }

        func seal(isWhole: Bool) -> WindowSeal {
            WindowSeal(events: count, digest: isWhole ? hash.finalize().hexadecimal : "")
        }
    }

    /// An event by its identity, and what it says. The first byte of an identity is its customer's bucket, and comes last
    /// here: slices tell the events of one customer apart.
    private struct Entry: Comparable {
        let high: UInt64
        let low: UInt64
        let content: UInt16

        init(_ identity: cev_hash, _ content: UInt16) {
            high = (identity.high << 8) | (identity.high >> 56)
            low = identity.low
            self.content = content
        }

        static func slice(of identity: cev_hash) -> Int { Int((identity.high >> 48) & 0xff) }

        static func < (left: Entry, right: Entry) -> Bool {
            (left.high, left.low, left.content) < (right.high, right.low, right.content)
        }

        var data: Data {
            withUnsafeBytes(of: high.bigEndian) { Data($0) } + withUnsafeBytes(of: low.bigEndian) { Data($0) }
                + withUnsafeBytes(of: content.bigEndian) { Data($0) }
        }
    }

    /// Nil where more than the bound would be held.
    private func gather(
        _ windows: [SealedWindow], shard: Int64, _ slice: Range<Int>, _ compressor: Compressor
    ) throws -> [Gathered]? {
        let ids = Set(windows.map(\.meter))
        let metering = try RawMetering(
            MeterSet(try MeterRegistry.versions(on: connection).filter { ids.contains($0.id) }, generation: 0),
            identityKey: identityKey, voided: try VoidedDeliveries.ids(on: connection))
        var places: [[UInt8]: [Int]] = [:]
        for (place, window) in windows.enumerated() { places[Array(window.customer.utf8), default: []].append(place) }
        var entries = [[Entry]](repeating: [], count: windows.count)
        var held = 0
        let scan = RawEventScan(
            from: windows.map(\.start).min().map { Timestamp(microseconds: $0) },
            to: windows.map(\.end).max().map { Timestamp(microseconds: $0) }, shards: [shard, Int64(UsageStore.shards)])
        try scan.blocks(compressor, on: connection) { _, block in
            guard held <= eventsMax else { return }
            try metering.eachPart(of: block) { part, identity, content, counts in
                guard slice.contains(Entry.slice(of: identity)), let own = places[Array(part.customer_id.buffer)] else {
                    return
                }
                for place in own {
                    let window = windows[place]
                    guard part.timestamp >= window.start, part.timestamp < window.end,
                        part.resource_id.buffer.elementsEqual(window.resource.utf8), counts(window.meter)
                    else { continue }
                    entries[place].append(Entry(identity, content))
                    held += 1
                }
            }
            metering.reset()
        }
        // The thinnest slice is taken whatever it holds.
        guard held <= eventsMax || slice.count == 1 else { return nil }
        return entries.map { Gathered($0) }
    }

    /// Of reports, which are never dropped: in the order of their arrival.
    private func reports(of window: SealedWindow) throws -> WindowSeal {
        var hash = SHA256()
        var count: Int64 = 0
        try connection.query(
            """
            SELECT id, at, behavior, value_units, value_nanos FROM usage_reports
             WHERE bucket = $1 AND customer_id = $2 AND feature_id = $3 AND resource_id = $4 AND voided = 0
               AND at >= $5 AND at < $6 ORDER BY sequence
            """,
            [
                .integer(window.bucket), .text(window.customer), .text(window.feature), .text(window.resource),
                .integer(window.start), .integer(window.end),
            ]
        ) { row in
            count += 1
            let text = "\(row.text(0))\n\(row.integer(1))\n\(row.text(2))\n\(row.integer(3))\n\(row.integer(4))\n"
            hash.update(data: Data(text.utf8))
        }
        return WindowSeal(events: count, digest: hash.finalize().hexadecimal)
    }
}
