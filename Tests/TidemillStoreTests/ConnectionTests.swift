import Foundation
import Testing
import TidemillCore
import TidemillStore

struct ConnectionTests {
    private let store: SQLiteStore

    init() throws {
        store = try SQLiteStore(
            path: FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)/store.db").path,
            environment: "test")
        try store.write { _ = try $0.execute("CREATE TABLE t(a BIGINT PRIMARY KEY, b TEXT, c BLOB)") }
    }

    @Test func `parameters are bound by their number, however often and in which order they appear`() throws {
        let row = try store.read { connection in
            try connection.first("SELECT $2, $1, $2", [.integer(1), .text("two")]) {
                [$0.text(0), $0.text(1), $0.text(2)]
            }
        }
        #expect(row == ["two", "1", "two"])
    }

    @Test func `values come back as they went in`() throws {
        let blob = Data([0, 255, 0, 1])
        try store.write { connection in
            _ = try connection.execute(
                "INSERT INTO t(a, b, c) VALUES ($1, $2, $3)", [.integer(Int64.max), .text("Zürich 🚀"), .blob(blob)])
            _ = try connection.execute(
                "INSERT INTO t(a, b, c) VALUES ($1, $2, $3)", [.integer(Int64.min), .null, .blob(Data())])
        }
        try store.read { connection in
            try connection.query("SELECT a, b, c FROM t WHERE b IS NOT NULL", []) { row in
                #expect(row.integer(0) == .max)
                #expect(row.text(1) == "Zürich 🚀")
                #expect(row.blob(2) == blob)
            }
            try connection.query("SELECT a, b, c FROM t WHERE b IS NULL", []) { row in
                #expect(row.integer(0) == .min)
                #expect(row.optionalText(1) == nil)
                #expect(row.blob(2).isEmpty)
            }
        }
    }

    @Test func `a savepoint that fails undoes itself alone`() throws {
        struct Stop: Error {}
        try store.write { connection in
            _ = try connection.execute("INSERT INTO t(a) VALUES (1)")
            do {
                try connection.savepoint {
                    _ = try connection.execute("INSERT INTO t(a) VALUES (2)")
                    throw Stop()
                }
            } catch is Stop {
                // What it threw comes out of it.
            }
            try connection.savepoint { _ = try connection.execute("INSERT INTO t(a) VALUES (3)") }
        }
        #expect(try store.read { try $0.rows("SELECT a FROM t ORDER BY a") { $0.integer(0) } } == [1, 3])
    }

    @Test func `a write that throws leaves nothing`() throws {
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try store.write { connection in
                _ = try connection.execute("INSERT INTO t(a) VALUES (1)")
                throw Stop()
            }
        }
        #expect(try store.read { try $0.rows("SELECT a FROM t") { $0.integer(0) } } == [])
    }

    @Test func `a unique key that exists is a conflict`() throws {
        try store.write { _ = try $0.execute("INSERT INTO t(a) VALUES (1)") }
        let error = #expect(throws: StoreError.self) {
            try store.write { _ = try $0.execute("INSERT INTO t(a) VALUES (1)") }
        }
        #expect(error?.code == .conflict)
        #expect(error?.isTransient == false)
    }

    @Test func `a read sees one snapshot while another connection writes`() throws {
        let other = try SQLiteStore(path: store.path, environment: "test")
        try store.read { connection in
            let before = try connection.rows("SELECT a FROM t") { $0.integer(0) }
            try other.write { _ = try $0.execute("INSERT INTO t(a) VALUES (9)") }
            #expect(try connection.rows("SELECT a FROM t") { $0.integer(0) } == before)
        }
        #expect(try store.read { try $0.rows("SELECT a FROM t") { $0.integer(0) } } == [9])
    }

    @Test func `a query inside a query of the same text does not disturb it`() throws {
        try store.write { connection in
            for number in 1...3 {
                _ = try connection.execute("INSERT INTO t(a) VALUES ($1)", [.integer(Int64(number))])
            }
        }
        var seen: [Int64] = []
        try store.read { connection in
            try connection.query("SELECT a FROM t ORDER BY a", []) { outer in
                let number = outer.integer(0)
                try connection.query("SELECT a FROM t ORDER BY a", []) { inner in
                    seen.append(number * 10 + inner.integer(0))
                }
            }
        }
        #expect(seen == [11, 12, 13, 21, 22, 23, 31, 32, 33])
    }
}
