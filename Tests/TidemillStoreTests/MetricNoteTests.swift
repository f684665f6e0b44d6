import Foundation
import Testing
import TidemillCore
import TidemillStore
import TidemillTestSupport

/// What a transaction counts is counted when it commits, and only then.
struct MetricNoteTests {
    private struct Refused: Error {}

    private func messages(_ registry: MetricRegistry) -> String? {
        registry.text().split(separator: "\n").first { $0.hasPrefix("tidemill_messages_total ") }.map(String.init)
    }

    @Test func `a transaction that is undone counts nothing, and a savepoint takes its counts along`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "notes-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let metrics = MetricRegistry()
        let store = try SQLiteStore(
            path: folder.appending(path: "t.db").path, environment: "test", metrics: metrics)
        defer { try? store.close() }
        #expect(throws: Refused.self) {
            try store.write { connection in
                connection.count(.messages, by: 100)
                throw Refused()
            }
        }
        #expect(messages(metrics) == "tidemill_messages_total 0")
        try store.write { connection in
            connection.count(.messages)
            try connection.savepoint {
                connection.count(.messages, by: 10)
                try? connection.savepoint {
                    connection.count(.messages, by: 1000)
                    throw Refused()
                }
            }
            try? connection.savepoint {
                connection.count(.messages, by: 1000)
                try connection.savepoint { connection.count(.messages, by: 1000) }
                throw Refused()
            }
            // Not before the commit.
            #expect(messages(metrics) == "tidemill_messages_total 0")
        }
        #expect(messages(metrics) == "tidemill_messages_total 11")
    }

    @Test func `a store without a reader notes nothing`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "notes-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try SQLiteStore(path: folder.appending(path: "t.db").path, environment: "test")
        defer { try? store.close() }
        try store.write { $0.count(.messages) }
        #expect(store.metrics.text() == "")
    }
}
