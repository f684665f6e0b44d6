import Foundation
import Testing
import TidemillCore

@testable import TidemillStore

struct DurabilityTests {
    private let path = FileManager.default.temporaryDirectory.path + "/tidemill-\(UInt64.random(in: 0...UInt64.max)).db"

    /// The value of a pragma on the connection that writes: 2 is FULL, 0 is OFF (sqlite.org/pragma.html).
    private func synchronous(_ store: SQLiteStore) throws -> Int64? {
        try store.write { try $0.first("PRAGMA synchronous") { $0.integer(0) } }
    }

    private func remove() {
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    }

    @Test func `what writes syncs each commit, when the store is made and when it is opened again`() throws {
        defer { remove() }
        for _ in 0..<2 {
            let store = try SQLiteStore(path: path, environment: "test")
            #expect(try synchronous(store) == 2)
            try store.close()
        }
    }

    @Test func `a store that is thrown away syncs nothing`() throws {
        defer { remove() }
        let store = try SQLiteStore(path: path, environment: "test", durability: .unsynced)
        #expect(try synchronous(store) == 0)
        try store.close()
    }

    /// When the database itself was last written, which only a checkpoint does.
    private func written() throws -> timespec {
        var status = stat()
        guard stat(path, &status) == 0 else { throw CocoaError(.fileReadUnknown) }
        return status.st_mtim
    }

    private func add(_ mebibytes: Int, to store: SQLiteStore) throws {
        let block = Data(repeating: 7, count: 1 << 20)
        for _ in 0..<mebibytes {
            _ = try store.write { try $0.execute("INSERT INTO blocks(data) VALUES ($1)", [.blob(block)]) }
            try store.settle()
        }
    }

    /// The log's file never shrinks: what counts is what was written to it since it was last written back.
    @Test func `the log is written back once for each 16 MiB, not with each commit after the first 16`() throws {
        defer { remove() }
        let store = try SQLiteStore(path: path, environment: "test")
        _ = try store.write { try $0.execute("CREATE TABLE blocks(data BLOB)") }
        // The schema is the log's first MiB.
        try add(12, to: store)
        let before = try written()
        try add(5, to: store)
        let once = try written()
        #expect(once.tv_sec != before.tv_sec || once.tv_nsec != before.tv_nsec)
        try add(12, to: store)
        let after = try written()
        #expect(after.tv_sec == once.tv_sec && after.tv_nsec == once.tv_nsec)
        try add(5, to: store)
        let twice = try written()
        #expect(twice.tv_sec != after.tv_sec || twice.tv_nsec != after.tv_nsec)
        try store.close()
    }

    /// A reader that keeps the log from being used up does not make every commit pay for another attempt.
    @Test func `a reader that stays holds the log back, and nobody tries in vain with each commit`() throws {
        defer { remove() }
        let store = try SQLiteStore(path: path, environment: "test")
        _ = try store.write { try $0.execute("CREATE TABLE blocks(data BLOB)") }
        try add(1, to: store)
        let reader = try SQLiteStore(path: path, environment: "test")
        try reader.read { connection in
            #expect(try connection.first("SELECT COUNT(*) FROM blocks") { $0.integer(0) } == 1)
            try add(17, to: store)
            let once = try written()
            try add(10, to: store)
            let after = try written()
            #expect(after.tv_sec == once.tv_sec && after.tv_nsec == once.tv_nsec)
        }
        try reader.close()
        try store.close()
    }
}
