import Foundation
import Testing
import TidemillCore
import TidemillStore

/// How a delivery goes on that workers ended under, played through the table.
struct DeliveryCrashTests {
    private let store: SQLiteStore
    private let id = DeliveryID("01M8HE5AZ0W1C8GZ1ANV000001")

    init() throws {
        store = try SQLiteStore(
            path: FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)/store.db").path,
            environment: "test")
        try store.write { [id] connection in
            _ = try connection.execute(
                """
                INSERT INTO deliveries(id, inbox, name, size, modified_at, received_at, owner, state, is_again)
                VALUES ($1, 'inbox', 'a.ndjson', 1, 0, 0, 'W0', 'claimed', 0)
                """, [.text(id.text)])
        }
    }

    /// A worker takes the delivery over, enters a record where it goes one by one, and is gone.
    private func worker(_ number: Int, at position: Int64, entersNext: Bool) throws -> DeliveryCare {
        try store.write { [id] connection in
            try connection.execute(
                "UPDATE deliveries SET position = $2 WHERE id = $1", [.text(id.text), .integer(position)])
            let care = try DeliveryCrashes.begin(id, owner: "W\(number)", on: connection)
            if entersNext { try DeliveryCrashes.enter(id, record: position + 1, on: connection) }
            return care
        }
    }

    @Test func `batches shrink to single records, and the record in which workers end is set aside`() throws {
        let cares = try (1...7).map { try worker($0, at: 40, entersNext: $0 >= 3) }
        #expect(cares.map(\.batch) == [nil, 128, 1, 1, 1, 1, 1])
        #expect(cares.map(\.ended) == [0, 0, 0, 1, 2, 3, 4])
        #expect(cares.map(\.aside) == [nil, nil, nil, nil, nil, nil, 41])
        #expect(cares.allSatisfy { !$0.isHopeless })
    }

    @Test func `workers that are killed before they enter the record accuse it of nothing`() throws {
        let cares = try (1...30).map { try worker($0, at: 40, entersNext: false) }
        #expect(cares.allSatisfy { $0.aside == nil })
        #expect(cares.last?.batch == 1)
    }

    @Test func `a delivery that gets on clears its records one after the other`() throws {
        let cares = try (1...30).map { try worker($0, at: Int64($0), entersNext: true) }
        #expect(cares.allSatisfy { $0.aside == nil })
    }

    @Test func `past what was in hand a delivery goes at full speed again`() throws {
        _ = try worker(1, at: 0, entersNext: false)
        let careful = try worker(2, at: 0, entersNext: false)
        // Four ordinary batches.
        #expect(careful.until == 4 * 8192)
        #expect(try worker(3, at: 4 * 8192, entersNext: false).batch == 128)
        #expect(try worker(4, at: 4 * 8192 + 5, entersNext: false).until == 4 * 8192 + 5 + 128)
    }

    @Test func `setting the record aside may end workers too, and then the file is given up`() throws {
        let cares = try (1...10).map { try worker($0, at: 0, entersNext: $0 >= 3) }
        #expect(cares.map(\.isHopeless) == Array(repeating: false, count: 9) + [true])
    }
}
