import Foundation
import Testing
import TidemillCore
import TidemillTestSupport

@testable import TidemillStore

/// In whose rows something was written that decides about access.
struct AccessWatchTests {
    private let store: SQLiteStore
    private final class Asker {}
    private let asker = Asker()

    init() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)/store.db").path
        store = try NewStore.make(at: path)
    }

    private func look(_ asker: AnyObject? = nil) throws -> AccessChanges {
        try store.write { try $0.accessChanges(since: asker ?? self.asker) }
    }

    private func due(_ customer: String, at: Int64) throws {
        _ = try store.write { connection in
            try connection.execute(
                """
                INSERT INTO due(bucket, customer_id, kind, at) VALUES (1, $1, 'wallet', $2)
                ON CONFLICT (bucket, customer_id, kind) DO UPDATE SET at = excluded.at
                """, [.text(customer), .integer(at)])
        }
    }

    @Test func `whoever asks hears of everybody first, and then of those whose rows were written`() throws {
        #expect(try look() == .everybody)
        #expect(try look() == .everybody)
        #expect(try look() == .customers([]))
        try due("a", at: 1)
        try due("b", at: 1)
        #expect(try look() == .customers([CustomerID("a"), CustomerID("b")]))
        try due("a", at: 2)
        #expect(try look() == .customers([CustomerID("a")]))
        try store.write { _ = try $0.execute("DELETE FROM due") }
        #expect(try look() == .customers([CustomerID("a"), CustomerID("b")]))
        #expect(try look() == .customers([]))
    }

    @Test func `somebody else's look leaves nothing for this one`() throws {
        for _ in 0..<3 { _ = try look() }
        #expect(try look(Asker()) == .everybody)
        #expect(try look() == .everybody)
        #expect(try look() == .customers([]))
    }

    @Test func `what another process has written is everybody's`() throws {
        for _ in 0..<3 { _ = try look() }
        let other = try SQLiteStore(path: store.path, environment: "test", durability: .unsynced)
        try other.write { _ = try $0.execute("DELETE FROM due") }
        try other.close()
        #expect(try look() == .everybody)
        #expect(try look() == .customers([]))
    }

    @Test func `beyond so many customers it is everybody`() throws {
        for _ in 0..<3 { _ = try look() }
        _ = try store.write { connection in
            for number in 0...AccessWatch.customersMax {
                try connection.execute(
                    "INSERT INTO due(bucket, customer_id, kind, at) VALUES (1, $1, 'wallet', 1)", [.text("c\(number)")])
            }
        }
        #expect(try look() == .everybody)
        #expect(try look() == .customers([]))
    }
}
