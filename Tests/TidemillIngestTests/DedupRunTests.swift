import Foundation
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

@testable import TidemillEngine

/// Sealing and merging of known identities by those who commit batches, through the whole engine.
struct DedupRunTests {
    private static func fixture() throws -> IngestFixture {
        var settings = EngineSettings()
        settings.dedup = DedupSizes(sealAt: 40, fanout: 2, runsMax: 4)
        return try IngestFixture(options: IngestOptions(batchRecordsMax: 25), settings: settings)
    }

    private static func events(_ keys: Range<Int>) -> Data {
        Data(
            keys.map {
                #"{"customerId":"c\#($0 % 7)","eventName":"call","idempotencyKey":"k\#($0)","timestamp":"2026-10-01T10:00:00Z"}"#
            }.joined(separator: "\n").utf8)
    }

    private func levels(_ fixture: IngestFixture) throws -> [Int64: Int64] {
        try fixture.store.read { connection in
            Dictionary(
                uniqueKeysWithValues: try connection.rows("SELECT level, COUNT(*) FROM dedup_runs GROUP BY level") {
                    ($0.integer(0), $0.integer(1))
                })
        }
    }

    @Test func `batches alone merge what they leave, and a command's end keeps each level small`() async throws {
        let fixture = try Self.fixture()
        for file in 0..<4 {
            let claimed = try fixture.deliver(Self.events(file * 300..<(file + 1) * 300))
            let outcome = try await fixture.processor.process([claimed]).first
            #expect(outcome?.counts.applied == 300)
            try fixture.engine.settleRuns(now: claimed.receivedAt)
            #expect(try levels(fixture).values.allSatisfy { $0 <= 4 })
        }
        #expect(try levels(fixture).keys.max() ?? 0 >= 3)
        let again = try fixture.deliver(Self.events(0..<1250), name: "again.ndjson")
        let counts = try await fixture.processor.process([again]).first?.counts
        #expect([counts?.duplicate, counts?.applied, counts?.differs] == [1200, 50, 0])
    }

    @Test func `upkeep finishes what batches have begun once they stop, and leaves nothing else`() async throws {
        let fixture = try Self.fixture()
        let claimed = try fixture.deliver(Self.events(0..<1000))
        #expect(try await fixture.processor.process([claimed]).first?.counts.applied == 1000)
        let begun = "SELECT COUNT(*) FROM dedup_runs WHERE place IS NOT NULL"
        #expect(try fixture.store.read { try $0.first(begun) { $0.integer(0) } } != 0)
        try fixture.engine.runMaintenance(now: claimed.receivedAt)
        // While batches come each one pays its share.
        #expect(try fixture.store.read { try $0.first(begun) { $0.integer(0) } } != 0)
        try fixture.engine.runMaintenance(now: claimed.receivedAt)
        let (open, held, pages) = try fixture.store.read { connection in
            (
                try connection.first(begun) { $0.integer(0) },
                try connection.first("SELECT SUM(entries) FROM dedup_runs") { $0.integer(0) },
                try connection.first("SELECT SUM(LENGTH(entries)) / 20 FROM dedup_pages") { $0.integer(0) }
            )
        }
        #expect(open == 0)
        #expect(held == pages)
        let again = try fixture.deliver(Self.events(0..<1001), name: "again.ndjson")
        #expect(try await fixture.processor.process([again]).first?.counts.duplicate == 1000)
    }
}
