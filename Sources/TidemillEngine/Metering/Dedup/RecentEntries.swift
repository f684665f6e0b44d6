import CEvents
import TidemillStore

/// The entries of the tail: a hash table in memory, made with the first of them.
final class RecentEntries {
    private var table: OpaquePointer?

    deinit {
        cev_recent_close(table)
    }

    var count: Int { table.map { cev_recent_count($0) } ?? 0 }

    func removeAll() {
        if let table { cev_recent_clear(table) }
    }

    @inline(__always)
    func find(_ entry: DedupEntry) -> DedupEntry? {
        guard let table else { return nil }
        return withUnsafePointer(to: entry) { cev_recent_find(table, $0)?.pointee }
    }

    /// Says that the entry is looked for soon.
    @inline(__always)
    func prefetch(_ entry: DedupEntry) {
        guard let table else { return }
        withUnsafePointer(to: entry) { cev_recent_prefetch(table, $0) }
    }

    /// Adds the entry, or replaces the one with its identity.
    @inline(__always)
    func insert(_ entry: DedupEntry) throws {
        let table = try opened()
        guard withUnsafePointer(to: entry, { cev_recent_insert(table, $0) }) else { throw StoreError.noMemoryForDedup }
    }

    /// Adds stored entries.
    func load(_ bytes: UnsafeRawBufferPointer) throws {
        guard try cev_recent_load(opened(), bytes.baseAddress, bytes.count) else { throw StoreError.noMemoryForDedup }
    }

    /// All entries in their order.
    func sorted() -> [DedupEntry] {
        [DedupEntry](unsafeUninitializedCapacity: count) { buffer, filled in
            if let table, let base = buffer.baseAddress { cev_recent_sorted(table, base) }
            filled = count
        }
    }

    private func opened() throws -> OpaquePointer {
        if let table { return table }
        guard let table = cev_recent_open() else { throw StoreError.noMemoryForDedup }
        self.table = table
        return table
    }
}

extension StoreError {
    static let noMemoryForDedup = StoreError(.unavailable, "out of memory while looking for repeated events")
}
