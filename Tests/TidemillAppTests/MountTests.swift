import Foundation
import Testing
import TidemillOperations

/// A spool whose folders are mounted one by one from one filesystem: renaming fails between them, though all have one device
/// number.
struct MountTests {
    /// Whether mounts of its own are possible here: for root, outside of most containers.
    static let isPossible: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "unshare -m --propagation private mount --bind /tmp /tmp 2>/dev/null"]
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Runs the program where `spool/inbox` is a mount of its own.
    private func run(_ mill: Mill, _ arguments: String...) throws -> Program.Ended {
        let inbox = mill.folder.path("spool/inbox")
        return try mill.program.run(
            by:
                "exec unshare -m --propagation private sh -c 'mount --bind \(inbox) \(inbox) && exec \"$0\" \"$@\"' \"$0\" \"$@\"",
            arguments)
    }

    @Test(.enabled(if: isPossible, "needs mounts of its own"), arguments: [["check"], ["run", "--once"]])
    func `an inbox that is mounted by itself is refused before anything is taken`(arguments: [String]) throws {
        let mill = try Mill(scripts: ["empty.lua": "-- nothing"])
        try mill.runOnce()
        try mill.deliver("one.ndjson", #"{"customerId":"c","eventName":"x"}"#)
        let ended = try arguments.count == 1 ? run(mill, arguments[0]) : run(mill, arguments[0], arguments[1])
        #expect(ended.status == (arguments == ["check"] ? 2 : 1), "\(ended.err)")
        #expect(
            (ended.text + ended.err).contains(
                "two mounts of one; mount the whole spool as one volume, not folder by folder"))
        // Nothing is left of what was tried, and the file waits.
        #expect(try mill.folder.names(in: "spool/inbox") == ["one.ndjson"])
        #expect(try mill.folder.names(in: "spool/work").filter { $0 != ".owners" } == [])
    }

    @Test func `a check tries the renames and leaves nothing of them`() throws {
        let mill = try Mill(scripts: ["empty.lua": "-- nothing"])
        try mill.runOnce()
        #expect(try mill.json("check")["ok"] == true)
        for folder in ["inbox", "work", "tmp", "done", "failed"] {
            let names = try FileManager.default.contentsOfDirectory(atPath: mill.folder.path("spool/\(folder)"))
            #expect(names.allSatisfy { !$0.hasPrefix(".rename") })
        }
    }

    @Test(arguments: ["client.provisonCustomer {}", "client.("])
    func `one problem hides no warnings`(body: String) throws {
        let mill = try Mill(scripts: [
            "b.lua": "job { name = \"b\", schedule = \"@daily\", run = function(run) \(body) end }",
            "a.lua": """
            job { name = "a", schedule = "*/90 * * * *", run = function(run) end }
            """,
        ])
        let found = try mill.json("check", status: 2)
        #expect(found["problems"]?.items.count == 1)
        #expect(found["warnings"]?.items.count == 1, "\(found.json)")
        let ended = try mill.program.run("check")
        #expect(ended.text.contains("\nwarning: ") && ended.text.hasPrefix("scripts/b.lua:1: "))
    }
}
