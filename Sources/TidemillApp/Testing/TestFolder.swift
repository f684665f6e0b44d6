import Foundation

/// Where the store of a test lies: in memory where the machine has a folder for that, since the syncs of a test's store
/// protect nothing.
enum TestFolder {
    private static let prefix = "tidemill-test-"

    private static var parent: URL {
        let memory = "/dev/shm"
        return FileManager.default.isWritableFile(atPath: memory)
            ? URL(filePath: memory) : FileManager.default.temporaryDirectory
    }

    /// A folder of its own, named for this process.
    static func make() throws -> URL {
        let folder = parent.appending(path: "\(prefix)\(getpid())-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return folder
    }

    /// Removes what processes left that were interrupted.
    static func clean() {
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
