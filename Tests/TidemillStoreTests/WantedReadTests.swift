import Foundation
import Synchronization
import Testing
import TidemillCore

@testable import TidemillStore

/// Reads that nobody waits for any more are given up, and nothing else is.
struct WantedReadTests {
    private let store: SQLiteStore

    init() throws {
        store = try SQLiteStore(
            path: FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)/store.db").path,
            environment: "test", durability: .unsynced)
    }

    /// Longer than anybody's patience.
    private static let endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"

    private static func isGivenUp(_ body: () throws -> Void) -> Bool {
        do { try body() } catch let error as StoreError { return error.isTransient && error.code == .busy } catch {
            return false
        }
        return false
    }

    @Test(.timeLimit(.minutes(5))) func `a long statement ends when its reader has gone`() throws {
        let looks = Mutex(0)
        let isWanted: @Sendable () -> Bool = {
            looks.withLock {
                $0 += 1
                return $0 < 5
            }
        }
        let isGivenUp = Self.isGivenUp {
            try WantedRead.whenever(isWanted) { try store.read { try $0.query(Self.endless, []) { _ in } } }
        }
        #expect(isGivenUp && looks.withLock { $0 } == 5)
        // The connection reads for others as ever, however long that takes.
        let million = Self.endless.replacing("FROM n)", with: "FROM n WHERE i < 1000000)")
        for _ in 0..<8 {
            #expect(try store.read { try $0.first(million, []) { $0.integer(0) } } == 1_000_000)
        }
    }

    @Test func `between statements it is looked, too`() throws {
        let isWanted = Atomic(true)
        let isGivenUp = Self.isGivenUp {
            try WantedRead.whenever({ isWanted.load(ordering: .relaxed) }) {
                try store.read { connection in
                    _ = try connection.first("SELECT 1", []) { $0.integer(0) }
                    isWanted.store(false, ordering: .relaxed)
                    _ = try connection.first("SELECT 1", []) { $0.integer(0) }
                }
            }
        }
        #expect(isGivenUp)
    }

    @Test func `what writes goes on, whoever waits`() throws {
        try WantedRead.whenever({ false }) {
            try store.write { connection in
                try connection.execute("CREATE TABLE kept(id INTEGER)", [])
                try connection.execute("INSERT INTO kept VALUES (7)", [])
            }
        }
        #expect(try store.read { try $0.first("SELECT id FROM kept", []) { $0.integer(0) } } == 7)
    }
}
