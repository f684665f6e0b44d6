import Foundation
public import TidemillCore
public import TidemillStore

/// Counts the statements that are run within a store's transactions: what a piece of work costs, on whatever machine.
public final class CountingStore: Store {
    private let inner: SQLiteStore
    private let lock = NSLock()
    nonisolated(unsafe) private var counts: [String: Int] = [:]

    public init(_ inner: SQLiteStore) { self.inner = inner }

    /// By statement; of what `body` runs.
    public func statements(of body: () throws -> Void) rethrows -> [String: Int] {
        lock.withLock { counts = [:] }
        try body()
        return lock.withLock { counts }
    }

    private func count(_ sql: String) { lock.withLock { counts[sql, default: 0] += 1 } }

    public var metrics: MetricRegistry { inner.metrics }
    public func settle() throws { try inner.settle() }
    public func commitStamp() -> Int64? { inner.commitStamp() }

    public func read<T>(_ body: (any SQLConnection) throws -> T) throws -> T {
        try inner.read { try body(Connection($0, self)) }
    }

    public func write<T>(customer: CustomerID?, _ body: (any SQLConnection) throws -> T) throws -> T {
        try inner.write(customer: customer) { try body(Connection($0, self)) }
    }

    private final class Connection: SQLConnection {
        let inner: any SQLConnection
        let store: CountingStore

        init(_ inner: any SQLConnection, _ store: CountingStore) {
            (self.inner, self.store) = (inner, store)
        }

        func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
            store.count(sql)
            return try inner.execute(sql, arguments)
        }

        func execute(_ sql: String, blob: UnsafeRawBufferPointer, _ arguments: [SQLValue]) throws -> Int {
            store.count(sql)
            return try inner.execute(sql, blob: blob, arguments)
        }

        func query(_ sql: String, _ arguments: [SQLValue], _ body: (any SQLRow) throws -> Void) throws {
            store.count(sql)
            try inner.query(sql, arguments, body)
        }

        func savepoint<T>(_ body: () throws -> T) throws -> T {
            store.count("SAVEPOINT")
            return try inner.savepoint(body)
        }

        func dataVersion() throws -> Int64 { try inner.dataVersion() }
        func accessChanges(since asker: AnyObject) throws -> AccessChanges { try inner.accessChanges(since: asker) }
        func note(_ note: MetricNote) { inner.note(note) }
        var memory: StoreMemory? { inner.memory }

        func committed<T>(_ body: (any SQLConnection) throws -> T) throws -> T {
            try inner.committed { try body(Connection($0, store)) }
        }
    }
}
