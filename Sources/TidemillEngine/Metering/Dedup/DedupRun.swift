import CEvents
import Foundation
import TidemillStore

/// A place in a run: the first page that is not there yet, of a run that others are merged into. Kept as the page's id.
struct DedupPlace: Equatable {
    var bucket: Int
    var page: Int

    static let start = DedupPlace(bucket: 0, page: 0)
}

/// An immutable run of entries in the store, ordered by bucket and hash and cut into pages: the page of an entry is
/// computed, not searched. A merge fills the run `into` which it goes from the first hash on and deletes what it took: at
/// any time each hash belongs to one of them, and what is in the store is all that a merge needs to go on, in whatever
/// process.
final class DedupRun {
    static let entriesPerPage = Int(CEV_PAGE_IDENTITIES)
    /// Pages whose filter is one row of the store, and what a merge does at a time.
    static let pagesPerPiece = 64

    /// Deletes pages and filters with these ids, at most `rowsMax`; returns how many.
    static func delete(_ ids: ClosedRange<Int64>, rowsMax: Int, on connection: any SQLConnection) throws -> Int {
        var left = rowsMax
        for table in ["dedup_pages", "dedup_filters"] where left > 0 {
            left -= try connection.execute(
                """
                DELETE FROM \(table)
                WHERE id IN (SELECT id FROM \(table) WHERE id BETWEEN $1 AND $2 ORDER BY id LIMIT $3)
                """, [.integer(ids.lowerBound), .integer(ids.upperBound), .integer(left)])
        }
        return rowsMax - left
    }

    let id: Int64
    let level: Int64
    let lastReceivedAt: Int64
    /// Entries of each of the 256 buckets, by which they are cut into pages; of a merged run what its sources held.
    let counts: [UInt32]
    /// Entries that the run answers for.
    var entries: Int
    /// How far the merge that fills this run has come; nil for a complete run.
    private(set) var place: DedupPlace?
    /// Entries that the level of the runs that are merged into this one could still take up when that began.
    let room: Int
    /// The last row of the tail that this run was made of, piece by piece as a merge; 0 for a merged run.
    let tail: Int64
    /// The run that this one is merged into; 0: none.
    private(set) var into: Int64
    /// Whether all pieces of the filter are in the store. Those of a run that an older Tidemill wrote are made when they
    /// are needed.
    var hasFilters: Bool
    /// What probing needs.
    private let probing: UnsafeMutablePointer<cev_run>
    /// Pages of each bucket whose filter is in memory, from the first that the run answers for.
    private var loaded = [Int](repeating: 0, count: 256)

    init(
        id: Int64, level: Int64, entries: Int, lastReceivedAt: Int64, counts: [UInt32], place: DedupPlace? = nil,
        room: Int = 0, tail: Int64 = 0
    ) {
        self.id = id
        self.level = level
        self.entries = entries
        self.lastReceivedAt = lastReceivedAt
        self.counts = counts
        self.place = place
        self.room = room
        self.tail = tail
        into = 0
        hasFilters = true
        probing = .allocate(capacity: 1)
        probing.initialize(to: cev_run())
        probing.pointee.last = .max
        for bucket in 0..<256 { setPages(Self.pages(of: Int(counts[bucket])), of: bucket) }
        if place != nil { moved(to: place) }
    }

    deinit {
        for bucket in 0..<256 { cev_filter_close(filter(of: bucket)) }
        probing.deallocate()
    }

    private static func pages(of entries: Int) -> Int { (entries + entriesPerPage - 1) / entriesPerPage }

    var isComplete: Bool { place == nil }
    /// Whether the tail is being sealed into this run.
    var isSealing: Bool { place != nil && tail != 0 }

    /// Buckets whose filter is in memory.
    var filtersInMemory: Int { (0..<256).count { filter(of: $0) != nil } }

    // MARK: Where hashes are

    func pages(of bucket: Int) -> Int {
        withUnsafePointer(to: &probing.pointee.pages) {
            $0.withMemoryRebound(to: UInt32.self, capacity: 256) { Int($0[bucket]) }
        }
    }

    private func setPages(_ pages: Int, of bucket: Int) {
        withUnsafeMutablePointer(to: &probing.pointee.pages) {
            $0.withMemoryRebound(to: UInt32.self, capacity: 256) { $0[bucket] = UInt32(pages) }
        }
    }

    private func filter(of bucket: Int) -> UnsafeMutablePointer<UInt64>? {
        withUnsafePointer(to: &probing.pointee.filters) {
            $0.withMemoryRebound(to: UnsafeMutablePointer<UInt64>?.self, capacity: 256) { $0[bucket] }
        }
    }

    private func setFilter(_ filter: UnsafeMutablePointer<UInt64>?, of bucket: Int) {
        withUnsafeMutablePointer(to: &probing.pointee.filters) {
            $0.withMemoryRebound(to: UnsafeMutablePointer<UInt64>?.self, capacity: 256) { $0[bucket] = filter }
        }
    }

    static func pageID(run: Int64, bucket: Int, page: Int) -> Int64 {
        Int64(bucket) << 48 | run << 24 | Int64(page)
    }

    func pageID(bucket: Int, page: Int) -> Int64 { Self.pageID(run: id, bucket: bucket, page: page) }

    /// The page of a hash of `bucket`.
    func page(of high: UInt64, bucket: Int) -> Int { Int(cev_page_of(high, UInt32(pages(of: bucket)))) }

    /// The hashes of pages `range` of a bucket.
    func hashes(bucket: Int, pages range: Range<Int>) -> ClosedRange<UInt64> {
        let all = UInt32(pages(of: bucket))
        let first = cev_page_start(UInt8(bucket), UInt32(range.lowerBound), all)
        let last =
            range.upperBound == Int(all)
            ? UInt64(bucket) << 56 | UInt64.max >> 8 : cev_page_start(UInt8(bucket), UInt32(range.upperBound), all) - 1
        return first...last
    }

    /// The least hash that a merge into this run has not reached; nil for a complete run.
    var reached: UInt64? {
        guard let place else { return nil }
        return place.page == 0
            ? UInt64(place.bucket) << 56
            : cev_page_start(UInt8(place.bucket), UInt32(place.page), UInt32(pages(of: place.bucket)))
    }

    // MARK: Merging

    /// A merge that fills this run has come to `place`; nil: to its end. The run answers for what is before it.
    func moved(to place: DedupPlace?) {
        self.place = place
        guard let reached else {
            probing.pointee.first = 0
            probing.pointee.last = .max
            return
        }
        // An empty range where nothing is reached, or where the tail still answers for all.
        let isEmpty = reached == 0 || isSealing
        probing.pointee.first = isEmpty ? 1 : 0
        probing.pointee.last = isEmpty ? 0 : reached - 1
    }

    /// The run is merged into another one, which answers for all hashes before `reached`.
    func isTaken(into run: Int64, upTo reached: UInt64) {
        into = run
        probing.pointee.first = reached
        for bucket in 0..<Int(reached >> 56) where filter(of: bucket) != nil {
            cev_filter_close(filter(of: bucket))
            setFilter(nil, of: bucket)
            loaded[bucket] = 0
        }
    }

    // MARK: Looking

    /// The indices of the entries that may be in the run.
    func probe(_ entries: UnsafeBufferPointer<DedupEntry>, _ maybe: inout [UInt32]) {
        maybe = [UInt32](unsafeUninitializedCapacity: entries.count) { buffer, filled in
            guard let base = entries.baseAddress, let out = buffer.baseAddress else { return }
            filled = Int(cev_run_probe(probing, base, UInt32(entries.count), out))
        }
    }

    /// Looks the entry up in the store.
    func find(_ entry: DedupEntry, on connection: any SQLConnection) throws -> DedupEntry? {
        var found = DedupEntry()
        var isFound = false
        let id = pageID(bucket: entry.bucket, page: page(of: entry.high, bucket: entry.bucket))
        try connection.query("SELECT entries FROM dedup_pages WHERE id = $1", [.integer(id)]) { row in
            isFound = row.withBlob(0) { bytes in
                withUnsafePointer(to: entry) { cev_page_find(bytes.baseAddress, bytes.count, $0, &found) }
            }
        }
        return isFound ? found : nil
    }
}

// MARK: - Filters

extension DedupRun {
    static let filterBytesPerPage = Int(CEV_PAGE_BLOCKS) * Int(CEV_BLOCK_BYTES)
    private static let wordsPerPage = filterBytesPerPage / 8

    /// Pages of a bucket that are there to be looked into.
    private func written(_ bucket: Int) -> Int {
        guard let place else { return pages(of: bucket) }
        return bucket < place.bucket ? pages(of: bucket) : bucket == place.bucket ? place.page : 0
    }

    /// Takes the filter of a bucket into memory, as far as it is not there. A piece that the store lacks is made from its
    /// pages and kept. Returns the entries that this read.
    @discardableResult
    func loadFilter(of bucket: Int, on connection: any SQLConnection) throws -> Int {
        let end = isSealing ? 0 : written(bucket)
        guard loaded[bucket] < end, probing.pointee.first <= UInt64(bucket) << 56 | UInt64.max >> 8 else { return 0 }
        if filter(of: bucket) == nil {
            // Where memory is short all hashes may be in the run: slower, and right.
            guard let fresh = cev_filter_open(pages(of: bucket)) else { return 0 }
            setFilter(fresh, of: bucket)
        }
        guard let filter = filter(of: bucket) else { return 0 }
        // What a merge has taken is there no more.
        let live = probing.pointee.first >> 56 == UInt64(bucket) ? page(of: probing.pointee.first, bucket: bucket) : 0
        var start = max(loaded[bucket], live / Self.pagesPerPiece * Self.pagesPerPiece)
        var made = 0
        var missing: [Range<Int>] = []
        try connection.query(
            "SELECT id, filter FROM dedup_filters WHERE id BETWEEN $1 AND $2 ORDER BY id",
            [.integer(pageID(bucket: bucket, page: start)), .integer(pageID(bucket: bucket, page: end - 1))]
        ) { row in
            let page = Int(row.integer(0) & 0xff_ffff)
            if page > start { missing.append(start..<page) }
            let length = min(Self.pagesPerPiece, pages(of: bucket) - page)
            try row.withBlob(1) { bytes in
                guard bytes.count == length * Self.filterBytesPerPage, let base = bytes.baseAddress else {
                    throw StoreError(.corrupt, "a filter of dedup run \(id) is damaged; restore a backup")
                }
                UnsafeMutableRawPointer(filter + page * Self.wordsPerPage).copyMemory(
                    from: base, byteCount: bytes.count)
            }
            start = page + length
        }
        if start < end { missing.append(start..<end) }
        for range in missing { made += try makeFilter(filter, bucket: bucket, pages: range, on: connection) }
        loaded[bucket] = end
        return made
    }

    private func makeFilter(
        _ filter: UnsafeMutablePointer<UInt64>, bucket: Int, pages range: Range<Int>, on connection: any SQLConnection
    ) throws -> Int {
        var entries = 0
        for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.pagesPerPiece) {
            let end = min(first + Self.pagesPerPiece, range.upperBound)
            let piece = filter + first * Self.wordsPerPage
            try connection.query(
                "SELECT entries FROM dedup_pages WHERE id BETWEEN $1 AND $2 ORDER BY id",
                [.integer(pageID(bucket: bucket, page: first)), .integer(pageID(bucket: bucket, page: end - 1))]
            ) { row in
                row.withBlob(0) { bytes in
                    entries += bytes.count / DedupEntry.stored
                    cev_filter_add_stored(
                        piece, UInt32(first), UInt32(pages(of: bucket)), bytes.baseAddress, bytes.count)
                }
            }
            try store(piece, bucket: bucket, pages: first..<end, on: connection)
        }
        return entries
    }

    private func store(
        _ piece: UnsafeMutablePointer<UInt64>, bucket: Int, pages range: Range<Int>, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "INSERT INTO dedup_filters(filter, id) VALUES ($1, $2)",
            blob: UnsafeRawBufferPointer(start: piece, count: range.count * Self.filterBytesPerPage),
            [.integer(pageID(bucket: bucket, page: range.lowerBound))])
    }

    /// Writes ordered entries as pages `range` of a bucket, which begin a piece and end one, with their filter.
    func write(
        _ entries: UnsafeBufferPointer<DedupEntry>, bucket: Int, pages range: Range<Int>,
        on connection: any SQLConnection
    ) throws {
        let all = UInt32(pages(of: bucket))
        guard let piece = cev_filter_open(range.count) else { throw StoreError.noMemoryForDedup }
        defer { cev_filter_close(piece) }
        if let base = entries.baseAddress {
            cev_filter_add(piece, UInt32(range.lowerBound), all, base, entries.count)
            let packed = UnsafeMutableRawPointer.allocate(byteCount: entries.count * DedupEntry.stored, alignment: 16)
            defer { packed.deallocate() }
            cev_pack(base, entries.count, packed)
            var start = 0
            while start < entries.count {
                let length = cev_page_length(base + start, entries.count - start, all)
                try connection.execute(
                    "INSERT INTO dedup_pages(entries, id) VALUES ($1, $2)",
                    blob: UnsafeRawBufferPointer(
                        start: packed + start * DedupEntry.stored, count: length * DedupEntry.stored),
                    [.integer(pageID(bucket: bucket, page: page(of: base[start].high, bucket: bucket)))])
                start += length
            }
        }
        try store(piece, bucket: bucket, pages: range, on: connection)
    }

    /// Deletes the pages of a bucket that hold no hash after `last`, and their filter; `first` is the first that is there.
    func deletePages(bucket: Int, from first: Int, upTo last: UInt64, on connection: any SQLConnection) throws {
        let isEnd = last == UInt64(bucket) << 56 | UInt64.max >> 8
        let end = isEnd ? pages(of: bucket) : page(of: last + 1, bucket: bucket)
        if first < end {
            try connection.execute(
                "DELETE FROM dedup_pages WHERE id BETWEEN $1 AND $2",
                [.integer(pageID(bucket: bucket, page: first)), .integer(pageID(bucket: bucket, page: end - 1))])
        }
        let piece = first / Self.pagesPerPiece * Self.pagesPerPiece
        let pieceEnd = isEnd ? end : end / Self.pagesPerPiece * Self.pagesPerPiece
        if piece < pieceEnd {
            try connection.execute(
                "DELETE FROM dedup_filters WHERE id BETWEEN $1 AND $2",
                [.integer(pageID(bucket: bucket, page: piece)), .integer(pageID(bucket: bucket, page: pieceEnd - 1))])
        }
    }
}
