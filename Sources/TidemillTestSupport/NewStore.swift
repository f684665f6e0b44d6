import Foundation
public import TidemillStore

/// A new store for a test. It begins as a copy of one that was made once: the migrations take longer than most tests.
/// Nothing is synced, since no test of these loses its machine.
public enum NewStore {
    public static func make(at path: String) throws -> SQLiteStore {
        let file = URL(filePath: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try template.get().write(to: file)
        return try SQLiteStore(path: path, environment: "test", durability: .unsynced)
    }

    private static let template = Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "store.db")
        let store = try SQLiteStore(path: file.path, environment: "test", durability: .unsynced)
        // One file that holds everything, without a log beside it.
        let whole = folder.appending(path: "whole.db")
        try store.backup(to: whole.path)
        try store.close()
        return try Data(contentsOf: whole)
    }
}
