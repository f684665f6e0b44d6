import Foundation
import Testing
import TidemillCore
import TidemillStore
import TidemillTriggers

@testable import TidemillApp

/// Files that lie in the inboxes of other spools of the store, for drafts that wait for what arrived in time.
struct OtherInboxTests {
    private func program(_ mill: Mill, spool name: String) throws -> Program {
        let text = try mill.folder.read("config.toml").replacing("path = \"spool\"", with: "path = \"\(name)\"")
        try mill.folder.write("\(name).toml", text)
        return Program(config: mill.folder.path("\(name).toml"))
    }

    @Test func `each worker notes its inboxes, and what lies in them is seen from the other spool`() throws {
        let mill = try Mill()
        let other = try program(mill, spool: "spool-b")
        try mill.runOnce()
        #expect(try other.run("run", "--once").status == 0)
        let store = try SQLiteStore(path: mill.folder.path("var/tidemill.db"), environment: "test")
        let found = try store.read { try Spools.list(on: $0) }.map(\.spool).first { $0.path.hasSuffix("/spool-b") }
        let known = try #require(found)
        #expect(known.inboxes.count == 1 && known.inboxes.first?.hasSuffix("/spool-b/inbox") == true)
        #expect(known.oldestFile(sizeMax: 1 << 20) == nil)

        let path = mill.folder.path("spool-b/inbox/late.ndjson")
        try mill.folder.write("spool-b/inbox/late.ndjson", "{}\n")
        let written = Date(timeIntervalSince1970: 1_780_000_000)
        try FileManager.default.setAttributes([.modificationDate: written], ofItemAtPath: path)
        #expect(known.oldestFile(sizeMax: 1 << 20) == Timestamp(microseconds: 1_780_000_000_000_000))

        // Of another machine nothing is seen, nor of a folder that is gone; what cannot be read may hold a file.
        var elsewhere = known
        elsewhere.host = "elsewhere"
        #expect(elsewhere.oldestFile(sizeMax: 1 << 20) == nil)
        var gone = known
        gone.path += "-gone"
        #expect(gone.oldestFile(sizeMax: 1 << 20) == nil)
        try FileManager.default.removeItem(atPath: mill.folder.path("spool-b/work"))
        try mill.folder.write("spool-b/work", "no folder")
        #expect(known.oldestFile(sizeMax: 1 << 20) == Timestamp(microseconds: 0))
    }
}
