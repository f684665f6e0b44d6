import Foundation
import Testing
import TidemillOperations

/// A full disk, on a small tmpfs of our own. Needs root to mount it.
struct DiskFullTests {
    private func shell(_ command: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    static var canMount: Bool {
        let folder = NSTemporaryDirectory() + "tidemill-mount-\(UUID().uuidString)"
        let script =
            "mkdir '\(folder)' && mount -t tmpfs -o size=64k none '\(folder)' && umount '\(folder)'; s=$?; rmdir '\(folder)'; exit $s"
        return geteuid() == 0 && (try? DiskFullTests().shell(script)) == 0
    }

    @Test(.enabled(if: DiskFullTests.canMount, "needs root and the right to mount a tmpfs"))
    func `a disk that fills up loses nothing and counts nothing twice`() throws {
        let mill = try Mill(configuration: "level = \"error\"", root: "disk")
        let disk = mill.folder.path("disk")
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        #expect(try shell("mount -t tmpfs -o size=8m none '\(disk)'") == 0)
        defer { _ = try? shell("umount -l '\(disk)'") }  // the folder is removed whatever umount says
        try mill.runOnce()

        let lines = (0..<8000).map { BadInputTests.good.replacing("KEY", with: "k-\($0)") }
        try mill.folder.write("disk/spool/inbox/a.ndjson", lines.joined(separator: "\n"))
        // Nothing is left for the store.
        _ = try shell("dd if=/dev/zero of='\(disk)/ballast' bs=4k count=100000")
        try mill.folder.write("worker.log", "")
        let log = try FileHandle(forWritingTo: URL(filePath: mill.folder.path("worker.log")))
        let worker = try mill.program.start(["run"], err: log)
        defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
        // It must still run, and wait, after it has met the full disk: seen by the file leaving the inbox, or by time.
        for _ in 0..<30 where worker.isRunning { usleep(100_000) }
        #expect(worker.isRunning, "\((try? mill.folder.read("worker.log")) ?? "")")
        #expect(try mill.program.run("usage", "--json").status <= 1)

        try FileManager.default.removeItem(atPath: "\(disk)/ballast")
        for _ in 0..<900 {
            if try mill.folder.names(in: "disk/spool/inbox").isEmpty,
                try mill.folder.names(in: "disk/spool/work").isEmpty
            {
                break
            }
            usleep(100_000)
        }
        kill(worker.processIdentifier, SIGTERM)
        worker.waitUntilExit()
        #expect(worker.terminationStatus == 0)
        #expect(try mill.usage("feature-requests") == ["good": "8000"])
        #expect(try mill.delivery("a.ndjson")?["applied"] == 8000)
        #expect(try mill.json("verify")["ok"] == true)
    }
}
