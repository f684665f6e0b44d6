import Foundation
import TidemillCore
import TidemillStore
import TidemillTestSupport
import Testing

/// Rows by declared columns, held against statements that are written out.
@Suite struct ColumnsTests {
    private enum Kind: String, ColumnValue { case first, second }

    private struct Thing: Sendable, Equatable {
        var owner: CustomerID
        var id: String
        var kind: Kind
        var price: Amount
        var limit: Amount?
        var madeAt: Timestamp
        var endedAt: Timestamp?
        var isOpen: Bool

        static let columns = Columns<Thing>(
            "things", .customer(\.owner), .key("id", \.id), Column("kind", \.kind), Column("price", \.price),
            Column("bound", \.limit), .once("made_at", \.madeAt), Column("ended_at", \.endedAt),
            Column("is_open", \.isOpen), derived: [.init("letters") { Int64($0.id.utf8.count) }], make: Thing.init)
    }

    private let thing = Thing(
        owner: CustomerID("acme"), id: "abc", kind: .first, price: Amount(units: -1, nanos: -500_000_000), limit: nil,
        madeAt: Timestamp(microseconds: 7), endedAt: nil, isOpen: true)

    private func withStore(_ body: (any SQLConnection) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "columns-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try SQLiteStore(path: folder.appending(path: "test.db").path, environment: "test")
        try store.write { connection in
            try connection.execute(
                """
                CREATE TABLE things(bucket BIGINT, customer_id TEXT, id TEXT, kind TEXT, price_units BIGINT,
                  price_nanos BIGINT, bound_units BIGINT, bound_nanos BIGINT, made_at BIGINT, ended_at BIGINT,
                  is_open BIGINT, letters BIGINT, PRIMARY KEY (bucket, customer_id, id))
                """)
            try body(connection)
        }
    }

    private func stored(_ connection: any SQLConnection) throws -> [String] {
        try connection.rows(
            """
            SELECT bucket || ' ' || customer_id || ' ' || id || ' ' || kind || ' ' || price_units || ' ' || price_nanos
              || ' ' || COALESCE(bound_units, '-') || ' ' || COALESCE(bound_nanos, '-') || ' ' || made_at || ' '
              || COALESCE(ended_at, '-') || ' ' || is_open || ' ' || letters FROM things ORDER BY id
            """
        ) { $0.text(0) }
    }

    @Test func `each value stands in its columns, and comes back from them`() throws {
        try withStore { connection in
            try connection.insert(thing, into: Thing.columns)
            let bucket = Bucket(CustomerID("acme")).number
            #expect(try stored(connection) == ["\(bucket) acme abc first -1 -500000000 - - 7 - 1 3"])
            let key: [SQLValue] = [.integer(bucket), .text("acme"), .text("abc")]
            #expect(try connection.find(Thing.columns, key: key) == thing)
            #expect(try connection.rows(Thing.columns, "WHERE id = $1", [.text("other")]) == [])
        }
    }

    @Test func `an update leaves the key and what a row keeps`() throws {
        try withStore { connection in
            try connection.insert(thing, into: Thing.columns)
            var changed = thing
            changed.kind = .second
            changed.limit = Amount(units: 5, nanos: 1)
            changed.madeAt = Timestamp(microseconds: 8)
            changed.endedAt = Timestamp(microseconds: 9)
            changed.isOpen = false
            #expect(try connection.update(changed, in: Thing.columns) == 1)
            let bucket = Bucket(CustomerID("acme")).number
            #expect(try stored(connection) == ["\(bucket) acme abc second -1 -500000000 5 1 7 9 0 3"])
            changed.id = "none"
            #expect(try connection.update(changed, in: Thing.columns) == 0)
        }
    }

    @Test func `an upsert enters what is new and updates what is there`() throws {
        try withStore { connection in
            try connection.upsert(thing, into: Thing.columns)
            var changed = thing
            changed.isOpen = false
            changed.madeAt = Timestamp(microseconds: 8)
            try connection.upsert(changed, into: Thing.columns)
            let bucket = Bucket(CustomerID("acme")).number
            #expect(try stored(connection) == ["\(bucket) acme abc first -1 -500000000 - - 7 - 0 3"])
            #expect(try connection.insert(thing, into: Thing.columns, "ON CONFLICT DO NOTHING") == 0)
        }
    }

    @Test func `a word that nobody wrote is a damaged store`() throws {
        try withStore { connection in
            try connection.insert(thing, into: Thing.columns)
            try connection.execute("UPDATE things SET kind = 'third'")
            let error = #expect(throws: StoreError.self) { try connection.rows(Thing.columns, "") }
            #expect(error?.description.contains("the store has \"third\", which is no Kind; restore a backup") == true)
        }
    }
}
