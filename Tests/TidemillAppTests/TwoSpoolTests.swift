import Foundation
import Testing
import TidemillOperations

/// Two spools bring their files to one store, as two machines or two inboxes with disks of their own do. The right totals
/// are counted by hand: one event a line, without keys, so that whatever is taken twice counts twice.
struct TwoSpoolTests {
    private static let line =
        #"{"customerId":"c","eventName":"llm.inference","dimensions":{"contextTokens":1,"generatedTokens":0}}"#

    /// The same store and scripts with the spool `name`.
    private func program(_ mill: Mill, spool name: String) throws -> Program {
        let text = try mill.folder.read("config.toml").replacing("path = \"spool\"", with: "path = \"\(name)\"")
        try mill.folder.write("\(name).toml", text)
        return Program(config: mill.folder.path("\(name).toml"))
    }

    /// Starts a worker, stops it inside the file, and kills it there after `body`. The file is read up to its third
    /// mebibyte; what comes then waits until the worker is gone.
    private func killInside(_ mill: Mill, _ name: String, meanwhile body: () throws -> Void) throws {
        let library = try FaultLibrary()
        var program = mill.program
        program.environment = try library.environment(
            FaultLibrary.Fault(call: "read", error: 0, path: "__\(name)", after: 3))
        let worker = try program.start(["run"])
        defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
        try wait(for: "a part of \(name) is committed") { try mill.delivery(name)?["applied"]?.count ?? 0 > 0 }
        try body()
        #expect(worker.isRunning)
        kill(worker.processIdentifier, SIGKILL)
        worker.waitUntilExit()
        try library.mend()
        #expect(try mill.delivery(name)?["state"] == "claimed")
    }

    @Test(.enabled(if: FaultLibrary.isPossible, "needs a C compiler"))
    func `a worker of one spool leaves the other's deliveries alone, whether its worker lives or was killed`()
        throws
    {
        let mill = try Mill(configuration: "level = \"warning\"")
        let other = try program(mill, spool: "spool-b")
        try mill.runOnce()
        #expect(try other.run("run", "--once").status == 0)

        let count = 60_000
        try mill.deliver("many.ndjson", String(repeating: Self.line + "\n", count: count))
        try killInside(mill, "many.ndjson") {
            let beside = try other.run("run", "--once", "--json")
            #expect(beside.status == 0, "\(beside.err)")
            #expect(try beside.json()["failed"] == 0)
        }

        // Dead, and still not the other's.
        let after = try other.run("run", "--once", "--json")
        #expect(after.status == 0, "\(after.err)")
        #expect(try after.json()["done"] == 0)
        #expect(try mill.delivery("many.ndjson")?["state"] == "claimed")
        let status = try other.run("status", "--json")
        #expect(status.status == 1)
        let open = try #require(try status.json()["otherSpools"]?.items.first)
        #expect(open["open"] == 1 && open["isAttended"] == .boolean(false))
        #expect(open["path"]?.text?.hasSuffix("/spool") == true)
        #expect(status.text.contains("1 deliveries of "))

        // Its own spool's next worker finishes it.
        let totals = try mill.runOnce()
        #expect(totals["done"] == 1)
        #expect(try mill.usage("feature-requests") == ["c": "\(count)"])
        #expect(try mill.delivery("many.ndjson")?["applied"] == .integer(Int64(count)))
        #expect(try mill.json("deliveries", "--state", "failed").items.isEmpty)
        #expect(try mill.folder.names(in: "spool/work").isEmpty)
        #expect(try other.run("status", "--json").json()["otherSpools"]?.items.isEmpty == true)
        #expect(try mill.json("verify")["ok"] == true)
    }

    @Test func `a copy of a spool's folder is refused while the original is there, and a moved one goes on`() throws {
        let mill = try Mill(configuration: "level = \"warning\"")
        try mill.runOnce()
        try FileManager.default.copyItem(atPath: mill.folder.path("spool"), toPath: mill.folder.path("copy"))
        let copy = try program(mill, spool: "copy")
        let refused = try copy.run("run", "--once")
        #expect(refused.status != 0)
        #expect(refused.err.contains("/copy is a copy of "), "\(refused.err)")
        #expect(try mill.runOnce()["done"] == 0)
        // With an id of its own it is another spool.
        try FileManager.default.removeItem(atPath: mill.folder.path("copy/.spool"))
        #expect(try copy.run("run", "--once").status == 0)

        try FileManager.default.moveItem(atPath: mill.folder.path("spool"), toPath: mill.folder.path("moved"))
        let moved = try program(mill, spool: "moved")
        try mill.folder.write("moved/inbox/a.ndjson", Self.line)
        #expect(try moved.run("run", "--once").status == 0)
        #expect(try mill.usage("feature-requests") == ["c": "1"])
    }
}
