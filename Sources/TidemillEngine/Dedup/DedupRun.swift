import Foundation
import TidemillStore

/// A Bloom filter in blocks of one cache line: one memory access a look-up. 12 bits a key, 7 bits set: about 1 in 200
/// absent keys passes.
final class BlockedFilter {
    private let words: UnsafeMutablePointer<UInt64>
    private let blocks: Int

    init(entries: Int) {
        blocks = max(1, (entries * 12 + 511) / 512)
        words = .allocate(capacity: blocks * 8)
        words.initialize(repeating: 0, count: blocks * 8)
    }

    init(stored: UnsafeRawBufferPointer) {
        blocks = max(1, stored.count / 64)
        words = .allocate(capacity: blocks * 8)
        words.initialize(repeating: 0, count: blocks * 8)
        UnsafeMutableRawPointer(words).copyMemory(
            from: stored.baseAddress ?? UnsafeRawPointer(words), byteCount: min(stored.count, blocks * 64))
    }

    deinit {
        words.deallocate()
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: words, count: blocks * 64) }

    @inline(__always)
    private func place(_ entry: DedupEntry) -> (block: UnsafeMutablePointer<UInt64>, bits: UInt64) {
        let index = entry.low.multipliedFullWidth(by: UInt64(blocks)).high
        return (words + Int(index) * 8, entry.high &* 0x9e37_79b9_7f4a_7c15)
    }

    func insert(_ entry: DedupEntry) {
        var (block, bits) = place(entry)
        for _ in 0..<7 {
            block[Int(bits >> 6 & 7)] |= 1 << (bits & 63)
            bits >>= 9
        }
    }

    @inline(__always)
    func mayContain(_ entry: DedupEntry) -> Bool {
        var (block, bits) = place(entry)
        for _ in 0..<7 {
            if block[Int(bits >> 6 & 7)] & 1 << (bits & 63) == 0 { return false }
            bits >>= 9
        }
        return true
    }
}

/// An immutable sorted run of entries in the store, cut into pages by bucket and hash: the page of an entry is computed,
/// not searched.
struct DedupRun {
    static let entriesPerPage = 192

    let id: Int64
    let level: Int64
    let entries: Int
    let lastReceivedAt: Int64
    /// Entries of each of the 256 buckets.
    let counts: [UInt32]
    let filter: BlockedFilter

    func pageID(of entry: DedupEntry) -> Int64 {
        Self.pageID(of: entry, run: id, bucketEntries: Int(counts[entry.bucket]))
    }

    static func pageID(of entry: DedupEntry, run: Int64, bucketEntries: Int) -> Int64 {
        let pages = UInt64((bucketEntries + entriesPerPage - 1) / entriesPerPage)
        let page = (entry.high << 8).multipliedFullWidth(by: max(1, pages)).high
        return Int64(entry.bucket) << 48 | run << 24 | Int64(page)
    }

    /// The page ids of one bucket of a run.
    static func pageIDs(bucket: Int, run: Int64) -> ClosedRange<Int64> {
        let first = Int64(bucket) << 48 | run << 24
        return first...(first | 0xff_ffff)
    }

    /// Looks the entry up in the store.
    func find(_ entry: DedupEntry, on connection: any SQLConnection) throws -> DedupEntry? {
        var found: DedupEntry?
        try connection.query("SELECT entries FROM dedup_pages WHERE id = $1", [.integer(pageID(of: entry))]) { row in
            row.withBlob(0) { bytes in
                guard let base = bytes.baseAddress else { return }
                var low = 0
                var high = bytes.count / DedupEntry.stored
                while low < high {
                    let middle = (low + high) / 2
                    let candidate = DedupEntry(stored: base + middle * DedupEntry.stored)
                    if candidate.high == entry.high, candidate.low == entry.low {
                        found = candidate
                        return
                    }
                    if DedupEntry.isOrdered(candidate, entry) { low = middle + 1 } else { high = middle }
                }
            }
        }
        return found
    }

    /// Writes sorted `entries` of one bucket as pages of run `run`.
    static func writePages(_ entries: ArraySlice<DedupEntry>, run: Int64, on connection: any SQLConnection) throws {
        var page = ByteWriter(capacity: 2 * entriesPerPage * DedupEntry.stored)
        var index = entries.startIndex
        while index < entries.endIndex {
            let id = pageID(of: entries[index], run: run, bucketEntries: entries.count)
            page.removeAll()
            while index < entries.endIndex, pageID(of: entries[index], run: run, bucketEntries: entries.count) == id {
                page.append(entries[index])
                index += 1
            }
            try connection.execute(
                "INSERT INTO dedup_pages(entries, id) VALUES ($1, $2)", blob: page.bytes, [.integer(id)])
        }
    }
}
