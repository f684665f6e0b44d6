import Foundation
import Glibc
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

@testable import TidemillTriggers
@testable import TidemillWorker

/// Files that are written to after they were claimed, and after they were kept.
@Suite struct GrowingFileTests {
    private static let line = "{}\n"

    private func append(_ lines: Int, to path: String) throws {
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        defer { try? file.close() }
        try file.seekToEnd()
        try file.write(contentsOf: Data(String(repeating: Self.line, count: lines).utf8))
    }

    @Test func `the row of a file that grew has the size of what was read, by which the same content is known`()
        async throws
    {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("a.ndjson", lines: 2)
        kit.processor.answer("a.ndjson", .state(.incomplete))
        kit.processor.beforeEachGroup { group in
            // With its first look the file is still being written.
            if kit.processor.groups.count == 1 { try append(3, to: group[0].path) }
        }
        #expect(try await kit.loop().run(once: true).done == 1)
        let row = try #require(try kit.rows().first)
        #expect(row.applied == 5)
        #expect(row.size == 15 && row.byteOffset == 15)
        #expect(try kit.report("a.ndjson.result.json")["size"] == 15)
    }

    @Test(.timeLimit(.minutes(10))) func `run once ends while a file goes on growing, and says what it left unread`()
        async throws
    {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("a.ndjson", lines: 2)
        kit.processor.afterEachGroup { group in try append(1, to: group[0].path) }
        let totals = try await kit.loop().run(once: true)
        #expect(totals.done == 1 && totals.grown == 1 && totals.needsAttention)
        let row = try #require(try kit.rows().first)
        // Two lines at first, and one more after each reading: the last of them was not read.
        let readings = Int64(kit.processor.groups.count)
        #expect(readings > 2)
        #expect(row.applied == 2 + readings - 1)
        #expect(row.size == row.applied * 3)
        #expect(try kit.report("a.ndjson.result.json")["unreadBytes"] == 3)
    }

    /// A file that was kept by a worker that has ended, and that somebody has open.
    private func kept(_ kit: WorkerKit) async throws -> (path: String, writer: Int32) {
        try kit.deliver("a.ndjson", lines: 2)
        #expect(try await kit.loop().run(once: true).done == 1)
        let path = "\(kit.spoolPath)/\(try #require(try kit.rows().first?.keptAs))"
        let writer = open(path, O_WRONLY | O_APPEND)
        try #require(writer >= 0)
        return (path, writer)
    }

    @Test func `a result file that says late what was not read has all else that it had, as it is by now`()
        async throws
    {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let (path, writer) = try await kept(kit)
        defer { close(writer) }
        // As a retry changes counts once the file is kept.
        let row = try #require(try kit.rows().first)
        try kit.store.write {
            try $0.execute("UPDATE deliveries SET applied = 1, filtered = 1 WHERE id = $1", [.text(row.id.text)])
            try $0.execute(
                "INSERT INTO delivery_filters(delivery, rule, records) VALUES ($1, 'drop_failed', 1)",
                [.text(row.id.text)])
        }
        try append(1, to: path)
        #expect(try await kit.loop().run(once: true).grown == 1)
        let report = try kit.report("a.ndjson.result.json")
        #expect(report["unreadBytes"] == 3)
        #expect(report["applied"] == 1 && report["filtered"] == 1)
        #expect(report["filteredBy"] == .object(["drop_failed": 1]))
        // Known by now: said once.
        #expect(try await kit.loop().run(once: true).grown == 0)
    }

    @Test func `a result file that cannot be written says what was not read once it can`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let (path, writer) = try await kept(kit)
        defer { close(writer) }
        try append(1, to: path)
        // No report can take a folder's place.
        let report = path + ".result.json"
        try FileManager.default.removeItem(atPath: report)
        try FileManager.default.createDirectory(atPath: report + "/x", withIntermediateDirectories: true)
        #expect(try await kit.loop().run(once: true).grown == 0)
        try FileManager.default.removeItem(atPath: report)
        #expect(try await kit.loop().run(once: true).grown == 1)
        #expect(try kit.report("a.ndjson.result.json")["unreadBytes"] == 3)
    }
}
