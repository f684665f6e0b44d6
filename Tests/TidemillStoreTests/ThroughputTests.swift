import Foundation
import Testing
import TidemillCore

@testable import TidemillStore

/// What came in by minutes and hours, against sums of the same batches worked out by hand.
struct ThroughputTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)")

    private func withStore(_ body: (any SQLConnection) throws -> Void) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try SQLiteStore(path: folder.appending(path: "store.db").path, environment: "test")
        try store.write(body)
    }

    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    private func add(_ applied: Int64, _ rejected: Int64, at text: String, on connection: any SQLConnection) throws {
        try Throughput.add(
            [DeliveryCounts(applied: applied, filteredBy: ["f": 1]), DeliveryCounts(duplicate: 2, rejected: rejected)],
            bytes: 100, at: at(text), on: connection)
    }

    @Test func `batches add up by the minute, by spans of minutes, by the hour and by the day`() throws {
        try withStore { connection in
            try add(10, 0, at: "2026-11-01T00:00:00Z", on: connection)
            try add(5, 1, at: "2026-11-01T00:00:59.999Z", on: connection)
            try add(7, 0, at: "2026-11-01T00:04:00Z", on: connection)
            try add(3, 4, at: "2026-11-01T01:00:00Z", on: connection)
            let (from, to) = (try at("2026-11-01T00:00:00Z"), try at("2026-11-02T00:00:00Z"))
            func spans(_ seconds: Int64) throws -> [[Int64]] {
                try Throughput.list(every: seconds, from: from, to: to, on: connection).map {
                    [
                        $0.start - from.microseconds / 1_000_000, $0.applied, $0.filtered, $0.duplicate, $0.rejected,
                        $0.bytes,
                    ]
                }
            }
            #expect(
                try spans(60) == [[0, 15, 2, 4, 1, 200], [240, 7, 1, 2, 0, 100], [3600, 3, 1, 2, 4, 100]])
            #expect(try spans(300) == [[0, 22, 3, 6, 1, 300], [3600, 3, 1, 2, 4, 100]])
            #expect(try spans(3600) == [[0, 22, 3, 6, 1, 300], [3600, 3, 1, 2, 4, 100]])
            #expect(try spans(86_400) == [[0, 25, 4, 8, 5, 400]])
        }
    }

    @Test func `minutes go after 7 days, hours after 400`() throws {
        try withStore { connection in
            try add(1, 0, at: "2026-01-01T00:00:00Z", on: connection)
            func left() throws -> [Int64] {
                try connection.rows("SELECT seconds FROM throughput ORDER BY seconds") { $0.integer(0) }
            }
            for (now, expected) in [
                ("2026-01-08T00:00:00Z", [60, 3600]), ("2026-01-08T00:00:01Z", [3600]),
                ("2027-02-05T00:00:00Z", [3600]), ("2027-02-05T00:00:01Z", []),
            ] as [(String, [Int64])] {
                let isOld = try Throughput.isOld(now: at(now), on: connection)
                let before = try left()
                try Throughput.prune(now: at(now), on: connection)
                #expect(try left() == expected)
                #expect(isOld == (before != expected))
            }
        }
    }

    @Test func `a batch of nothing leaves no row`() throws {
        try withStore { connection in
            try Throughput.add([DeliveryCounts()], bytes: 0, at: at("2026-01-01T00:00:00Z"), on: connection)
            #expect(try !connection.hasRows("SELECT 1 FROM throughput"))
        }
    }
}
