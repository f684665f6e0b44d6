import Foundation
import TidemillCore

/// A folder for what a process tries out and throws away. Its name tells whose it is, so that what an interrupted process
/// left is found and removed by the next.
struct ScratchFolder: Sendable {
    let url: URL

    /// Makes one below `parent`, for its owner alone, and removes what ended processes left there.
    init(in parent: URL, prefix: String) throws {
        Self.clean(parent, prefix)
        url = parent.appending(path: "\(prefix)\(getpid())-\(RandomID.make())")
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    /// For a test's store: in memory where the machine has a folder for that, since the syncs of a test's store protect
    /// nothing.
    static func forTest() throws -> ScratchFolder {
        let memory = "/dev/shm"
        let parent =
            FileManager.default.isWritableFile(atPath: memory)
            ? URL(filePath: memory) : FileManager.default.temporaryDirectory
        return try ScratchFolder(in: parent, prefix: "tidemill-test-")
    }

    func remove() {
        // What is left of it is removed by the next process that makes one.
        try? FileManager.default.removeItem(at: url)
    }

    private static func clean(_ parent: URL, _ prefix: String) {
        // What cannot be listed or removed belongs to somebody else.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
        for name in names where name.hasPrefix(prefix) {
            guard let number = name.dropFirst(prefix.count).split(separator: "-").first, let process = pid_t(number),
                kill(process, 0) != 0, errno == ESRCH
            else { continue }
            try? FileManager.default.removeItem(at: parent.appending(path: name))
        }
    }
}
