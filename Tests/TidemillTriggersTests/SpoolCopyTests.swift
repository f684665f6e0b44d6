import Foundation
import Glibc
import Testing
import TidemillCore
import TidemillTestSupport

@testable import TidemillTriggers

/// The spool of a dry run, on real folders: what would be taken is there, and the original is as it was.
struct SpoolCopyTests {
    private static let clock = StandingClock(Timestamp(rfc3339: "2100-01-01T00:00:00Z")!)

    private func copy(_ settings: SpoolSettings, room: Int64 = .max) async throws -> SpoolCopy {
        try await SpoolCopy(of: settings, to: target(of: settings), room: room, clock: Self.clock) { _ in
            Issue.record("nothing has to settle")
        }
    }

    private func target(of settings: SpoolSettings) -> SpoolSettings {
        var target = settings
        target.path = settings.path + "-copy"
        return target
    }

    private func inventory(_ path: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
    }

    @Test func `what a worker would take is copied with its time stamp, and nothing is moved`() async throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        try kit.deliver("b.json", "{\"b\":1}")
        try kit.deliver("a.ndjson", "{}\n{}\n")
        try kit.write(".hidden.json")
        try kit.write("c.json.part")
        try kit.write("notes.txt")
        try check(symlink("/etc/passwd", kit.file("link.json")) == 0)
        let before = try inventory(kit.path)
        let target = target(of: kit.spool.settings)
        let copy = try await copy(kit.spool.settings)
        defer { try? FileManager.default.removeItem(atPath: target.path) }
        #expect(copy.files == 2 && copy.bytes == 7 + 6 && copy.left.isEmpty)
        #expect(copy.refused.map(\.name).sorted() == ["link.json", "notes.txt"])
        #expect(try inventory(kit.path) == before)
        #expect(try inventory(target.path + "/inbox") == ["a.ndjson", "b.json"])
        for name in ["a.ndjson", "b.json"] {
            let (old, new) = (URL(filePath: kit.file(name)), URL(filePath: "\(target.path)/inbox/\(name)"))
            #expect(try Data(contentsOf: old) == Data(contentsOf: new))
            let dates = try [old, new].map { try $0.resourceValues(forKeys: [.contentModificationDateKey]) }
            #expect(dates[0].contentModificationDate == dates[1].contentModificationDate)
        }
    }

    @Test func `claims of dead workers are copied, those of the living are left to them`() async throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        try kit.deliver("living.json")
        #expect(try kit.claimReady().count == 1)
        let dead = "01M8HE5AZ0" + "DEADXX" + "8GZ1" + "000001__left.json"
        try kit.write(dead, in: "work")
        let before = try inventory(kit.path)
        let target = target(of: kit.spool.settings)
        let copy = try await copy(kit.spool.settings)
        defer { try? FileManager.default.removeItem(atPath: target.path) }
        #expect(copy.files == 1)
        #expect(try inventory(kit.path) == before)
        let spool = try Spool(target, storeID: "store-1", logger: SpoolKit.logger)
        #expect(try spool.claimedFiles().map(\.name) == ["left.json"])
        #expect(try spool.otherWorkers().live == [kit.spool.instance.tag])
        // Those who stand in go with the copy.
        #expect(copy.left.isEmpty)
    }

    @Test func `files that do not fit on the disk are not copied`() async throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        try kit.deliver("a.json", "{\"a\":1}")
        await #expect(throws: SpoolError.self) { _ = try await self.copy(kit.spool.settings, room: 6).files }
        try? FileManager.default.removeItem(atPath: kit.spool.settings.path + "-copy")
    }

    @Test func `a spool that is not there yet is an empty one`() async throws {
        let path = NSTemporaryDirectory() + "/tidemill-none-\(UUID().uuidString)"
        let target = target(of: SpoolSettings(path: path))
        let copy = try await copy(SpoolSettings(path: path))
        defer { try? FileManager.default.removeItem(atPath: target.path) }
        #expect(copy.files == 0 && copy.refused.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
