import Foundation
import Glibc
import Testing
import TidemillCore
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
