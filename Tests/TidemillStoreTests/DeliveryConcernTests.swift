import Foundation
import Testing
import TidemillCore

@testable import TidemillStore

/// Deliveries that `status` warns of.
struct DeliveryConcernTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)")

    private func withStore(_ body: (any SQLConnection) throws -> Void) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try SQLiteStore(path: folder.appending(path: "store.db").path, environment: "test")
        try store.write(body)
    }

    /// Enters deliveries of 10 events each, one a second, with the counter at `value`.
    private func enter(_ count: Int, _ counter: String, _ value: Int, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < $1)
            INSERT INTO deliveries(id, inbox, name, size, modified_at, received_at, owner, state, finished_at, applied,
              events, \(counter))
            SELECT 'd' || n || '-' || $2, 'inbox', 'f' || n, 0, 0, 0, 'w', 'done', n * 1000000, 10, 10, $2 FROM numbers
            """, [.integer(count), .integer(value)])
    }

    private func plan(_ sql: String, _ connection: any SQLConnection) throws -> [String] {
        try connection.rows("EXPLAIN QUERY PLAN \(sql)", [.integer(0)]) { $0.text(3) }
    }

    @Test(arguments: DeliveryLedger.Concern.allCases)
    func `a day's deliveries are neither looked through nor sorted for a warning`(
        concern: DeliveryLedger.Concern
    ) throws {
        let index = concern == .addsNothing ? "deliveries_adding_nothing" : "deliveries_without_keys"
        try withStore { connection in
            for sql in [DeliveryLedger.newestQuery(concern), DeliveryLedger.countQuery(concern)] {
                let steps = try plan(sql, connection)
                let looks = steps.filter { $0.hasPrefix("SEARCH deliveries") || $0.hasPrefix("SCAN deliveries") }
                #expect(looks == ["SEARCH deliveries USING INDEX \(index) (finished_at>?)"], "\(steps)")
                #expect(!steps.contains { $0.contains("TEMP B-TREE") || $0.contains("MATERIALIZE") }, "\(steps)")
            }
        }
    }

    @Test(arguments: [("no_meter", 6, 5), ("not_a_number", 6, 5), ("without_key", 6, 5)])
    func `so many are counted, and the newest is named`(counter: String, most: Int, half: Int) throws {
        let concern = counter == "without_key" ? DeliveryLedger.Concern.hasNoKeys : .addsNothing
        try withStore { connection in
            func found(since second: Int64) throws -> [String] {
                try DeliveryLedger.concerning(
                    concern, since: Timestamp(microseconds: second * 1_000_000), on: connection
                ).map { ["\($0.count)", $0.newest.name] } ?? []
            }
            try enter(1500, counter, half, on: connection)
            #expect(try found(since: 0) == [])
            try enter(1200, counter, most, on: connection)
            #expect(try found(since: 0) == ["1001", "f1199"])
            #expect(try found(since: 1190) == ["10", "f1199"])
            #expect(try found(since: 1200) == [])
            try connection.execute(
                "INSERT INTO voided_deliveries(delivery, voided_at, voided_by, reason) VALUES ('d1199-6', 0, 'p', 'r')")
            #expect(try found(since: 1190) == ["9", "f1198"])
        }
    }
}
