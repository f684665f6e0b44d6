import Foundation
import Testing
import TidemillOperations

/// A delivery whose spool is lost with its disk: it is said at once, and a person can end it.
struct GoneSpoolTests {
    /// Two spools on one store; the first has a delivery in work that its dead worker left at the third record.
    private func mill() throws -> (mill: Mill, other: Program, delivery: String) {
        let mill = try Mill(root: nil)
        try mill.runOnce()
        let config = try mill.folder.read("config.toml")
        try mill.folder.write("other.toml", config.replacing("path = \"spool\"", with: "path = \"spool-2\""))
        let other = Program(config: mill.folder.path("other.toml"))
        #expect(try other.run("run", "--once").status == 0)
        let delivery = "01JD000000DEADXX8GZ1000001"
        let spool = try mill.folder.read("spool/.spool").split(separator: "\n").first.map { String($0) } ?? ""
        let shell = Process()
        shell.executableURL = URL(filePath: "/usr/bin/env")
        shell.arguments = [
            "sqlite3", mill.folder.path("var/tidemill.db"),
            """
            INSERT INTO deliveries(id, inbox, name, size, modified_at, received_at, owner, state, applied, spool_id)
            VALUES ('\(delivery)', 'inbox', 'left.ndjson', 2, 0, 0, 'DEADXX', 'claimed', 3, '\(spool)')
            """,
        ]
        try shell.run()
        shell.waitUntilExit()
        return (mill, other, delivery)
    }

    private func warnings(_ program: Program) throws -> [String] {
        try program.run("status", "--json").json()["warnings"]?.items.compactMap(\.text) ?? []
    }

    @Test func `a spool that is not there any more is pointed out at once`() throws {
        let (mill, other, delivery) = try mill()
        #expect(try warnings(other).contains { $0.hasSuffix("start a worker there, only that one has their files") })
        let refused = try other.run("deliveries", "fail", delivery, "--reason", "its disk is lost")
        #expect(refused.status == 1)
        #expect(refused.err.contains("its spool is there; start a worker on it"))

        try FileManager.default.removeItem(atPath: mill.folder.path("spool"))
        let gone = try #require(try warnings(other).first { $0.contains("its folder is not there") })
        #expect(gone.contains("`tidemill deliveries fail`"))
        #expect(try other.run("status").status == 1)

        // Another spool in its place is another one.
        try mill.runOnce()
        #expect(try warnings(other).contains { $0.contains("another spool is there now") })

        let ended = try other.run("deliveries", "fail", delivery, "--reason", "its disk is lost")
        #expect(ended.status == 0, "\(ended.err)")
        #expect(ended.text == "delivery \(delivery) has failed: 3 of its records count\n")
        let shown = try other.run("deliveries", "show", delivery, "--json").json()
        #expect(shown["state"] == "failed" && shown["code"] == "spool_gone" && shown["applied"] == 3)
        #expect(try !warnings(other).contains { $0.contains("are open") })
        #expect(try other.run("audit", "--json").text.contains("failDelivery"))
        let again = try other.run("deliveries", "fail", delivery, "--reason", "once more")
        #expect(again.status == 1 && again.err.contains("has ended already: it is failed"))
    }
}
